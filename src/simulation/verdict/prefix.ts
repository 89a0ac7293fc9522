/** What one stage did under one prefix of choices, and which other choices would have done the same. */
import type { ServiceTimes } from '../service-times.js';

/** What a search chooses for one stage. */
export interface StageChoice {
  readonly hardware: string;
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly replicas: number;
}

/** What is remembered of a stage under one prefix of choices; what left it is kept apart, since it takes far more room. */
export interface Prefix {
  /** Names the departures: same number, same rows. */
  readonly id: number;
  readonly stage: number;
  /** What it was simulated with. */
  readonly choice: StageChoice;
  /** Of the stages that feed it. */
  readonly parents: readonly Prefix[];
  /** Most replicas busy at once. */
  readonly peakBusy: number;
  /** Items of the largest batch taken. */
  readonly largestBatch: number;
  /** How many queries miss the objective whatever follows, at this stage or before it. */
  readonly lateCount: number;
  /** Which those are; none where the prefix is refuted. */
  readonly late: Int32Array;
  readonly isRefuted: boolean;
}

/** Bytes that a prefix takes, about. */
export function roomOf({ late }: Prefix): number {
  return 300 + 4 * late.length;
}

/**
 * Whether a choice gives the rows of a prefix simulated under another on the same hardware. A cap that no batch reached never
 * bound, so every cap from the largest batch up gives the same batches; and where some replica was always idle, so does every
 * number of replicas from the most that were busy up.
 */
export function isSameUnder(choice: StageChoice, { choice: simulated, largestBatch, peakBusy }: Prefix): boolean {
  const { maxBatchSize, replicas } = simulated;
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
