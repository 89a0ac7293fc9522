/** Makes rows of a profile from their measurements. */
import type { MeasuredRow } from '../model/measured/measured-row.js';
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
  row: Pick<MeasuredRow, 'curve' | 'batchSize' | 'samplesMs' | 'stoppedBy' | 'remarks'> & {
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

/** At most `most` of the measurements, evenly over time. */
export function thinned(samplesMs: readonly number[], most: number): readonly number[] {
  if (samplesMs.length <= most) return samplesMs;
  return Array.from({ length: most }, (_, i) => samplesMs[Math.floor((i * samplesMs.length) / most)]!);
}
