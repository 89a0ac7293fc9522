/** A profile row as the profiler makes it, with how it was measured. */
import type { ProfileCurve } from '../profile.js';

/** Why measuring a row stopped: its confidence intervals were narrow enough, or its time was used up. */
export type StoppedBy = 'precision' | 'budget';

/** Width of the 95 % interval ÷ its figure; absent when there are too few measurements for an interval. */
export interface Precision {
  readonly p50WidthRatio?: number;
  readonly p99WidthRatio?: number;
}

export interface MeasuredRow extends Precision {
  readonly model: string;
  readonly hardware: string;
  readonly curve: ProfileCurve;
  readonly batchSize: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Measurements of this size; 0 for a row that is scaled from another. */
  readonly samples: number;
  /** In order of measurement. */
  readonly samplesMs: readonly number[];
  readonly stoppedBy: StoppedBy;
  readonly runtime: string;
  readonly source: string;
  /** Caveats, one phrase each. */
  readonly remarks: readonly string[];
}
