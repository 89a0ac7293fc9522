/**
 * Adds measured rows to a profile and its samples, or replaces rows there. All other cells stay.
 */
import { existsSync } from 'node:fs';
import type { MeasuredRow } from '../../model/measured/measured-row.js';
import type { ProfileCurve } from '../../model/profile.js';
import { readCsvTable } from '../csv-table.js';
import { samplesPathOf } from '../pipeline/pipeline-file.js';
import { Problems } from '../problems.js';
import { writeFileAtomically } from '../system/write-file.js';
import { MEASUREMENT_COLUMNS, PROFILE_COLUMNS } from './profile-file.js';
import { SAMPLES_COLUMNS } from './samples-file.js';

const MAX_MIB = 64;
const COLUMNS = [...PROFILE_COLUMNS, ...MEASUREMENT_COLUMNS] as const;
const SAMPLE_CELLS = [...SAMPLES_COLUMNS, 'curve'] as const;
/** Figures keep nanoseconds; the estimator counts microseconds. */
const MS_DECIMALS = 6;
const RATIO_DECIMALS = 4;

type Cells = Readonly<Record<string, string>>;

/** The row that a new one replaced, for the user to see. */
export interface ReplacedRow {
  readonly meanMs: string;
  readonly source: string;
}

/**
 * Writes the row into the profile at `path` and its samples into the file beside it. The samples come first, so that a
 * crash leaves no row without samples. Returns the replaced row, if any. Throws InputError when either file is wrong.
 */
export function putProfileRow(path: string, row: MeasuredRow): ReplacedRow | undefined {
  const samplesPath = samplesPathOf(path);
  const rows = cellsOf(path, PROFILE_COLUMNS, MEASUREMENT_COLUMNS);
  const samples = cellsOf(samplesPath, SAMPLES_COLUMNS, ['curve']);
  const before = rows.find((other) => isSameRow(other, row));
  const newSamples = row.samplesMs.map((ms) => ({ ...keyCells(row), service_time_ms: decimals(ms, MS_DECIMALS) }));
  const otherSamples = samples.filter((other) => !isSameRow(other, row));
  const table = inGroups([...rows.filter((other) => other !== before), rowCells(row)]);
  writeFileAtomically(samplesPath, csvText(SAMPLE_CELLS, inGroups([...otherSamples, ...newSamples])));
  writeFileAtomically(path, csvText(COLUMNS, table));
  return before === undefined ? undefined : { meanMs: before.mean_ms!, source: before.source! };
}

/** The rows of one hardware; none when the file is missing. Throws InputError when the file is wrong. */
export function readMeasuredRows(path: string, hardware: string): readonly MeasuredAlready[] {
  return cellsOf(path, PROFILE_COLUMNS, MEASUREMENT_COLUMNS)
    .filter((cells) => cells.hardware === hardware)
    .map(({ model, curve, batch_size: batchSize, p50_ms: p50Ms, mean_ms: meanMs }) => ({
      model: model!,
      curve: curve === 'paced' ? 'paced' : 'hot',
      batchSize: Number(batchSize),
      p50Ms: Number(p50Ms || meanMs),
    }));
}

/** A row that need not be measured again; `p50Ms` is the mean where the row has no median. */
export interface MeasuredAlready {
  readonly model: string;
  readonly curve: ProfileCurve;
  readonly batchSize: number;
  readonly p50Ms: number;
}

function cellsOf<R extends string, O extends string>(
  path: string,
  columns: readonly R[],
  optional: readonly O[],
): readonly Cells[] {
  if (!existsSync(path)) return [];
  const problems = new Problems();
  const rows = readCsvTable(path, columns, problems, MAX_MIB, optional);
  problems.throwIfAny('PROFILE');
  return rows.map(({ cells }) => cells);
}

function keyCells({ model, hardware, batchSize, curve }: MeasuredRow): Cells {
  return { model, hardware, batch_size: String(batchSize), curve };
}

function rowCells(row: MeasuredRow): Cells {
  const ratio = (value: number | undefined) => (value === undefined ? '' : decimals(value, RATIO_DECIMALS));
  return {
    ...keyCells(row),
    mean_ms: decimals(row.meanMs, MS_DECIMALS),
    p50_ms: decimals(row.p50Ms, MS_DECIMALS),
    p95_ms: decimals(row.p95Ms, MS_DECIMALS),
    p99_ms: decimals(row.p99Ms, MS_DECIMALS),
    // Blank in a row derived from measurements of another size.
    samples: row.samples === 0 ? '' : String(row.samples),
    runtime: row.runtime,
    source: row.source,
    stopped_by: row.stoppedBy,
    p50_width_ratio: ratio(row.p50WidthRatio),
    p99_width_ratio: ratio(row.p99WidthRatio),
    remark: row.remarks.join('; '),
  };
}

/** A row without a curve counts as hot. */
function isSameRow(cells: Cells, row: MeasuredRow): boolean {
  const curve = cells.curve === 'paced' ? 'paced' : 'hot';
  const isPair = cells.model === row.model && cells.hardware === row.hardware;
  return isPair && curve === row.curve && Number(cells.batch_size) === row.batchSize;
}

/**
 * Groups rows by model, hardware and curve, in the order of first rows; sizes rise within a group. The sort is stable.
 */
function inGroups(rows: readonly Cells[]): readonly Cells[] {
  const groups = new Map<string, Cells[]>();
  for (const cells of rows) {
    const key = JSON.stringify([cells.model, cells.hardware, cells.curve]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cells]);
    else group.push(cells);
  }
  return [...groups.values()].flatMap((group) => group.sort((a, b) => Number(a.batch_size) - Number(b.batch_size)));
}

/** The text of a CSV table. */
export function csvText(columns: readonly string[], rows: readonly Cells[]): string {
  const line = (cells: readonly string[]) => `${cells.map(quoted).join(',')}\n`;
  return [line(columns), ...rows.map((cells) => line(columns.map((column) => cells[column] ?? '')))].join('');
}

function quoted(cell: string): string {
  return /[",\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function decimals(value: number, most: number): string {
  return Number(value.toFixed(most)).toString();
}
