/** Baselines: good plans that use one kind of hardware wherever a stage is profiled on it. */
import type { Configuration } from '../../model/configuration.js';
import { usdFromMicro } from '../../units.js';
import type { Yardstick } from '../evidence/plan-result.js';
import { beamSearch } from '../search/exact-search.js';
import type { Feasibility } from '../space/feasibility.js';
import { optionOf } from '../space/option.js';
import { configurationMicroUsd } from '../space/pricing.js';

/** A baseline may cost at most this many times the plan. */
const CEILING_TIMES = 10;
/** Work for one baseline, in stage simulations on the whole trace. */
const MAX_RUNS = 60;

/**
 * For each kind of hardware, in order of name: the stages profiled on it run there, the others where the plan put them.
 * A narrow beam in rising cost finds the first plan that holds on the trace. A caller that answers `true` gets those
 * found so far.
 */
export function* singleHardwarePlans(
  { space, bounds }: Feasibility,
  planned: Configuration,
): Generator<void, Yardstick[], boolean | undefined> {
  const ceilingMicroUsd = CEILING_TIMES * configurationMicroUsd(space, planned);
  const names = new Set(space.stages.flatMap(({ options }) => options.map(({ hardware }) => hardware)));
  const found: Yardstick[] = [];
  for (const hardware of [...names].sort()) {
    const preferred = space.stages.map(({ options }) => options.find((option) => option.hardware === hardware));
    const stages = preferred.filter((option) => option !== undefined).length;
    const moved = space.stages.map((one, s) => ({ ...one, options: [preferred[s] ?? optionOf(one, planned[s]!)] }));
    const beam = beamSearch({ bounds, space: { ...space, stages: moved }, ceilingMicroUsd, maxRuns: MAX_RUNS });
    let step = beam.next();
    for (; !step.done; step = beam.next()) if (yield) return found;
    const costMicroUsd = step.value?.costMicroUsd;
    found.push(
      costMicroUsd === undefined
        ? { hardware, stages, reason: `none under ${CEILING_TIMES} times the plan` }
        : { hardware, stages, costUsdPerHour: usdFromMicro(costMicroUsd) },
    );
  }
  return found;
}
