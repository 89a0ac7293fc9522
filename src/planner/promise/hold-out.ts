import type { Configuration } from '../../model/configuration.js';
import { type ArrivalTrace, sourceOf } from '../../model/trace.js';
import { stageSetups } from '../../simulation/stage-setups.js';
import { usFromMs } from '../../units.js';
import type { PlanningInput } from '../space/search-space.js';
import { countMisses } from './replication.js';

/** What a configuration attains on the tail of a trace. */
export interface HoldOutReport {
  readonly queries: number;
  readonly sloAttainment: number;
}

/**
 * Attainment of the trace's queries from number `from` on, in [0, 1]. The whole trace is replayed, so that the tail
 * meets the queues that the queries before it left behind, and takes routes that planning has not seen.
 * @param whole the trace with its tail
 * @throws InputError when the configuration does not fit the pipeline and its profiles
 */
export function holdOutAttainment(
  input: Omit<PlanningInput, 'trace'> & { readonly configuration: Configuration },
  { whole, from }: { whole: ArrivalTrace; from: number },
): HoldOutReport {
  const { pipeline, slo, seed } = input;
  const queries = whole.arrivalsUs.length - from;
  const misses = countMisses({
    pipeline,
    stages: stageSetups(input),
    seed,
    arrivals: sourceOf(whole),
    sloUs: usFromMs(slo.latencyMs),
    from,
  });
  return { queries, sloAttainment: 1 - misses / queries };
}
