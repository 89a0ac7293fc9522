/** One column of a CSV file from elsewhere, cell by cell; the file may be gzip. */
import { type CsvError, parse } from 'csv-parse/sync';
import { InputError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../../model/notation/offered-value.js';
import { shownPath } from '../system/read-text.js';
import { readAllBytes } from './trace-bytes.js';

const MAX_BYTES = 2 ** 30;
const LONGEST_ROW = 100_000;
const LONGEST_HEADER = 100_000;
const DELIMITERS = [',', ';', '\t', ' '] as const;

/** Which column: its name, or its number from 1 on; the first unless said. */
export interface ColumnChoice {
  readonly column?: string | undefined;
  readonly hasHeader: boolean;
}

/** Lines of a text file that may be gzip. Throws InputError `FILE`. */
export function readTextBytes(path: string): Buffer {
  const bytes = readAllBytes(path, MAX_BYTES);
  const nul = bytes.indexOf(0);
  if (nul !== -1) throw new InputError('FILE', `${shownPath(path)}: holds a NUL byte at byte ${nul + 1}, must be text`);
  return bytes;
}

/**
 * Calls `onCell` with every cell of the column, its line and the column's name, in order. Throws InputError
 * `TRACE_IMPORT` for a file without rows, an unknown column or broken quoting.
 */
export function readColumn(
  path: string,
  { column, hasHeader }: ColumnChoice,
  onCell: (cell: string | undefined, line: number, column: string) => void,
): void {
  const shown = shownPath(path);
  const bytes = readTextBytes(path);
  const firstLine = bytes.subarray(0, LONGEST_HEADER).toString('utf8').split('\n', 1)[0]!;
  const delimiter = DELIMITERS.find((mark) => firstLine.includes(mark)) ?? ',';
  // The first line is looked at alone, so that a large file of something else is refused before it is parsed.
  const header = parseRows(firstLine, { shown, delimiter })[0];
  if (header === undefined) throw new InputError('TRACE_IMPORT', `${shown}: is empty, must hold at least one arrival`);
  const index = columnIndex(header, { column, hasHeader, shown });
  const name = hasHeader ? header[index]! : `column ${index + 1}`;
  let isHeader = hasHeader;
  parseRows(bytes, {
    shown,
    delimiter,
    onRow: (cells, line) => {
      if (!isHeader) onCell(cells[index], line, name);
      isHeader = false;
    },
  });
}

function columnIndex(
  header: readonly string[],
  { column, hasHeader, shown }: ColumnChoice & { shown: string },
): number {
  if (column === undefined) return 0;
  const named = hasHeader ? header.indexOf(column) : -1;
  if (named !== -1) return named;
  if (/^[1-9]\d*$/.test(column) && Number(column) <= header.length) return Number(column) - 1;
  const known = hasHeader ? formatNames(header.map((name) => formatOffered(name))) : `1 to ${header.length}`;
  const nearest = hasHeader ? didYouMean(column, header) : '';
  throw new InputError(
    'TRACE_IMPORT',
    `${shown}: --column = ${formatOffered(column)}, must be one of ${known}${nearest}`,
  );
}

function parseRows(
  input: string | Buffer,
  options: { shown: string; delimiter: string; onRow?: (cells: readonly string[], line: number) => void },
): readonly (readonly string[])[] {
  const { shown, delimiter, onRow } = options;
  try {
    return parse(input, {
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: delimiter !== ' ' && delimiter !== '\t',
      max_record_size: LONGEST_ROW,
      // Handing back nothing keeps a long file from being held as rows.
      on_record: (cells: string[], { lines }: { lines: number }) => {
        if (onRow === undefined) return cells;
        onRow(cells, lines);
        return null;
      },
    }) as unknown as readonly string[][];
  } catch (error) {
    const { code, message, lines } = error as CsvError & { lines?: number };
    if (typeof code !== 'string' || (!code.includes('CSV_') && !code.includes('QUOTE'))) throw error;
    throw new InputError(
      'TRACE_IMPORT',
      `${shown}${lines === undefined ? '' : `:${lines}`}: is not CSV: ${formatOffered(message)}`,
    );
  }
}
