/** A recording as rows with named columns, whatever its format. */
import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import type { Rows } from './text/rows.js';

/** How to read the rows of a recording, and which of them. */
export interface RecordingOptions {
  readonly hasHeader: boolean;
  /** The column of instants was named by --field, so the recording must be JSON. */
  readonly isField?: boolean;
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
  /** Whether the names of the columns are a row of the file. */
  readonly hasHeaderRow: boolean;
  /** How to read the file, where it looks like something else than a column of instants. */
  readonly advice?: string | undefined;
  /**
   * A column by its name, or by its number from 1 on; the column of instants unless named. Throws InputError
   * `TRACE_IMPORT`, naming the flag.
   */
  find(column: string | undefined, flag: string): number;
  /** The rows of the recording; to be called once, with indices from `find`. */
  rows(columns: readonly number[]): Rows;
  close(): void;
}

/** Rows that meet the conditions: their columns are read after the chosen ones. */
export function conditionalRows(
  open: (columns: readonly number[]) => Rows,
  {
    indices,
    find,
    where = [],
  }: {
    indices: readonly number[];
    find: Recording['find'];
    where: readonly RowCondition[] | undefined;
  },
): Rows {
  const all = [...indices];
  const placed = where.map(({ column, value, isEqual }) => {
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
    get where() {
      return rows.where;
    },
    get cells() {
      return rows.cells;
    },
    get fault() {
      return rows.fault;
    },
  };
}

export function unknownColumn(
  shown: string,
  { column, flag, known, nearest }: { column: string; flag: string; known: string; nearest: string },
): InputError {
  return new InputError(
    'TRACE_IMPORT',
    `${shown}: ${flag} = ${formatOffered(column)}, must be one of ${known}${nearest}`,
  );
}
