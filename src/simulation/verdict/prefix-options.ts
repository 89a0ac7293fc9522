import type { Pipeline } from '../../model/pipeline.js';
import type { Slo } from '../../model/slo.js';
import type { ArrivalTrace } from '../../model/trace.js';
import type { Routing } from '../routing.js';
import type { SharedRuns } from './shared-runs.js';

/** One trace, on which many configurations are judged. */
export interface PrefixOptions {
  readonly pipeline: Pipeline;
  readonly trace: ArrivalTrace;
  readonly slo: Slo;
  readonly seed: number;
  /** Per stage, the shortest service time any choice can give a batch. */
  readonly fastestUs: readonly number[];
  /** A simulation stops above this number of misses; by default, what the objective allows. */
  readonly allowedMisses?: number;
  /** Cache for the rows of earlier simulations, in bytes; as much again for prefixes without their rows. */
  readonly cacheBytes?: number;
  /** Routes of at least the trace's queries, if they are drawn already. */
  readonly routing?: Routing;
  /** Simulations made under other objectives, on the same trace, routes and choices. */
  readonly shared?: SharedRuns | undefined;
}
