/** Reads the single measurements behind profile rows, for the empirical service model. */
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { Profile, ProfileCurve } from '../../model/profile.js';
import { numberCell, readCsvTable, textCell } from '../csv-table.js';
import { Problems } from '../problems.js';
import { BATCH_SIZE_RULE, curveCell, SERVICE_TIME_RULE } from './profile-file.js';

export const SAMPLES_COLUMNS = ['model', 'hardware', 'batch_size', 'service_time_ms'] as const;

/** Which curve a sample belongs to; without this column, the hot one. */
const CURVE_COLUMN = ['curve'] as const;

const MAX_MIB = 64;

/**
 * The profiles, each row with its measurements from these files in ascending order. A measurement without a profile row
 * is a problem. Throws one InputError with every problem of every file.
 */
export function readSamplesFiles(paths: readonly string[], profiles: readonly Profile[]): readonly Profile[] {
  const problems = new Problems();
  const samples = new Map<string, number[]>();
  for (const profile of profiles) {
    for (const row of [...profile.rows, ...(profile.otherCurve ?? [])]) samples.set(rowKey(profile, row), []);
  }
  const models = new Set(profiles.map(({ model }) => model));
  for (const row of paths.flatMap((path) => readCsvTable(path, SAMPLES_COLUMNS, problems, MAX_MIB, CURVE_COLUMN))) {
    const model = textCell(row, 'model', problems);
    const hardware = textCell(row, 'hardware', problems);
    const batchSize = numberCell(row, 'batch_size', BATCH_SIZE_RULE, problems);
    const ms = numberCell(row, 'service_time_ms', SERVICE_TIME_RULE, problems);
    const curve = curveCell(row, problems);
    if (model === undefined || hardware === undefined || batchSize === undefined || ms === undefined) continue;
    const measured = samples.get(rowKey({ model, hardware }, { batchSize, curve }));
    if (measured !== undefined) measured.push(ms);
    else {
      const nearest = models.has(model) ? '' : didYouMean(model, models);
      const how = curve === undefined ? '' : `, ${curve},`;
      const offered = `${model} on ${hardware} at batch size ${batchSize}${how}`;
      problems.add(`${row.where}: ${offered} has no profile row, must have one${nearest}`);
    }
  }
  problems.throwIfAny('SAMPLES');
  return profiles.map((profile) => ({
    ...profile,
    rows: profile.rows.map((row) => {
      const measured = samples.get(rowKey(profile, row))!;
      return measured.length === 0 ? row : { ...row, samplesMs: measured.sort((a, b) => a - b) };
    }),
  }));
}

function rowKey(
  { model, hardware }: Pick<Profile, 'model' | 'hardware'>,
  { batchSize, curve = 'hot' }: { readonly batchSize: number; readonly curve?: ProfileCurve | undefined },
): string {
  return JSON.stringify([model, hardware, batchSize, curve]);
}
