/** Traces recorded elsewhere: a column of instants, a web server's log, or a column of counts per interval. */

import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { Problems } from '../problems.js';
import { shownPath } from '../system/read-text.js';
import { type ColumnChoice, readColumn, readTextBytes } from './trace-import-column.js';
import {
  guessNotation,
  isFromStart,
  parseInstantUs,
  parseLogTimeUs,
  TIME_NOTATIONS,
  type TimeNotation,
} from './trace-import-time.js';

const FIRST_SIZE = 4096;
const NEWLINE = 10;
const NUMBER = /^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/;
const LONGEST_SHOWN = 60;
const COUNT = /^\d+(?:\.\d+)?$/;
/** More in one interval than any service sees; a column of bytes or instants is caught by it. */
const LARGEST_COUNT = 1e9;

/** `notation` undefined: told from the first cell. `sort`: an unsorted file is put in order instead of refused. */
export interface TimestampOptions extends ColumnChoice {
  readonly notation?: TimeNotation | undefined;
  readonly sort: boolean;
}

/**
 * A trace from a column of instants. Instants on a calendar are counted from the first; those that count from the
 * trace's start are kept. Throws InputError `TRACE_IMPORT` with every broken or unsorted row.
 */
export function readTimestamps(path: string, options: TimestampOptions): ArrivalTrace {
  const shown = shownPath(path);
  const instants = instantList(shown, options.sort);
  let { notation } = options;
  readColumn(path, options, (cell, line, column) => {
    const offered = cell ?? '';
    notation ??= guessNotation(offered, column);
    if (notation === undefined) throw unknownNotation(`${shown}:${line}: ${column} = ${shownCell(offered)}`);
    const instantUs = parseInstantUs(offered, notation);
    instants.add(instantUs, () => `${shown}:${line}: ${column} = ${shownCell(offered)}`, `an instant (${notation})`);
  });
  return instants.end({ countsFromFirst: notation === undefined || !isFromStart(notation) });
}

/**
 * A trace from a log in the common or combined format (Apache, nginx), counted from its first line; times are whole
 * seconds.
 */
export function readAccessLog(path: string, { sort }: { sort: boolean }): ArrivalTrace {
  const shown = shownPath(path);
  const bytes = readTextBytes(path);
  const instants = instantList(shown, sort);
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found;
    line++;
    if (end > start) {
      const text = bytes.toString('latin1', start, end);
      const here = line;
      instants.add(parseLogTimeUs(text), () => `${shown}:${here}: ${formatOffered(text)}`, LOG_LINE);
    }
    start = end + 1;
  }
  return instants.end({ countsFromFirst: true });
}

const LOG_LINE = 'a log line with a time such as [10/Oct/2000:13:55:36 -0700]';

/**
 * A column of counts, one row per interval, without holes. Counts may have decimals. Throws InputError `TRACE_IMPORT`.
 */
export function readCounts(path: string, choice: ColumnChoice): Float64Array {
  const shown = shownPath(path);
  const problems = new Problems();
  const counts = growing();
  readColumn(path, choice, (cell, line, column) => {
    const count = cell !== undefined && COUNT.test(cell) ? Number(cell) : Number.NaN;
    if (count <= LARGEST_COUNT) counts.add(count);
    else
      problems.add(
        `${shown}:${line}: ${column} = ${shownCell(cell ?? '')}, must be a count from 0 to ${LARGEST_COUNT}`,
      );
  });
  problems.throwIfAny('TRACE_IMPORT');
  const values = counts.values();
  if (!values.some((count) => count > 0))
    throw new InputError('TRACE_IMPORT', `${shown}: has no arrivals, must have at least one`);
  return values;
}

/** Gathers instants and what is wrong with them. */
function instantList(shown: string, sort: boolean) {
  const problems = new Problems();
  const instants = growing();
  let previousUs = Number.NEGATIVE_INFINITY;
  let isUnsorted = false;
  return {
    add(instantUs: number | undefined, place: () => string, allowed: string) {
      if (instantUs === undefined) {
        problems.add(`${place()}, must be ${allowed}`);
        return;
      }
      if (instantUs < previousUs && !sort) {
        isUnsorted = true;
        problems.add(`${place()}, must not be before the row above`);
      }
      previousUs = instantUs;
      instants.add(instantUs);
    },
    end({ countsFromFirst }: { countsFromFirst: boolean }): ArrivalTrace {
      problems.throwIfAny('TRACE_IMPORT', isUnsorted ? 'Sort them with --sort.' : undefined);
      const arrivalsUs = instants.values();
      if (arrivalsUs.length === 0)
        throw new InputError('TRACE_IMPORT', `${shown}: has no rows, must have at least one arrival`);
      if (sort) arrivalsUs.sort();
      const firstUs = countsFromFirst ? arrivalsUs[0]! : 0;
      for (let i = 0; i < arrivalsUs.length; i++) arrivalsUs[i]! -= firstUs;
      return { arrivalsUs };
    },
  };
}

/** Numbers in a typed array that doubles. */
function growing() {
  let numbers = new Float64Array(FIRST_SIZE);
  let length = 0;
  return {
    add(value: number) {
      if (length === numbers.length) {
        const larger = new Float64Array(2 * length);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[length++] = value;
    },
    values: () => numbers.slice(0, length),
  };
}

/** A cell as a problem line shows it: a number as it stands, for nobody takes it for text here. */
function shownCell(cell: string): string {
  return NUMBER.test(cell) ? cell.slice(0, LONGEST_SHOWN) : formatOffered(cell);
}

function unknownNotation(offered: string): InputError {
  return new InputError(
    'TRACE_IMPORT',
    `${offered}, must be an instant whose notation can be told`,
    `Name it with --time (${TIME_NOTATIONS.join(', ')}), and the column with --column.`,
  );
}
