/** Reads single measurements that stand behind profile rows, for the empirical service model. */
import { didYouMean } from '../model/nearest-name.js';
import type { Profile, ProfileCurve } from '../model/profile.js';
import { numberCell, readCsvTable, textCell } from './csv-table.js';
import { Problems } from './problems.js';
import { BATCH_SIZE_RULE, curveCell, SERVICE_TIME_RULE } from './profile-file.js';

export const SAMPLES_COLUMNS = ['model', 'hardware', 'batch_size', 'service_time_ms'] as const;

/**
 * A samples file may hold both curves; without the column its samples are of the hot one. `number` says which measurement of its model on the hardware a sample was,
 * where batch sizes took turns.
 */
export const SAMPLES_OPTIONAL_COLUMNS = ['curve', 'number'] as const;

const NUMBER_RULE = {
  isAllowed: (value: number) => Number.isInteger(value) && value >= 0,
  allowed: 'an integer of at least 0, or blank',
};

const MAX_MIB = 64;

interface Sample {
  readonly ms: number;
  readonly number?: number;
}

/**
 * The profiles with the measurements of these files attached to their rows, ascending, and their order in time where it is known. A measurement without a profile
 * row is a problem. Throws one InputError with every problem of every file.
 */
export function readSamplesFiles(paths: readonly string[], profiles: readonly Profile[]): readonly Profile[] {
  const problems = new Problems();
  const samples = new Map<string, Sample[]>();
  for (const profile of profiles) {
    for (const row of [...profile.rows, ...(profile.otherCurve ?? [])]) samples.set(rowKey(profile, row), []);
  }
  const models = new Set(profiles.map(({ model }) => model));
  for (const row of paths.flatMap((path) =>
    readCsvTable(path, SAMPLES_COLUMNS, problems, MAX_MIB, SAMPLES_OPTIONAL_COLUMNS),
  )) {
    const model = textCell(row, 'model', problems);
    const hardware = textCell(row, 'hardware', problems);
    const batchSize = numberCell(row, 'batch_size', BATCH_SIZE_RULE, problems);
    const ms = numberCell(row, 'service_time_ms', SERVICE_TIME_RULE, problems);
    const curve = curveCell(row, problems);
    const number = row.cells.number === '' ? undefined : numberCell(row, 'number', NUMBER_RULE, problems);
    if (model === undefined || hardware === undefined || batchSize === undefined || ms === undefined) continue;
    const measured = samples.get(rowKey({ model, hardware }, { batchSize, curve }));
    if (measured !== undefined) measured.push({ ms, ...(number !== undefined && { number }) });
    else {
      const nearest = models.has(model) ? '' : didYouMean(model, models);
      const how = curve === undefined ? '' : `, ${curve},`;
      const offered = `${model} on ${hardware} at batch size ${batchSize}${how}`;
      problems.add(`${row.where}: ${offered} has no profile row, must have one${nearest}`);
    }
  }
  problems.throwIfAny('SAMPLES');
  for (const measured of samples.values()) measured.sort((a, b) => a.ms - b.ms);
  return profiles.map((profile) => {
    const rows = profile.rows.map((row) => ({ row, measured: samples.get(rowKey(profile, row))! }));
    const rankSeries = rankSeriesOf(rows.map(({ measured }) => measured));
    return {
      ...profile,
      rows: rows.map(({ row, measured }) =>
        measured.length === 0 ? row : { ...row, samplesMs: measured.map(({ ms }) => ms) },
      ),
      ...(rankSeries.length > 0 && { rankSeries }),
    };
  });
}

/** Of each size's ascending samples, those with a number, by their numbers: where in its size each stands. */
function rankSeriesOf(sizes: readonly (readonly Sample[])[]): readonly number[] {
  return sizes
    .flatMap((ascending) =>
      ascending.flatMap(({ number }, i) =>
        number === undefined ? [] : { number, rank: (i + 0.5) / ascending.length },
      ),
    )
    .sort((a, b) => a.number - b.number)
    .map(({ rank }) => rank);
}

function rowKey(
  { model, hardware }: Pick<Profile, 'model' | 'hardware'>,
  { batchSize, curve = 'hot' }: { readonly batchSize: number; readonly curve?: ProfileCurve | undefined },
): string {
  return JSON.stringify([model, hardware, batchSize, curve]);
}
