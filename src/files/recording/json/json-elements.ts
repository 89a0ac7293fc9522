/**
 * The values of a JSON text at a path with arrays in it, one at a time, in the memory of one value. What lies off the
 * path is passed over byte by byte. The text may also be a sequence of values, on lines or not.
 */
import { InputError } from '../../../errors.js';
import type { ByteWindow } from '../text/byte-window.js';
import { EACH, type Step, stepsTo } from './json-path.js';

const [QUOTE, COMMA, COLON, BACKSLASH] = Buffer.from('",:\\') as unknown as [number, number, number, number];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('[]{}') as unknown as number[];
const SPACE = 32;
const END = -1;

export class JsonElements {
  /** The present value, as it is written. */
  text = '';
  /** Its number, from 1. */
  number = 0;
  private readonly steps: readonly Step[];
  private readonly window: ByteWindow;
  private at: number;
  /** Bytes from here on are kept when more are read; the same as `at` outside a value. */
  private kept: number | undefined;
  /** How many steps have been taken: as many containers are open. */
  private depth = 0;

  constructor(window: ByteWindow, rows: string) {
    this.window = window;
    this.steps = stepsTo(rows);
    this.at = window.textStart;
  }

  /** Moves to the next value; false after the last. Throws InputError `TRACE_IMPORT` for a text that is cut short. */
  next(): boolean {
    for (;;) {
      const byte = this.nextToken();
      if (byte === END) {
        if (this.depth > 0) throw this.cutShort();
        return false;
      }
      const step = this.depth === 0 ? undefined : this.steps[this.depth - 1];
      if (this.depth > 0 && (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT)) {
        this.at++;
        this.depth--;
        continue;
      }
      if (this.depth > 0 && step !== EACH) {
        const name = this.takeName(byte);
        if (this.nextToken() !== COLON) throw this.broken();
        this.at++;
        if (this.nextToken() === END) throw this.cutShort();
        if (name !== step) {
          this.skipValue();
          continue;
        }
      }
      if (this.enter()) return true;
    }
  }

  /** At a value on the path: takes it, or goes into it, or passes over it. True when it was taken. */
  private enter(): boolean {
    if (this.depth === this.steps.length) {
      this.kept = this.at;
      this.skipValue();
      this.text = this.window.buffer.toString('utf8', this.kept, this.at);
      this.kept = undefined;
      this.number++;
      return true;
    }
    const opens = this.steps[this.depth] === EACH ? OPEN_ARRAY : OPEN_OBJECT;
    if (this.window.buffer[this.at] === opens) {
      this.at++;
      this.depth++;
    } else this.skipValue();
    return false;
  }

  /** The next byte that is neither space nor comma; END after the last. */
  private nextToken(): number {
    for (;;) {
      const { buffer, limit } = this.window;
      let at = this.at;
      while (at < limit && (buffer[at]! <= SPACE || buffer[at] === COMMA)) at++;
      this.at = at;
      if (at < limit) return buffer[at]!;
      if (!this.more()) return END;
    }
  }

  private takeName(byte: number): string {
    if (byte !== QUOTE) throw this.broken();
    this.kept = this.at;
    this.skipString();
    const text = this.window.buffer.toString('utf8', this.kept, this.at);
    this.kept = undefined;
    try {
      return JSON.parse(text) as string;
    } catch {
      throw this.broken();
    }
  }

  private skipValue(): void {
    let depth = 0;
    const first = this.window.buffer[this.at]!;
    if (first !== QUOTE && first !== OPEN_ARRAY && first !== OPEN_OBJECT) {
      this.skipScalar();
      return;
    }
    for (;;) {
      const { buffer, limit } = this.window;
      let at = this.at;
      for (; at < limit; at++) {
        const byte = buffer[at]!;
        if (byte === QUOTE) break;
        if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
        else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --depth === 0) break;
      }
      this.at = at;
      if (at >= limit) {
        if (!this.more()) throw this.cutShort();
      } else if (depth === 0 && buffer[at] !== QUOTE) {
        this.at++;
        return;
      } else {
        this.skipString();
        if (depth === 0) return;
      }
    }
  }

  /** A number, `true`, `false` or `null`: up to what ends it. */
  private skipScalar(): void {
    for (let length = 0; this.at < this.window.limit || this.more(); length++) {
      const byte = this.window.buffer[this.at]!;
      if (byte === QUOTE || byte === COLON) throw this.broken();
      if (byte <= SPACE || byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        if (length === 0) throw this.broken();
        return;
      }
      this.at++;
    }
  }

  private skipString(): void {
    this.at++;
    for (;;) {
      const { buffer, limit } = this.window;
      let at = this.at;
      while (at < limit && buffer[at] !== QUOTE && buffer[at] !== BACKSLASH) at++;
      this.at = at;
      if (at >= limit) {
        if (!this.more()) throw this.cutShort();
      } else if (buffer[at] === QUOTE) {
        this.at++;
        return;
      } else {
        this.at += 2;
        while (this.at > this.window.limit) if (!this.more()) throw this.cutShort();
      }
    }
  }

  /** Reads more and moves the positions with the bytes; false at the end of the file. */
  private more(): boolean {
    const from = Math.min(this.kept ?? this.at, this.window.limit);
    const hasMore = this.window.refill(from);
    this.at -= from;
    if (this.kept !== undefined) this.kept = 0;
    return hasMore;
  }

  private broken(): InputError {
    return new InputError('TRACE_IMPORT', `${this.where(this.number + 1)}: is not JSON`);
  }

  private cutShort(): InputError {
    return new InputError('TRACE_IMPORT', `${this.where(this.number + 1)}: is not whole: the file is cut short`);
  }

  /** Where a value stands, as a problem names it. */
  where(number: number = this.number): string {
    return `${this.window.shown}: row ${number}`;
  }
}
