/** One row of a profile as the profiler makes it, with what a reader needs to know of how it came about. */
import type { ProfileCurve } from '../profile.js';

/** Why measuring a row ended: its intervals were narrow enough, or its time was used up. */
export type StoppedBy = 'precision' | 'budget';

/** Widths of the 95 % intervals ÷ the figure they are of; absent where so few measurements bound none. */
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
  /** Measurements of this very size; 0 for a row that is scaled from another. */
  readonly samples: number;
  /** In the order in which they were measured. */
  readonly samplesMs: readonly number[];
  readonly stoppedBy: StoppedBy;
  readonly runtime: string;
  readonly source: string;
  /** What to know before trusting it, one phrase each. */
  readonly remarks: readonly string[];
}
