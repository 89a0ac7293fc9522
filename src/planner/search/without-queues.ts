/** The configuration in which nothing ever waits: the fastest there is without batches, whatever it costs. */
import type { Configuration } from '../../model/configuration.js';
import type { Feasibility } from '../space/feasibility.js';
import { isWithinLimits } from '../space/search-space.js';

/**
 * Batches of one on the hardware that is fastest for them, with as many replicas as are ever busy at once.
 * @returns undefined where that is beyond the limits, or too slow for the objective at some stage
 */
export function withoutQueues(feasibility: Feasibility): Configuration | undefined {
  const { space } = feasibility;
  let configuration: Configuration = space.stages.map(({ stage, options }) => {
    const { hardware, startBatch } = options[0]!;
    return { stage, hardware, maxBatchSize: startBatch, replicas: 1 };
  });
  for (let s = 0; s < configuration.length; s++) {
    const replicas = feasibility.replicasWithoutQueueing(s, configuration);
    if (replicas === undefined) return undefined;
    const atLeast = Math.max(space.minReplicas[s]!, replicas);
    configuration = configuration.with(s, { ...configuration[s]!, replicas: atLeast });
    if (!isWithinLimits(space, configuration)) return undefined;
  }
  return configuration;
}
