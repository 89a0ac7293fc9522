/** What a load run measures: plain values named as those of `SimulationResult`, so the two can be compared. */

/**
 * Nearest-rank percentiles of a set of times, exact up to 32.8 ms, within 0.01 % above. All are
 * null when the set is empty.
 */
export interface MeasuredTimes {
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
}

/** Queries without a good answer, by outcome. `queries` includes all of them. */
export interface LoadFailures {
  /** Answered 503: the pipeline was full. */
  readonly refused: number;
  /** Answered with any other status that is not 2xx. */
  readonly errorAnswers: number;
  /** Not answered in full within the timeout. */
  readonly timeouts: number;
  /** Connection refused, reset, or closed before the whole answer was there. */
  readonly connectionErrors: number;
  /** Never sent, because too many were in flight. */
  readonly notSent: number;
  /** In flight when the run was stopped by hand. */
  readonly unfinished: number;
}

export type LoadFailure = keyof LoadFailures;
export type LoadOutcome = 'answered' | LoadFailure;

/** One second of a run: what was sent in it, and what ended in it. */
export interface LoadSecond {
  /** From 1. */
  readonly second: number;
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Latencies of the queries answered in this second; null when there are none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Fraction of the queries ended in this second that met the SLO; absent without an SLO, or when none ended. */
  readonly sloAttainment?: number;
  readonly inFlight: number;
  /** p99 of the send lags of this second; null when none was sent. */
  readonly sendLagP99Ms: number | null;
}

/** Everything measured by one run. */
export interface LoadResult {
  /** Queries whose scheduled instant has come. */
  readonly queries: number;
  readonly answered: number;
  readonly failed: number;
  readonly failures: LoadFailures;
  /** From the first scheduled instant to the end of the last query. */
  readonly spanMs: number;
  /**
   * Scheduled queries after the first, over the time from the first scheduled instant to the last; 0 for one instant.
   */
  readonly meanRateQps: number;
  /** From the scheduled instant to the end of the answer, of the answered queries. */
  readonly latency: MeasuredTimes;
  /** Absent without an SLO. A failed query counts as one that misses it. */
  readonly slo?: {
    readonly latencyMs: number;
    readonly percentile: number;
    /** Latency at the objective's percentile, with failed queries last; null when too many failed to have one. */
    readonly percentileLatencyMs: number | null;
    readonly sloAttainment: number;
    readonly misses: number;
    readonly allowedMisses: number;
    readonly holds: boolean;
  };
  /** From the scheduled instant to the moment the query was handed to its connection: the generator's own lateness. */
  readonly sendLag: MeasuredTimes;
  readonly mostInFlight: number;
  /** Whether the run was stopped before the end of its arrivals. */
  readonly interrupted: boolean;
  readonly seconds: readonly LoadSecond[];
}
