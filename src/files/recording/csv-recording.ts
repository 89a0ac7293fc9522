/** A recording that is CSV with any separator. */
import { InputError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../../model/notation/offered-value.js';
import { isLogLine } from './log/text-log.js';
import { isW3c } from './log/w3c-log.js';
import { conditionalRows, type Recording, type RecordingOptions, unknownColumn } from './recording.js';
import type { ByteWindow } from './text/byte-window.js';
import { CsvRows } from './text/csv-rows.js';
import { LineScanner } from './text/line-scanner.js';
import { areDecimalCommas, guessSeparator, isCommaAmbiguous } from './text/separator.js';

/** Throws InputError `TRACE_IMPORT` when the separator cannot be told. */
export function csvRecording(window: ByteWindow, options: RecordingOptions): Recording {
  const { shown } = window;
  const { hasHeader, where } = options;
  window.readFirstRow();
  const beginning = window.peek();
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
  const known = hasHeader ? formatNames(header.map((name) => formatOffered(name))) : `1 to ${header.length}`;
  if (options.isField)
    throw new InputError('TRACE_IMPORT', `${shown}: is not JSON: give --column, not --field`, `Columns: ${known}`);
  const notes: string[] = [];
  if (options.separator === undefined && !hasHeader && separator === ',' && areDecimalCommas(beginning))
    notes.push('each comma is taken for a separator; where it is a decimal comma, write a point instead');
  const find: Recording['find'] = (column, flag) => {
    if (column === undefined) return 0;
    const named = hasHeader ? header.indexOf(column) : -1;
    const namesakes = hasHeader ? header.filter((name) => name === column).length : 0;
    if (namesakes > 1)
      throw new InputError(
        'TRACE_IMPORT',
        `${shown}: ${flag} = ${formatOffered(column)}, must name one column, and ${namesakes} have this name`,
        `Give the column's number instead: ${flag} ${named + 1} is the first of them.`,
      );
    const isNumber = /^[1-9]\d*$/.test(column);
    if (named !== -1 && isNumber && named !== Number(column) - 1)
      notes.push(`${flag} ${column} is the column named ${column}, not column number ${column}`);
    if (named !== -1) return named;
    if (isNumber && Number(column) <= header.length) return Number(column) - 1;
    throw unknownColumn(shown, { column, flag, known, nearest: hasHeader ? didYouMean(column, header) : '' });
  };
  // Logs that are separated by spaces have bare texts with spaces in them, in the last columns.
  const mostCells = separator === ' ' ? Number.POSITIVE_INFINITY : header.length;
  return {
    shown,
    columns,
    notes,
    hasHeaderRow: hasHeader,
    advice: adviceOn(beginning, header),
    find,
    rows(indices) {
      const lines = new LineScanner(window);
      const open = (all: readonly number[]) => new CsvRows(lines, { separator, columns: all, mostCells });
      const rows = conditionalRows(open, { indices, find, where });
      if (hasHeader) while (lines.next() && lines.buffer.toString('utf8', lines.start, lines.end).trim() === '');
      return rows;
    },
    close: () => window.close(),
  };
}

function adviceOn(beginning: string, header: readonly string[]): string | undefined {
  const [first = '', second = ''] = beginning.split(/\r?\n/, 2);
  if (isW3c(first) || isLogLine(first) || isLogLine(second))
    return 'This looks like an access log: read it with --log.';
  const numbers = header.filter((name, index) => /^\d+$/.test(name) && Number(name) === Number(header[index - 1]) + 1);
  const last = numbers.at(-1);
  return numbers.length < LEAST_NUMBERED
    ? undefined
    : `This looks like counts, one column per interval: read them with --counts ${Number(numbers[0]) - 1}..${last} --interval WIDTH.`;
}

/** Fewer columns with numbers for names may mean anything. */
const LEAST_NUMBERED = 3;

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
