/**
 * A window onto the bytes of a text file of any size. Memory is a buffer, which grows only where a reader keeps more
 * than it holds: one row, or one JSON value.
 */
import { InputError } from '../../../errors.js';
import { shownPath } from '../../system/read-text.js';
import { type ByteSource, openBytes } from '../../trace/trace-bytes.js';

const FIRST_BUFFER_BYTES = 1 << 18;
const MOST_KEPT_BYTES = 1 << 28;
const LONGEST_FIRST_ROW_BYTES = 1 << 25;
const NEWLINE = 10;
const QUOTE = 34;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** How files begin that hold recordings, but not as text; and what makes text of them. */
const OTHER_KINDS: readonly (readonly [name: string, begins: RegExp, makeText: (shown: string) => string])[] = [
  ['a Parquet file', /^PAR1/, (shown) => `duckdb -c "COPY (FROM '${shown}') TO 'recording.csv'"`],
  ['a zip archive or an Excel workbook', /^PK[^\t-~]/, () => 'Unpack it, or save the sheet as CSV.'],
  ['packed by zstd', /^\x28\xb5\x2f\xfd/, (shown) => unpackBy('zstd -dc', shown)],
  ['packed by bzip2', /^BZh[1-9]1AY/, (shown) => unpackBy('bzip2 -dc', shown)],
  ['packed by xz', /^\xfd7zXZ/, (shown) => unpackBy('xz -dc', shown)],
  ['UTF-16 text', /^\xff\xfe/, (shown) => unpackBy('iconv -f UTF-16 -t UTF-8', shown)],
  ['UTF-16 text', /^\xfe\xff/, (shown) => unpackBy('iconv -f UTF-16 -t UTF-8', shown)],
  ['an SQLite database', /^SQLite format 3/, () => 'Write the table as CSV: sqlite3 -csv -header FILE "SELECT …"'],
];

const LONGEST_MAGIC = 'SQLite format 3'.length;

function unpackBy(command: string, shown: string): string {
  return `${command} ${shown} | infer-plan trace import - -o TRACE`;
}

export class ByteWindow {
  readonly shown: string;
  buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  /** Where the text begins in `buffer`, until the first call of `refill`. */
  readonly textStart: number;
  /** The bytes read so far end here. */
  limit = 0;
  private bytesRead = 0;
  private readonly bytes: ByteSource;

  /** Throws InputError `FILE` when the file cannot be read or is no text, as `refill` does. */
  constructor(path: string) {
    this.shown = shownPath(path);
    this.bytes = openBytes(path);
    try {
      while (this.limit < this.buffer.length && this.readMore());
      this.refuseOtherKinds();
      this.refuseNul(0);
    } catch (error) {
      this.bytes.close();
      throw error;
    }
    const hasMark = BYTE_ORDER_MARK.every((byte, i) => i < this.limit && this.buffer[i] === byte);
    this.textStart = hasMark ? BYTE_ORDER_MARK.length : 0;
  }

  /** The beginning of the file, as far as it fits into the first buffer; before the first call of `refill`. */
  peek(): string {
    return this.buffer.toString('utf8', this.textStart, this.limit);
  }

  /** Reads on until `peek` shows the whole first row of a table, so that its columns are known. */
  readFirstRow(): void {
    while (this.limit < LONGEST_FIRST_ROW_BYTES && !this.holdsFirstRow() && this.refill(0));
  }

  /** Whether `peek` shows the whole file. */
  get isWhole(): boolean {
    return this.limit < this.buffer.length;
  }

  /** Moves byte `keptFrom` to the front of the buffer and reads more behind `limit`; false at the end of the file. */
  refill(keptFrom: number): boolean {
    if (keptFrom > 0) {
      this.buffer.copyWithin(0, keptFrom, this.limit);
      this.limit -= keptFrom;
    }
    if (this.limit === this.buffer.length) {
      if (this.limit >= MOST_KEPT_BYTES)
        throw new InputError('FILE', `${this.shown}: a row of more than 256 MiB, must be shorter`);
      this.buffer = Buffer.concat([this.buffer], 2 * this.limit);
    }
    const from = this.limit;
    const hasMore = this.readMore();
    this.refuseNul(from);
    return hasMore;
  }

  close(): void {
    this.bytes.close();
  }

  /** Whether a newline outside quotes has been read. */
  private holdsFirstRow(): boolean {
    let isQuoted = false;
    for (let at = 0; at < this.limit; at++) {
      if (this.buffer[at] === QUOTE) isQuoted = !isQuoted;
      else if (this.buffer[at] === NEWLINE && !isQuoted) return true;
    }
    return false;
  }

  private readMore(): boolean {
    const count = this.bytes.read(this.buffer, this.limit);
    this.limit += count;
    this.bytesRead += count;
    // A search for the end of a line stops here, and does not run through all that is free behind it.
    if (this.limit < this.buffer.length) this.buffer[this.limit] = NEWLINE;
    return count > 0;
  }

  private refuseNul(from: number): void {
    const at = this.buffer.subarray(from, this.limit).indexOf(0);
    if (at === -1) return;
    const place = this.bytesRead - this.limit + from + at + 1;
    throw new InputError('FILE', `${this.shown}: holds a NUL byte at byte ${place}, must be text`);
  }

  private refuseOtherKinds(): void {
    const begins = this.buffer.toString('latin1', 0, Math.min(this.limit, LONGEST_MAGIC));
    const [name, , makeText] = OTHER_KINDS.find(([, magic]) => magic.test(begins)) ?? [];
    if (name !== undefined)
      throw new InputError('FILE', `${this.shown}: is ${name}, must be text`, makeText!(this.shown));
  }
}
