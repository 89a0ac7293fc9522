/** Walks over the lines of a text file. */
import type { ByteWindow } from './byte-window.js';

const NEWLINE = 10;
const RETURN = 13;

export class LineScanner {
  /** The line is the bytes [start, end) of `buffer`; all three may change with each call of `next` or `extend`. */
  start: number;
  end: number;
  /** Number of the line, from 1; of its first part after `extend`. */
  line = 0;
  private linesTaken = 0;
  private following: number;
  private readonly window: ByteWindow;

  /** Throws InputError `FILE` when the file cannot be read, as `next` and `extend` do. */
  constructor(window: ByteWindow) {
    this.window = window;
    this.start = this.end = this.following = window.textStart;
  }

  get buffer(): Buffer {
    return this.window.buffer;
  }

  /** Where the line stands, as a problem names it. */
  get where(): string {
    return `${this.window.shown}:${this.line}`;
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

  /** Sets the end of the line that goes on at `from`; false when the file ends at `from`. */
  private find(from: number): boolean {
    const { window } = this;
    let at = from;
    for (;;) {
      const found = window.buffer.indexOf(NEWLINE, at);
      if (found !== -1 && found < window.limit) return this.endAt(found, found + 1);
      const searched = window.limit - this.start;
      const fromStart = from - this.start;
      const hasMore = window.refill(this.start);
      this.following -= this.start;
      this.start = 0;
      if (!hasMore) {
        if (fromStart >= window.limit) return false;
        return this.endAt(window.limit, window.limit);
      }
      at = searched;
    }
  }

  private endAt(end: number, following: number): true {
    this.end = end > this.start && this.buffer[end - 1] === RETURN ? end - 1 : end;
    this.following = following;
    return true;
  }
}
