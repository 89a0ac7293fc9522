/** What one stage did under one prefix of choices, and which other choices would have done the same. */
import type { Pipeline } from '../model/pipeline.js';
import type { Slo } from '../model/slo.js';
import type { ArrivalTrace } from '../model/trace.js';
import type { Leaving } from './item-rows.js';
import type { Routing } from './routing.js';
import type { ServiceTimes } from './service-times.js';
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
  /** Room for what is remembered of earlier simulations. */
  readonly cacheBytes?: number;
  /** The routes of at least the trace's queries, where they are drawn already. */
  readonly routing?: Routing;
  /** What other objectives' prefixes on the same trace, routes and choices have simulated. */
  readonly shared?: SharedRuns | undefined;
}

/** What a search chooses for one stage. */
export interface StageChoice {
  readonly hardware: string;
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly replicas: number;
}

/** What left a stage under one prefix of choices. */
export interface Prefix {
  /** Names the departures: same number, same rows. */
  readonly id: number;
  /** Max batch size and replicas it was simulated with. */
  readonly maxBatchSize: number;
  readonly replicas: number;
  /** Most replicas busy at once. */
  readonly peakBusy: number;
  /** Items of the largest batch taken. */
  readonly largestBatch: number;
  readonly leaving: Leaving;
  /** Queries that miss the objective whatever follows, at this stage or before it. */
  readonly late: Int32Array;
  readonly isRefuted: boolean;
}

/**
 * Whether a choice gives the rows of a prefix simulated under another on the same hardware. A cap that no batch reached never
 * bound, so every cap from the largest batch up gives the same batches; and where some replica was always idle, so does every
 * number of replicas from the most that were busy up.
 */
export function isSameUnder(choice: StageChoice, { maxBatchSize, largestBatch, replicas, peakBusy }: Prefix): boolean {
  const isBatchSame =
    choice.maxBatchSize === maxBatchSize || isUnbound(choice.maxBatchSize, largestBatch, maxBatchSize);
  return isBatchSame && (choice.replicas === replicas || isUnbound(choice.replicas, peakBusy, replicas));
}

/** A limit is not felt where it is at least what was used, provided that what was used did not reach what was allowed. */
function isUnbound(limit: number, used: number, allowed: number): boolean {
  return limit >= used && used < allowed;
}

/** Names a list of prefixes. */
export function idsOf(prefixes: readonly Prefix[]): string {
  return prefixes.map(({ id }) => id).join(' ');
}
