/** Good plans with one kind of hardware wherever a stage is profiled on it: yardsticks for the plan that may mix them. */
import { usdFromMicro } from '../units.js';
import { beamSearch } from './exact-search.js';
import type { Feasibility } from './feasibility.js';
import type { Yardstick } from './plan-result.js';
import { preferring } from './search-space.js';

/** What costs more than this many times the plan is no yardstick. */
const CEILING_TIMES = 10;
/** Work that one yardstick is worth, in stage simulations on the whole trace. */
const MAX_RUNS = 60;

/**
 * The first plan that a narrow beam finds in rising cost for each kind of hardware that some stage is profiled on, in order of name. It holds
 * on the trace.
 * @param planned cost of the plan, in whole micro-dollars per hour
 */
export function singleHardwarePlans({ space, bounds }: Feasibility, planned: number): Yardstick[] {
  const ceiling = CEILING_TIMES * planned;
  const names = new Set(space.stages.flatMap(({ options }) => options.map(({ hardware }) => hardware)));
  return [...names].sort().map((hardware) => {
    const stages = space.stages.filter(({ options }) => options.some((option) => option.hardware === hardware)).length;
    const found = beamSearch({ bounds, space: preferring(space, hardware), ceiling, maxRuns: MAX_RUNS });
    if (found !== undefined) return { hardware, stages, costUsdPerHour: usdFromMicro(found.cost) };
    return { hardware, stages, reason: `none under ${CEILING_TIMES} times the plan` };
  });
}
