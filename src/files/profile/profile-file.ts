/** Reads profiles: one CSV row per model, hardware and batch size, from one file or several. */

import { formatOffered } from '../../model/notation/offered-value.js';
import { PROFILE_CURVES, type Profile, type ProfileCurve, type ProfileRow } from '../../model/profile.js';
import { type CsvRow, numberCell, readCsvTable, textCell } from '../csv-table.js';
import { LARGEST_BATCH, LONGEST_MS, SHORTEST_MS } from '../limits.js';
import { Problems } from '../problems.js';

export const PROFILE_COLUMNS = [
  'model',
  'hardware',
  'batch_size',
  'mean_ms',
  'p50_ms',
  'p95_ms',
  'p99_ms',
  'samples',
  'runtime',
  'source',
] as const;

/** Columns that only `infer-plan profile` fills. */
export const MEASUREMENT_COLUMNS = ['curve', 'stopped_by', 'p50_width_ratio', 'p99_width_ratio', 'remark'] as const;

type ProfileColumn = (typeof PROFILE_COLUMNS)[number] | (typeof MEASUREMENT_COLUMNS)[number];

/** About forty thousand rows. */
const MAX_MIB = 4;

/** Rules for cells of both profiles and samples. */
export const SERVICE_TIME_RULE = {
  isAllowed: (ms: number) => ms >= SHORTEST_MS && ms <= LONGEST_MS,
  allowed: `a time in ms between ${SHORTEST_MS} and ${LONGEST_MS}`,
};
export const BATCH_SIZE_RULE = countUpTo(LARGEST_BATCH);
const SAMPLES_RULE = countUpTo(Number.MAX_SAFE_INTEGER);

interface PlacedRow {
  readonly where: string;
  readonly path: string;
  readonly model: string;
  readonly hardware: string;
  readonly row: ProfileRow;
}

/**
 * Profiles in the order of their first rows, each with rising batch sizes. Where a model has both a hot and a paced
 * curve on a hardware, `rows` holds only the preferred one: a mixture would jump where one curve ends.
 * Throws one InputError with every problem of every file.
 */
export function readProfileFiles(paths: readonly string[], prefer: ProfileCurve = 'paced'): readonly Profile[] {
  const problems = new Problems();
  const placed = paths.flatMap((path) =>
    readCsvTable(path, PROFILE_COLUMNS, problems, MAX_MIB, MEASUREMENT_COLUMNS).flatMap(
      (row) => readRow(row, path, problems) ?? [],
    ),
  );
  const groups = new Map<string, PlacedRow[]>();
  for (const row of placed) {
    const key = JSON.stringify([row.model, row.hardware]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const profiles = [...groups.values()].map((rows) => profileOf(rows, prefer, problems));
  problems.throwIfAny('PROFILE');
  return profiles;
}

function readRow(row: CsvRow<ProfileColumn>, path: string, problems: Problems): PlacedRow | undefined {
  const before = problems.count;
  const timeOf = (column: 'p50_ms' | 'p95_ms' | 'p99_ms') =>
    row.cells[column] === '' ? undefined : numberCell(row, column, SERVICE_TIME_RULE, problems);
  const model = textCell(row, 'model', problems);
  const hardware = textCell(row, 'hardware', problems);
  const batchSize = numberCell(row, 'batch_size', BATCH_SIZE_RULE, problems);
  const meanMs = numberCell(row, 'mean_ms', SERVICE_TIME_RULE, problems);
  const p50Ms = timeOf('p50_ms');
  const p95Ms = timeOf('p95_ms');
  const p99Ms = timeOf('p99_ms');
  const samples = row.cells.samples === '' ? undefined : numberCell(row, 'samples', SAMPLES_RULE, problems);
  const runtime = textCell(row, 'runtime', problems);
  const source = textCell(row, 'source', problems);
  const curve = curveCell(row, problems);
  checkRising(row.where, { p50_ms: p50Ms, p95_ms: p95Ms, p99_ms: p99Ms }, problems);
  if (problems.count > before) return undefined;
  return {
    where: row.where,
    path,
    model: model!,
    hardware: hardware!,
    row: {
      batchSize: batchSize!,
      meanMs: meanMs!,
      ...(p50Ms === undefined ? {} : { p50Ms }),
      ...(p95Ms === undefined ? {} : { p95Ms }),
      ...(p99Ms === undefined ? {} : { p99Ms }),
      ...(samples === undefined ? {} : { samples }),
      runtime: runtime!,
      source: source!,
      ...(curve === undefined ? {} : { curve }),
    },
  };
}

function checkRising(
  where: string,
  percentiles: Readonly<Record<string, number | undefined>>,
  problems: Problems,
): void {
  const given = Object.entries(percentiles).filter((pair): pair is [string, number] => pair[1] !== undefined);
  given.forEach(([column, ms], index) => {
    const [lower, lowerMs] = given[index - 1] ?? [];
    if (lowerMs === undefined || ms >= lowerMs) return;
    problems.add(`${where}: ${column} = ${ms}, must be at least ${lower} = ${lowerMs}`);
  });
}

/** The curve of a row or a sample; undefined for a blank cell, and for a wrong one, which becomes a problem. */
export function curveCell({ where, cells }: CsvRow<'curve'>, problems: Problems): ProfileCurve | undefined {
  const curve = PROFILE_CURVES.find((known) => known === cells.curve);
  if (curve === undefined && cells.curve !== '') {
    problems.add(`${where}: curve = ${formatOffered(cells.curve)}, must be ${PROFILE_CURVES.join(' or ')}, or blank`);
  }
  return curve;
}

function profileOf(placed: readonly PlacedRow[], prefer: ProfileCurve, problems: Problems): Profile {
  const { model, hardware } = placed[0]!;
  const isPaced = ({ row }: PlacedRow) => row.curve === 'paced';
  const paced = risingRows(placed.filter(isPaced), problems);
  const hot = risingRows(
    placed.filter((row) => !isPaced(row)),
    problems,
  );
  if (hot.length === 0) return { model, hardware, rows: paced };
  if (paced.length === 0) return { model, hardware, rows: hot };
  const [rows, otherCurve] = prefer === 'paced' ? [paced, hot] : [hot, paced];
  return { model, hardware, rows, otherCurve };
}

function risingRows(placed: readonly PlacedRow[], problems: Problems): readonly ProfileRow[] {
  const earlier = new Map<number, PlacedRow>();
  placed.forEach(({ where, path, row: { batchSize } }, index) => {
    const same = earlier.get(batchSize);
    const before = placed[index - 1];
    const place = `${where}: batch_size = ${batchSize}`;
    if (same !== undefined) {
      const { model, hardware } = placed[index]!;
      problems.add(`${place}, must be measured once for ${model} on ${hardware}: ${same.where} has it too`);
    } else if (before?.path === path && before.row.batchSize > batchSize) {
      const { model, hardware } = before;
      problems.add(
        `${place}, must be larger than ${before.row.batchSize} in ${before.where} (${model} on ${hardware})`,
      );
    } else {
      earlier.set(batchSize, placed[index]!);
    }
  });
  return placed.map(({ row }) => row).sort((a, b) => a.batchSize - b.batchSize);
}

function countUpTo(most: number): { isAllowed: (value: number) => boolean; allowed: string } {
  return {
    isAllowed: (value) => Number.isInteger(value) && value >= 1 && value <= most,
    allowed: 'an integer of at least 1',
  };
}
