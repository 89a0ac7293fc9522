/**
 * Coordinate descent: one stage after the other moves to its cheapest choice that holds while the others stay, until no stage
 * can. A quick, good answer without a proof: an upper bound for the exact search, and a yardstick.
 */
import type { Configuration, StageConfiguration } from '../model/configuration.js';
import type { Feasibility } from './feasibility.js';
import { costOf, isWithinLimits, optionOf } from './search-space.js';

/** @param start a configuration that holds */
export function descend(feasibility: Feasibility, start: Configuration): Configuration {
  let current = start;
  for (let s = 0, unchanged = 0; unchanged < current.length; s = (s + 1) % current.length) {
    const to = cheapestChoice(feasibility, current, s);
    unchanged = to === undefined ? unchanged + 1 : 0;
    if (to !== undefined) current = current.with(s, to);
  }
  return current;
}

function cheapestChoice(feasibility: Feasibility, current: Configuration, s: number): StageConfiguration | undefined {
  const { space } = feasibility;
  const stage = space.stages[s]!;
  const from = current[s]!;
  const limit = from.replicas * optionOf(stage, from).price;
  const cheaper = stage.options.flatMap(({ hardware, price, service }) => {
    const fewest = feasibility.leastReplicas(s, { hardware, maxBatchSize: service.maxBatchSize });
    const most = Math.min(Math.ceil(limit / price) - 1, space.maxReplicas);
    const counts = Array.from({ length: Math.max(0, most - fewest + 1) }, (_, i) => fewest + i);
    return counts.map((replicas) => ({ ...from, hardware, replicas }));
  });
  cheaper.sort((a, b) => costOf(space, current.with(s, a)) - costOf(space, current.with(s, b)));
  for (const choice of cheaper) {
    for (const maxBatchSize of optionOf(stage, choice).batchSizes.toReversed()) {
      const to = { ...choice, maxBatchSize };
      const configuration = current.with(s, to);
      if (isWithinLimits(space, configuration) && feasibility.judge(configuration).holds) return to;
    }
  }
  return undefined;
}
