/** A recording as rows: CSV with any separator, or JSON lines. */
import { InputError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../../model/notation/offered-value.js';
import { fieldOf, JsonRows, parsedObject } from './json/json-rows.js';
import { CsvRows } from './text/csv-rows.js';
import { LineScanner } from './text/line-scanner.js';
import type { Rows } from './text/rows.js';
import { guessSeparator, isCommaAmbiguous } from './text/separator.js';

/** How to read the rows of a recording, and which of them. */
export interface RecordingOptions {
  readonly hasHeader: boolean;
  /** '' for one column; undefined to find it out from the first lines. */
  readonly separator?: string | undefined;
  /** Rows count only when every one of these holds. */
  readonly where?: readonly RowCondition[] | undefined;
}

export interface RowCondition {
  readonly column: string;
  readonly value: string;
  readonly isEqual: boolean;
}

export interface Recording {
  readonly shown: string;
  /** Names of the columns; `column 1` and so on without a header. */
  readonly columns: readonly string[];
  /** What a user should know about how the columns were chosen. */
  readonly notes: readonly string[];
  /** A column by its name, or by its number from 1 on. Throws InputError `TRACE_IMPORT`, naming the flag. */
  find(column: string, flag: string): number;
  /** The rows of the recording; to be called once, with indices from `find`. */
  rows(columns: readonly number[]): Rows;
  close(): void;
}

/** Opens a recording. Throws InputError `FILE` when it cannot be read, `TRACE_IMPORT` when it has no rows. */
export function openRecording(path: string, options: RecordingOptions): Recording {
  const lines = new LineScanner(path);
  try {
    const beginning = lines.peek();
    if (beginning.trim() === '')
      throw new InputError('TRACE_IMPORT', `${lines.shown}: is empty, must hold at least one arrival`);
    return beginning.trimStart().startsWith('{') || JSON_ARRAY.test(beginning)
      ? jsonRecording(lines, beginning, options)
      : csvRecording(lines, beginning, options);
  } catch (error) {
    lines.close();
    throw error;
  }
}

const JSON_ARRAY = /^\s*\[\s*(\{|\n)/;

function jsonRecording(lines: LineScanner, beginning: string, options: RecordingOptions): Recording {
  const { shown } = lines;
  const first = parsedObject(beginning.trimStart().split('\n', 1)[0]!);
  if (first === undefined) {
    throw new InputError(
      'TRACE_IMPORT',
      `${shown}: holds JSON, must be one object a line`,
      `jq -c '.[]' ${shown} | infer-plan trace import - --column NAME -o TRACE`,
    );
  }
  const columns = Object.keys(first);
  const find = (column: string, flag: string) => {
    const index = columns.indexOf(column);
    if (index !== -1) return index;
    if (fieldOf(first, column) !== undefined) return columns.push(column) - 1;
    throw unknownColumn(shown, { column, flag, known: formatNames(columns), nearest: didYouMean(column, columns) });
  };
  return {
    shown,
    columns,
    notes: [],
    find,
    rows: (indices) =>
      conditional(
        (all) =>
          new JsonRows(
            lines,
            all.map((index) => columns[index]!),
          ),
        { indices, find, options },
      ),
    close: () => lines.close(),
  };
}

function csvRecording(lines: LineScanner, beginning: string, options: RecordingOptions): Recording {
  const { shown } = lines;
  const { hasHeader } = options;
  if (options.separator === undefined && !hasHeader && isCommaAmbiguous(beginning)) {
    throw new InputError(
      'TRACE_IMPORT',
      `${shown}:1: the comma may be a decimal one or a separator`,
      'Say which: --separator none for one column, --separator comma, or --separator with another character.',
    );
  }
  const separator = options.separator ?? guessSeparator(beginning);
  const header = headerCells(beginning, separator);
  const columns = hasHeader ? header : header.map((_, index) => `column ${index + 1}`);
  const notes: string[] = [];
  const find = (column: string, flag: string) => {
    const named = hasHeader ? header.indexOf(column) : -1;
    const isNumber = /^[1-9]\d*$/.test(column);
    if (named !== -1 && isNumber && named !== Number(column) - 1)
      notes.push(`${flag} ${column} is the column named ${column}, not column number ${column}`);
    if (named !== -1) return named;
    if (isNumber && Number(column) <= header.length) return Number(column) - 1;
    const known = hasHeader ? formatNames(header.map((name) => formatOffered(name))) : `1 to ${header.length}`;
    throw unknownColumn(shown, { column, flag, known, nearest: hasHeader ? didYouMean(column, header) : '' });
  };
  // Logs that are separated by spaces have bare texts with spaces in them, in the last columns.
  const mostCells = separator === ' ' ? Number.POSITIVE_INFINITY : header.length;
  return {
    shown,
    columns,
    notes,
    find,
    rows(indices) {
      const rows = conditional((all) => new CsvRows(lines, { separator, columns: all, mostCells }), {
        indices,
        find,
        options,
      });
      if (hasHeader) while (lines.next() && lines.buffer.toString('utf8', lines.start, lines.end).trim() === '');
      return rows;
    },
    close: () => lines.close(),
  };
}

/** Cells of the first row, read by a scanner of their own. */
function headerCells(beginning: string, separator: string): readonly string[] {
  const cells: string[] = [];
  const line = beginning.replace(/^\s*\n/, '').split(/\r?\n/, 1)[0]!;
  if (separator === '') return [unquoted(line.trim())];
  let cell = '';
  let isQuoted = false;
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += character;
  }
  return [...cells, cell].map((text) => unquoted(text.trim()));
}

function unquoted(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** Rows that meet the conditions: their columns are read after the chosen ones. */
function conditional(
  open: (columns: readonly number[]) => Rows,
  {
    indices,
    find,
    options,
  }: {
    indices: readonly number[];
    find: (column: string, flag: string) => number;
    options: RecordingOptions;
  },
): Rows {
  const conditions = options.where ?? [];
  const all = [...indices];
  const placed = conditions.map(({ column, value, isEqual }) => {
    const index = find(column, '--where');
    if (!all.includes(index)) all.push(index);
    return { place: all.indexOf(index), value, isEqual };
  });
  const rows = open(all);
  if (placed.length === 0) return rows;
  return {
    next() {
      while (rows.next()) {
        if (rows.fault !== undefined) return true;
        if (placed.every(({ place, value, isEqual }) => (rows.cells[place] === value) === isEqual)) return true;
      }
      return false;
    },
    get line() {
      return rows.line;
    },
    get cells() {
      return rows.cells;
    },
    get fault() {
      return rows.fault;
    },
  };
}

function unknownColumn(
  shown: string,
  { column, flag, known, nearest }: { column: string; flag: string; known: string; nearest: string },
): InputError {
  return new InputError(
    'TRACE_IMPORT',
    `${shown}: ${flag} = ${formatOffered(column)}, must be one of ${known}${nearest}`,
  );
}
