/** One row of a profile as the profiler makes it, with what a reader needs to know of how it came about. */
import type { ProfileCurve } from '../model/profile.js';
import { nearestRank } from '../stats/quantile-interval.js';
import { type Precision, precisionOf } from './stop-rule.js';

/** Why measuring a row ended: its intervals were narrow enough, or its time was used up. */
export type StoppedBy = 'precision' | 'budget';

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
  /** Of each, which measurement of its stage it was, where sizes took turns. */
  readonly numbers?: readonly number[];
  readonly stoppedBy: StoppedBy;
  readonly runtime: string;
  readonly source: string;
  /** What to know before trusting it, one phrase each. */
  readonly remarks: readonly string[];
}

export interface RowOrigin {
  readonly model: string;
  readonly hardware: string;
  readonly runtime: string;
  readonly source: string;
}

/** The row of at least one measurement. */
export function measuredRow(
  origin: RowOrigin,
  row: Pick<MeasuredRow, 'curve' | 'batchSize' | 'samplesMs' | 'numbers' | 'stoppedBy' | 'remarks'> & {
    readonly samples?: number;
  },
): MeasuredRow {
  const ascending = row.samplesMs.toSorted((a, b) => a - b);
  return {
    model: origin.model,
    hardware: origin.hardware,
    samples: ascending.length,
    ...row,
    meanMs: ascending.reduce((sum, ms) => sum + ms, 0) / ascending.length,
    p50Ms: nearestRank(ascending, 0.5),
    p95Ms: nearestRank(ascending, 0.95),
    p99Ms: nearestRank(ascending, 0.99),
    ...precisionOf(ascending),
    runtime: origin.runtime,
    source: origin.source,
  };
}

/** The row with at most `most` of its measurements, evenly over time. */
export function thinned(row: MeasuredRow, most: number): MeasuredRow {
  const { samplesMs, numbers } = row;
  if (samplesMs.length <= most) return row;
  const few = (values: readonly number[]) =>
    Array.from({ length: most }, (_, i) => values[Math.floor((i * values.length) / most)]!);
  return { ...row, samplesMs: few(samplesMs), ...(numbers && { numbers: few(numbers) }) };
}
