import type { StageConfiguration } from '../model/configuration.js';

/** Nearest-rank percentiles of a set of times (docs/invariants.md, R8). */
export interface TimeSummary {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** What one stage did over the whole trace. */
export interface StageSummary extends StageConfiguration {
  readonly costUsdPerHour: number;
  readonly items: number;
  readonly batches: number;
  readonly meanBatchSize: number;
  /** Busy time of all replicas ÷ (replicas × time from the first arrival to the last completion), in [0, 1]. */
  readonly utilisation: number;
  /** Items offered ÷ items that all replicas can serve at their best batch size; above 1 the queue grows. */
  readonly offeredLoadRatio: number;
  /** Wait of an item from entering the stage to the start of its batch. */
  readonly queueingDelay: TimeSummary;
  /** Most items waiting at one instant, after that instant's dispatches. */
  readonly longestQueue: number;
}

/** What the estimator finds for one configuration on one trace. */
export interface SimulationResult {
  readonly queries: number;
  /** From the first arrival to the last completion. */
  readonly spanMs: number;
  /** (Queries − 1) ÷ the time from the first arrival to the last; 0, unknown, when all stand at one instant. */
  readonly meanRateQps: number;
  /** Latency of every query; the trace is drained to its last one. */
  readonly latency: TimeSummary;
  /** How the objective came out; absent without an SLO. */
  readonly slo?: {
    readonly latencyMs: number;
    readonly percentile: number;
    /** Latency at the objective's percentile: the smallest objective that this configuration meets. */
    readonly percentileLatencyMs: number;
    readonly sloAttainment: number;
    readonly misses: number;
    readonly allowedMisses: number;
    readonly holds: boolean;
  };
  readonly costUsdPerHour: number;
  /** Cost per hour ÷ queries per hour at the trace's mean rate. */
  readonly costUsdPerMillionQueries: number;
  readonly stages: readonly StageSummary[];
}
