/** What one stage did under one prefix of choices, and which other choices would have done the same. */
import type { Pipeline } from '../../model/pipeline.js';
import type { Slo } from '../../model/slo.js';
import type { ArrivalTrace } from '../../model/trace.js';
import type { Routing } from '../routing.js';
import type { ServiceTimes } from '../service-times.js';
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
