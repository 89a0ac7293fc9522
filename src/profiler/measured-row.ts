/** Makes rows of a profile from their measurements. */
import type { MeasuredRow } from '../model/measured-row.js';
import { nearestRank } from '../stats/quantile-interval.js';
import { precisionOf } from './stop-rule.js';

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
