/** What one stage did under one prefix of choices, and which other choices would have done the same. */
import type { ServiceTimes } from './service-times.js';
import type { Leaving } from './stage-queue.js';

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
