/** What one stage did under one prefix of choices, and which other choices would have done the same. */
import type { ServiceTimes } from '../service-times.js';

/** What a search chooses for one stage. */
export interface StageChoice {
  /** Names what the stage runs as among its options: choices with one key have one service time. */
  readonly option: string;
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly replicas: number;
}

/** Outcome of a stage under one prefix of choices. Its rows are cached apart: they take far more memory. */
export interface Prefix {
  /** Identifies the departures: the same id means the same rows. */
  readonly id: number;
  readonly stage: number;
  /** The choice it was simulated with. */
  readonly choice: StageChoice;
  /** Prefixes of the stages that feed it. */
  readonly parents: readonly Prefix[];
  /** Most replicas busy at once. */
  readonly peakBusy: number;
  /** Items of the largest batch. */
  readonly largestBatch: number;
  /** Queries that are certain to miss the objective by this stage, whatever follows. */
  readonly lateCount: number;
  /** Those queries; empty when the prefix is pruned. */
  readonly late: Int32Array;
  /** Pruned: the certain misses exceed what the objective allows, so no completion of the prefix holds. */
  readonly isRefuted: boolean;
}

/** Approximate bytes of memory that a prefix takes. */
export function roomOf({ late }: Prefix): number {
  return 300 + 4 * late.length;
}

/**
 * Whether a choice gives the same rows as a prefix that was simulated under another choice on the same hardware. A max
 * batch size that no batch reached did not bind: every size from the largest batch up gives the same batches. Likewise,
 * if some replica was always idle, so does every number of replicas from the most that were busy up.
 */
export function isSameUnder(choice: StageChoice, { choice: simulated, largestBatch, peakBusy }: Prefix): boolean {
  const { maxBatchSize, replicas } = simulated;
  const isBatchSame =
    choice.maxBatchSize === maxBatchSize || isUnbound(choice.maxBatchSize, largestBatch, maxBatchSize);
  return isBatchSame && (choice.replicas === replicas || isUnbound(choice.replicas, peakBusy, replicas));
}

/** Whether a limit does not bind: it is at least what was used, and the run itself did not use all it was allowed. */
function isUnbound(limit: number, used: number, allowed: number): boolean {
  return limit >= used && used < allowed;
}

/** A cache key for a list of prefixes. */
export function idsOf(prefixes: readonly Prefix[]): string {
  return prefixes.map(({ id }) => id).join(' ');
}
