/** Walks over the lines of a text file of any size. Memory is a buffer, which grows only for a longer line. */
import { InputError } from '../../../errors.js';
import { shownPath } from '../../system/read-text.js';
import { type ByteSource, openBytes } from '../../trace/trace-bytes.js';

const FIRST_BUFFER_BYTES = 1 << 18;
const LONGEST_LINE_BYTES = 1 << 28;
const LONGEST_FIRST_ROW_BYTES = 1 << 25;
const NEWLINE = 10;
const QUOTE = 34;
const RETURN = 13;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

export class LineScanner {
  readonly shown: string;
  /** The line is the bytes [start, end) of `buffer`; all three may change with each call of `next` or `extend`. */
  buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  start = 0;
  end = 0;
  /** Number of the line, from 1; of its first part after `extend`. */
  line = 0;
  private linesTaken = 0;
  private following = 0;
  private limit = 0;
  private bytesRead = 0;
  private readonly bytes: ByteSource;

  /** Throws InputError `FILE` when the file cannot be read, as `next` and `extend` do. */
  constructor(path: string) {
    this.shown = shownPath(path);
    this.bytes = openBytes(path);
    while (this.limit < this.buffer.length && this.refill());
    while (this.limit < LONGEST_FIRST_ROW_BYTES && !this.holdsFirstRow() && this.refill());
    if (BYTE_ORDER_MARK.every((byte, i) => i < this.limit && this.buffer[i] === byte)) this.start = this.following = 3;
  }

  /** The beginning of the file, at least its first row; before the first line is taken. */
  peek(): string {
    return this.buffer.toString('utf8', this.start, this.limit);
  }

  /** Moves to the next line, without its end; false after the last. */
  next(): boolean {
    this.start = this.following;
    if (!this.find(this.start)) return false;
    this.linesTaken++;
    this.line = this.linesTaken;
    return true;
  }

  /** The line takes in the one after it, and the newline between them; false after the last. */
  extend(): boolean {
    const length = this.following - this.start;
    if (!this.find(this.following)) {
      this.end = this.start + length;
      return false;
    }
    this.linesTaken++;
    return true;
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

  /** Sets the end of the line that goes on at `from`; false when the file ends at `from`. */
  private find(from: number): boolean {
    let at = from;
    for (;;) {
      const found = this.buffer.indexOf(NEWLINE, at);
      if (found !== -1 && found < this.limit) return this.endAt(found, found + 1);
      const searched = this.limit - this.start;
      const fromStart = from - this.start;
      if (!this.refill()) {
        if (this.start + fromStart >= this.limit) return false;
        return this.endAt(this.limit, this.limit);
      }
      at = this.start + searched;
    }
  }

  private endAt(end: number, following: number): true {
    this.end = end > this.start && this.buffer[end - 1] === RETURN ? end - 1 : end;
    this.following = following;
    return true;
  }

  /** Keeps the line and reads more behind it; false at the end of the file. */
  private refill(): boolean {
    if (this.start > 0) {
      this.buffer.copyWithin(0, this.start, this.limit);
      this.limit -= this.start;
      this.following -= this.start;
      this.start = 0;
    }
    if (this.limit === this.buffer.length) {
      if (this.limit >= LONGEST_LINE_BYTES)
        throw new InputError(
          'FILE',
          `${this.shown}:${this.linesTaken + 1}: a row of more than 256 MiB, must be shorter`,
        );
      this.buffer = Buffer.concat([this.buffer], 2 * this.limit);
    }
    const count = this.bytes.read(this.buffer, this.limit);
    const nul = count === 0 ? -1 : this.buffer.subarray(this.limit, this.limit + count).indexOf(0);
    if (nul !== -1)
      throw new InputError('FILE', `${this.shown}: holds a NUL byte at byte ${this.bytesRead + nul + 1}, must be text`);
    this.limit += count;
    this.bytesRead += count;
    return count > 0;
  }
}
