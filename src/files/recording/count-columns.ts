/** Counts or rates per interval recorded elsewhere: one row an interval, or one column an interval. */
import { InputError } from '../../errors.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { msFromUs } from '../../units.js';
import { BadRows } from './bad-rows.js';
import {
  type ImportedCounts,
  isRunningTotal,
  MOST_INTERVALS,
  orderedCounts,
  queriesRule,
  refuseTooMany,
} from './interval-rules.js';
import { openRecording } from './open-recording.js';
import type { Recording, RecordingOptions } from './recording.js';
import {
  guessNotation,
  isFromStart,
  isSkippedTime,
  parseInstantUs,
  type TimeNotation,
} from './time/instant-notation.js';
import { skippedIn, type TimeZone } from './time/time-zone.js';
import { shownCell } from './timestamps.js';

const COUNT = /^\d+(?:\.\d+)?$/;
const RANGE = /^(.+?)\.\.(.+)$/;
const RATE_NAME = /(\/|per|_)s(ec(ond)?)?$|qps|rps/i;
const FIRST_SIZE = 4096;

export interface CountOptions extends RecordingOptions {
  /** A column with an interval a row, or the range `FIRST..LAST` of columns with an interval each. */
  readonly column: string;
  readonly intervalUs: number;
  /** Cells are queries per second, not queries. */
  readonly isRate: boolean;
  /** Column of each row's instant; the first that holds instants unless said. */
  readonly timeColumn?: string | undefined;
  readonly notation?: TimeNotation | undefined;
  readonly timeZone?: TimeZone | undefined;
  /** An interval without a row has no arrivals; otherwise it is a problem. */
  readonly fillGaps: boolean;
  /** Most queries per second in an interval, 1,000,000 unless said. */
  readonly maxRateQps?: number | undefined;
  /** Puts rows in the order of their instants. */
  readonly sort?: boolean;
  /** A row that cannot be read counts 0. */
  readonly skipBad?: boolean;
}

/**
 * Reads counts. Throws InputError `TRACE_IMPORT` with every row that has no count, that is not one interval after the
 * row above by its own instant, or whose rate is beyond `maxRateQps`.
 */
export function readCounts(path: string, options: CountOptions): ImportedCounts {
  const recording = openRecording(path, options);
  try {
    const range = rangeOf(recording, options.column);
    const bad = new BadRows(options.skipBad === true);
    const notes = [...recording.notes];
    const counts =
      range === undefined
        ? countsDown(recording, options, { bad, notes })
        : countsAcross(recording, options, { bad, range });
    bad.throwIfAny();
    refuseTooMany(counts, recording.shown);
    if (!counts.some((count) => count > 0))
      throw new InputError('TRACE_IMPORT', `${recording.shown}: has no arrivals, must have at least one`);
    return { counts, notes: [...new Set([...recording.notes, ...notes])], skipped: bad.skipped };
  } finally {
    recording.close();
  }
}

interface Columns {
  readonly first: number;
  readonly last: number;
}

/** The columns of `FIRST..LAST`; undefined for the name of one column. */
function rangeOf(recording: Recording, column: string): Columns | undefined {
  const match = recording.columns.includes(column) ? null : RANGE.exec(column);
  if (match === null) return undefined;
  const first = recording.find(match[1]!, '--counts');
  const last = recording.find(match[2]!, '--counts');
  if (first > last) {
    throw new InputError('TRACE_IMPORT', `${recording.shown}: --counts = ${column}, must name the first column first`);
  }
  return { first, last };
}

function tooManyRows({ shown }: Recording): InputError {
  return new InputError('TRACE_IMPORT', `${shown}: has more than ${MOST_INTERVALS} rows, must have at most that many`);
}

/** Intervals are columns; the counts of all rows are added. */
function countsAcross(
  recording: Recording,
  options: CountOptions,
  { bad, range: { first, last } }: { bad: BadRows; range: Columns },
): Float64Array {
  const indices = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const rows = recording.rows(indices);
  const readCell = cellReader(recording, options);
  const read = (cell: string | undefined, index: number) =>
    options.fillGaps && cell === '' ? 0 : readCell(cell, index);
  const counts = new Float64Array(indices.length);
  let rowsRead = 0;
  while (rows.next()) {
    if (++rowsRead > MOST_INTERVALS) throw tooManyRows(recording);
    const cells = indices.map((index, i) => read(rows.cells[i], index));
    const problem = rows.fault ?? cells.find((cell) => typeof cell === 'string');
    if (problem !== undefined) bad.add(`${rows.where}: ${problem}`);
    else for (let i = 0; i < cells.length; i++) counts[i]! += cells[i] as number;
  }
  return counts;
}

