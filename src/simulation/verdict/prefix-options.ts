import type { Pipeline } from '../../model/pipeline.js';
import type { Slo } from '../../model/slo.js';
import type { ArrivalTrace } from '../../model/trace.js';
import type { Routing } from '../routing.js';
import type { SharedRuns } from './shared-runs.js';

/** One trace, met by many configurations. */
export interface PrefixOptions {
  readonly pipeline: Pipeline;
  readonly trace: ArrivalTrace;
  readonly slo: Slo;
  readonly seed: number;
  /** Per stage, the shortest service time any choice can give a batch. */
  readonly fastestUs: readonly number[];
  /** Misses beyond which a simulation stops; by default those that the objective allows. */
  readonly allowedMisses?: number;
  /** Room for what is remembered of earlier simulations: for rows, and as much again for prefixes without them. */
  readonly cacheBytes?: number;
  /** The routes of at least the trace's queries, where they are drawn already. */
  readonly routing?: Routing;
  /** What other objectives' prefixes on the same trace, routes and choices have simulated. */
  readonly shared?: SharedRuns | undefined;
}
