/** Reads a CSV file with known columns. Every row keeps its line number. */
import { CsvError, parse } from 'csv-parse/sync';
import { didYouMean } from '../model/notation/nearest-name.js';
import { formatOffered } from '../model/notation/offered-value.js';
import type { Problems } from './problems.js';
import { readTextFile, shownPath } from './system/read-text.js';

const LONGEST_ROW = 100_000;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** One row. Problems about it begin with `where`, such as `published.csv:7`; the header is line 1. */
export interface CsvRow<C extends string> {
  readonly where: string;
  readonly cells: Readonly<Record<C, string>>;
}

/**
 * Rows of a table of at most `maxMib` mebibytes with these columns, in any order. `optional` columns may be missing;
 * their cells are then empty. An unreadable row is left out and becomes a problem.
 */
export function readCsvTable<C extends string, O extends string = never>(
  path: string,
  columns: readonly C[],
  problems: Problems,
  maxMib: number,
  optional: readonly O[] = [],
): readonly CsvRow<C | O>[] {
  const shown = shownPath(path);
  const text = problems.attempt(() => readTextFile(path, maxMib));
  if (text === undefined) return [];
  // The header comes first: a large file of another kind is refused before it is parsed.
  const header = readHeader(text, shown, { columns, optional }, problems);
  if (header === undefined) return [];
  const rows = parseRows(text, shown, problems);
  if (rows?.length === 1) problems.add(`${shown}: has no rows, must have at least one`);
  return (rows ?? []).slice(1).flatMap(({ record, info }) => {
    const where = `${shown}:${info.lines}`;
    if (record.length === header.length) {
      const given = header.map((column, index) => [column, record[index]]);
      const cells = Object.fromEntries([...optional.map((column) => [column, '']), ...given]);
      return [{ where, cells: cells as Record<C | O, string> }];
    }
    if (record.some((cell) => cell !== ''))
      problems.add(`${where}: cells = ${record.length}, must be ${header.length}`);
    return [];
  });
}

/** The number in a cell. A cell without an allowed number gives undefined and a problem. */
export function numberCell(
  { where, cells }: CsvRow<string>,
  column: string,
  rule: { isAllowed: (value: number) => boolean; allowed: string },
  problems: Problems,
): number | undefined {
  const cell = cells[column]!;
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  if (Number.isFinite(value) && rule.isAllowed(value)) return value;
  const offered = NUMBER.test(cell) ? cell.slice(0, 60) : formatOffered(cell);
  problems.add(`${where}: ${column} = ${offered}, must be ${rule.allowed}`);
  return undefined;
}

/** The text in a cell. An empty cell gives undefined and a problem. */
export function textCell({ where, cells }: CsvRow<string>, column: string, problems: Problems): string | undefined {
  const cell = cells[column]!;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
  if (cell !== '' && cell.length <= 1000 && !/[\u0000-\u001f\u007f-\u009f]/.test(cell)) return cell;
  problems.add(`${where}: ${column} = ${formatOffered(cell)}, must be a line of text`);
  return undefined;
}

function readHeader<C extends string>(
  text: string,
  shown: string,
  { columns, optional }: { columns: readonly C[]; optional: readonly string[] },
  problems: Problems,
): readonly string[] | undefined {
  const firstLine = text.slice(0, LONGEST_ROW).trimStart().split('\n', 1)[0]!;
  if (firstLine.trim() === '') {
    problems.add(`${shown}: is empty, must begin with the header ${columns.join(',')}`);
    return undefined;
  }
  const header = parseRows(firstLine, shown, problems)?.[0]?.record;
  if (header === undefined) return undefined;
  const known: readonly string[] = [...columns, ...optional];
  const before = problems.count;
  const missing = columns.filter((column) => !header.includes(column));
  const unknown = header.filter((column) => !known.includes(column));
  const twice = header.filter((column, index) => known.includes(column) && header.indexOf(column) !== index);
  if (missing.length > 0)
    problems.add(`${shown}:1: header has no column ${missing.join(', ')}, must be ${columns.join(',')}`);
  for (const column of unknown.slice(0, columns.length)) {
    const nearest = didYouMean(column, [...missing, ...optional]);
    problems.add(`${shown}:1: header: ${formatOffered(column)} is not a known column${nearest}`);
  }
  for (const column of twice) problems.add(`${shown}:1: header: ${column} is given twice, must be given once`);
  return problems.count === before ? header : undefined;
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function parseRows(text: string, shown: string, problems: Problems): readonly ParsedRow[] | undefined {
  try {
    return parse(text, {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW,
    }) as unknown as readonly ParsedRow[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { code, message, lines } = error as CsvError & { lines?: number };
    problems.add(
      `${shown}${lines === undefined ? '' : `:${lines}`}: not CSV: ${QUOTING[code] ?? formatOffered(message)}`,
    );
    return undefined;
  }
}

const QUOTING: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote, must be a comma or the end of the line',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'text after a closing quote, must be a comma or the end of the line',
  CSV_QUOTE_NOT_CLOSED: 'a quote that is opened and never closed',
  INVALID_OPENING_QUOTE: 'a quote inside a cell, must be doubled and the cell quoted',
  CSV_INVALID_OPENING_QUOTE: 'a quote inside a cell, must be doubled and the cell quoted',
  CSV_MAX_RECORD_SIZE: `a row longer than ${LONGEST_ROW} characters`,
};
