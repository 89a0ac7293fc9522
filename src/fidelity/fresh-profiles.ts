/**
 * Profiles as they are now: rows measured again replace the given ones. A row with too few new samples is the given
 * row, scaled by how much slower or faster its profile's batches were on the whole.
 *
 * Worked number: rows of 10 ms for one item and 16 ms for two. 30 new batches of one item took 11 ms each, none had
 * two. The second row becomes 17.6 ms.
 */
import type { Profile, ProfileRow } from '../model/profile.js';
import { requiredOnTime } from '../model/slo.js';
import { slowedRow } from './slowness.js';

/** Fewer new samples than this say less of a row than the given ones. */
const LEAST_SAMPLES = 20;

/** @param samplesOf the new service times, in ms, of one of the profiles at one of its batch sizes */
export function freshProfiles(
  profiles: readonly Profile[],
  samplesOf: (profile: Profile, batchSize: number) => readonly number[],
): readonly Profile[] {
  return profiles.map((profile) => {
    const measured = profile.rows.map((row) => ({ row, samplesMs: samplesOf(profile, row.batchSize) }));
    const takenMs = measured.reduce((sum, { samplesMs }) => sum + sumOf(samplesMs), 0);
    const statedMs = measured.reduce((sum, { row, samplesMs }) => sum + samplesMs.length * row.meanMs, 0);
    const times = statedMs === 0 ? 1 : takenMs / statedMs;
    return {
      ...profile,
      rows: measured.map(({ row, samplesMs }) =>
        samplesMs.length < LEAST_SAMPLES ? slowedRow(row, times) : freshRow(row, samplesMs),
      ),
    };
  });
}

function freshRow(row: ProfileRow, samplesMs: readonly number[]): ProfileRow {
  const ascending = samplesMs.toSorted((a, b) => a - b);
  const count = ascending.length;
  const percentileMs = (percentile: number) => ascending[requiredOnTime(count, percentile) - 1]!;
  return {
    ...row,
    meanMs: sumOf(ascending) / count,
    p50Ms: percentileMs(50),
    p95Ms: percentileMs(95),
    p99Ms: percentileMs(99),
    samples: count,
    samplesMs: ascending,
    curve: 'paced',
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
