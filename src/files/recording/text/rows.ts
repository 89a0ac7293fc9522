/** Rows one by one. A row with a `fault` has no use. */
export interface Rows {
  /** Moves to the next row; false after the last. */
  next(): boolean;
  /** The beginning of a problem about the row: `trace.csv:3`. */
  readonly where: string;
  /** The chosen cells, in the order of choice; undefined where the row has none. */
  readonly cells: readonly (string | undefined)[];
  readonly fault: string | undefined;
}