/** Intervals are rows, which stand at their own instants where a column says them. */
function countsDown(
  recording: Recording,
  options: CountOptions,
  { bad, notes }: { bad: BadRows; notes: string[] },
): Float64Array {
  const { columns } = recording;
  const index = recording.find(options.column, options.isRate ? '--rates' : '--counts');
  const name = columns[index]!;
  if (!options.isRate && RATE_NAME.test(name))
    notes.push(`${name} is read as counts; if its values are queries per second, use --rates ${name}`);
  if (columns.includes(String(Number(name) + 1)))
    notes.push(`--counts ${name} reads down one column; --counts ${name}..${columns.at(-1)} reads across the columns`);
  refuseCountAsHeader(recording, name, options);
  const timeIndex =
    options.timeColumn === undefined
      ? undefined
      : recording.find(options.timeColumn, options.isField ? '--field' : '--column');
  const candidates =
    timeIndex === undefined ? columns.map((_, other) => other).filter((other) => other !== index) : [timeIndex];
  const rows = recording.rows([index, ...candidates]);
  const read = cellReader(recording, options);
  const place = placer(options);
  const sorted = options.sort === true ? new Map<number, number>() : undefined;
  let counts = new Float64Array(FIRST_SIZE);
  let intervals = 0;
  let timePlace: number | undefined | 'none' = timeIndex === undefined ? undefined : 0;
  let rowsRead = 0;
  while (rows.next()) {
    if (++rowsRead > MOST_INTERVALS) throw tooManyRows(recording);
    const { where } = rows;
    timePlace ??= candidates.findIndex((other, i) => isTime(rows.cells[i + 1] ?? '', columns[other]!, options));
    if (timePlace === -1) {
      timePlace = 'none';
      const unread = candidates.find((other) => TIME_NAME.test(columns[other]!));
      if (unread !== undefined)
        notes.push(
          `${columns[unread]} is not read, because its notation cannot be told: rows are taken for ${widthOf(options)} each; name it with --time`,
        );
    }
    const time = timePlace === 'none' ? undefined : (rows.cells[timePlace + 1] ?? '');
    const column = timePlace === 'none' ? '' : columns[candidates[timePlace]!]!;
    const at = time === undefined ? intervals : place(time, column, sorted ?? intervals);
    const count = rows.fault ?? read(rows.cells[0], index);
    if (typeof at === 'string') {
      bad.refuse(`${where}: ${at}`);
      continue;
    }
    if (typeof count === 'string') bad.add(`${where}: ${count}`);
    sorted?.set(at, typeof count === 'string' ? 0 : count);
    if (sorted !== undefined) continue;
    while (at >= counts.length) {
      const larger = new Float64Array(2 * counts.length);
      larger.set(counts);
      counts = larger;
    }
    if (typeof count === 'number') counts[at] = count;
    intervals = at + 1;
  }
  const result = sorted === undefined ? counts.slice(0, intervals) : undefined;
  if (result !== undefined) {
    if (!options.isRate && isRunningTotal(result))
      notes.push(`${name} never falls: where it is a running total, subtract from each row the one above first`);
    return result;
  }
  const ordered = orderedCounts(sorted!);
  if (ordered.missing > 0 && !options.fillGaps)
    bad.refuse(
      `${recording.shown}: intervals without a row = ${ordered.missing}, must be 0; count them as 0 with --fill-gaps`,
    );
  return ordered.counts;
}

/** A cell as queries, or what is wrong with it. */
function cellReader({ columns }: Recording, options: CountOptions) {
  const { read } = queriesRule(options);
  return (cell: string | undefined, index: number): number | string => {
    const queries = read(cell !== undefined && COUNT.test(cell) ? Number(cell) : Number.NaN);
    return typeof queries === 'number' ? queries : `${columns[index]} = ${shownCell(cell ?? '')}, ${queries}`;
  };
}

/** The interval that a row's instant begins, counted from the first row; or what is wrong with it. */
function placer(options: CountOptions) {
  const { intervalUs, timeZone, fillGaps } = options;
  let { notation } = options;
  let firstUs: number | undefined;
  return (cell: string, column: string, expected: number | ReadonlyMap<number, number>): number | string => {
    notation ??= guessNotation(cell, column);
    const instantUs = notation === undefined ? undefined : parseInstantUs(cell, notation, timeZone);
    const given = `${column} = ${shownCell(cell)}`;
    if (isSkippedTime(cell, notation, timeZone)) return `${given}, ${skippedIn(timeZone!)}`;
    if (instantUs === undefined) return `${given}, must be an instant${notation === undefined ? '' : ` (${notation})`}`;
    firstUs ??= instantUs;
    const interval = (instantUs - firstUs) / intervalUs;
    const width = widthOf(options);
    if (!Number.isInteger(interval)) return `${given}, must be a multiple of --interval ${width} after the first row`;
    if (Math.abs(interval) > MOST_INTERVALS)
      return `${given}, must be at most ${MOST_INTERVALS} intervals of ${width} after the first row`;
    if (typeof expected !== 'number')
      return expected.has(interval) ? `${given}, comes twice; choose one series with --where` : interval;
    if (interval < expected) return `${given}, must be ${width} after the row above; choose one series with --where`;
    if (interval > expected && !fillGaps)
      return `${given}, must be ${width} after the row above; count missing rows as 0 with --fill-gaps`;
    return interval;
  };
}

/**
 * Whether a cell is an instant beyond doubt: in the notation that was named, on a calendar, or a number with a time's
 * name and a unit that can be told.
 */
function isTime(cell: string, column: string, { notation: named, timeZone }: CountOptions): boolean {
  if (named !== undefined) return parseInstantUs(cell, named, timeZone) !== undefined;
  const notation = guessNotation(cell, column);
  if (notation === 'iso') return true;
  return notation !== undefined && (isFromStart(notation) ? TIME_WITH_UNIT : TIME_NAME).test(column);
}

const TIME_NAME = /time|date|stamp|^ts$|^t$/i;
const TIME_WITH_UNIT = /^(time|timestamp|ts|t|start|begin|offset)_(s|ms|us)$/i;

function widthOf({ intervalUs }: CountOptions): string {
  return formatDuration(msFromUs(intervalUs));
}

/** Throws InputError where the name of the column is a count itself, and the column was not chosen by that name. */
function refuseCountAsHeader({ shown, hasHeaderRow }: Recording, name: string, { column }: CountOptions): void {
  if (!hasHeaderRow || !COUNT.test(name) || name === column) return;
  throw new InputError(
    'TRACE_IMPORT',
    `${shown}:1: header = ${name}, must be the name of a column, but is a count`,
    'Add --no-header where the first row is an interval.',
  );
}
