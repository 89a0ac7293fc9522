/** Measured or published service times of one model on one hardware. */

/**
 * How a row was measured. `hot`: batches back to back in a tight loop, which measures capacity. `paced`: with random
 * gaps and batch sizes and all replicas alive, which measures latency: caches are cold, cores have slept, neighbours
 * compete.
 */
export const PROFILE_CURVES = ['hot', 'paced'] as const;
/** How a row was measured: `hot` or `paced`. */
export type ProfileCurve = (typeof PROFILE_CURVES)[number];

/** One row: the service time of one replica for a batch of exactly `batchSize` items. */
export interface ProfileRow {
  readonly batchSize: number;
  readonly meanMs: number;
  /** Percentiles where they were measured or published. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Number of measurements behind the row, where known. */
  readonly samples?: number;
  readonly runtime: string;
  readonly source: string;
  /** Blank where a published table does not say; a blank counts as hot. */
  readonly curve?: ProfileCurve;
  /** The single measurements, ascending, if they were kept. */
  readonly samplesMs?: readonly number[];
}

/** Rows of one model on one hardware, batch sizes strictly increasing. */
export interface Profile {
  readonly model: string;
  readonly hardware: string;
  readonly rows: readonly ProfileRow[];
  /** The other curve, if both were measured: the hot one, unless hot was asked for. */
  readonly otherCurve?: readonly ProfileRow[];
}

/** Which figure of a row is the service time; `empirical` draws from the measured samples. */
export const SERVICE_MODELS = ['mean', 'p50', 'p95', 'p99', 'empirical'] as const;
/** A column of the profile row, or `empirical`: draws from its samples. */
export type ServiceModel = (typeof SERVICE_MODELS)[number];
