/**
 * Chosen cells of the rows of a CSV file (RFC 4180), one row at a time. Only chosen cells are decoded, so a long cell
 * in another column costs its bytes alone. A quote inside a bare cell is an ordinary character.
 */
import type { LineScanner } from './line-scanner.js';
import type { Rows } from './rows.js';

const QUOTE = 34;
const SPACE = 32;
const TAB = 9;
const NONE = -1;

export class CsvRows implements Rows {
  readonly cells: (string | undefined)[];
  fault: string | undefined;
  private readonly lines: LineScanner;
  private readonly separator: number;
  private readonly trims: boolean;
  /** Column → its place in `cells`. */
  private readonly places: readonly (number | undefined)[];
  private readonly mostCells: number;

  /**
   * @param separator between columns; '' for a file of one column
   * @param columns indices of the chosen columns
   * @param mostCells a row with more cells than this has a fault, unless the further ones are empty
   */
  constructor(
    lines: LineScanner,
    { separator, columns, mostCells }: { separator: string; columns: readonly number[]; mostCells: number },
  ) {
    this.lines = lines;
    this.separator = separator === '' ? NONE : separator.charCodeAt(0);
    this.trims = this.separator !== SPACE && this.separator !== TAB;
    const places: (number | undefined)[] = [];
    for (const [place, column] of columns.entries()) places[column] = place;
    this.places = places;
    this.cells = columns.map(() => undefined);
    this.mostCells = mostCells;
  }

  get where(): string {
    return this.lines.where;
  }

  next(): boolean {
    const { lines, cells } = this;
    do if (!lines.next()) return false;
    while (lines.start === lines.end);
    this.fault = undefined;
    cells.fill(undefined);
    let at = lines.start;
    let hasMore = false;
    let column = 0;
    for (; ; column++) {
      const place = this.places[column];
      let from = at;
      if (this.trims) while (from < lines.end && isBlank(lines.buffer[from]!)) from++;
      if (from < lines.end && lines.buffer[from] === QUOTE) {
        at = this.quotedCell(from, place);
        hasMore ||= column >= this.mostCells;
      } else {
        at = this.cellEnd(from);
        hasMore ||= column >= this.mostCells && at > from;
        if (place !== undefined) cells[place] = this.text(from, at);
      }
      if (at >= lines.end) break;
      at++;
    }
    if (hasMore)
      this.fault ??= `has ${column + 1} cells, must have ${this.mostCells}: a separator in a cell needs quotes`;
    return true;
  }

  private cellEnd(from: number): number {
    const { buffer, end } = this.lines;
    if (this.separator === NONE) return end;
    let at = from;
    while (at < end && buffer[at] !== this.separator) at++;
    return at;
  }

  private text(from: number, end: number): string {
    const { buffer } = this.lines;
    let to = end;
    if (this.trims) while (to > from && isBlank(buffer[to - 1]!)) to--;
    return buffer.toString('utf8', from, to);
  }

  /** The next quote of the row; its end where there is none. A search of the whole buffer would pass the row. */
  private quoteFrom(from: number): number {
    const { buffer, end } = this.lines;
    let at = from;
    while (at < end && buffer[at] !== QUOTE) at++;
    return Math.min(at, end);
  }

  /** Takes the cell that a quote opens at `open`, over as many lines as it has; returns where the cell ends. */
  private quotedCell(open: number, place: number | undefined): number {
    const { lines } = this;
    let from = open - lines.start + 1; // from the start of the row, which moves when more is read
    let hasDoubled = false;
    const first = from;
    for (;;) {
      const found = this.quoteFrom(lines.start + from);
      if (found === lines.end) {
        from = lines.end - lines.start;
        if (lines.extend()) continue;
        this.fault = 'is not CSV: a quote is opened and never closed';
        return lines.end;
      }
      if (found + 1 < lines.end && lines.buffer[found + 1] === QUOTE) {
        hasDoubled = true;
        from = found + 2 - lines.start;
        continue;
      }
      if (place !== undefined) {
        const text = lines.buffer.toString('utf8', lines.start + first, found);
        this.cells[place] = hasDoubled ? text.replaceAll('""', '"') : text;
      }
      const end = this.cellEnd(found + 1);
      if (this.text(found + 1, end).trim() !== '') this.fault = 'is not CSV: text after a closing quote';
      return end;
    }
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}
