/** Problems found while reading. One error reports them all, so that the user mends a file in one go. */
import { InputError } from '../errors.js';

/** Beyond this many lines the rest is only counted. */
const MAX_LINES = 50;
/** With so many, a file is not read to its end: it may have none. */
const MOST_COUNTED = 100_000;
const HIDDEN = /^… and (\d+) more$/;

/** Gathers problem lines; `throwIfAny` turns them into one InputError. */
export class Problems {
  readonly #lines: string[] = [];
  #count = 0;
  #hint: string | undefined;

  get count(): number {
    return this.#count;
  }

  /** Whether reading on for further problems helps nobody. */
  get isFull(): boolean {
    return this.#count >= MOST_COUNTED;
  }

  /** A line that takes long to make is given as a function: of thousands of problems only the first are made. */
  add(line: string | (() => string)): void {
    this.#count += 1;
    if (this.#lines.length < MAX_LINES) this.#lines.push(typeof line === 'string' ? line : line());
  }

  /** Runs one reader. If it throws an InputError, its problems are added and the result is undefined. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const line of error.problems) {
        const hidden = HIDDEN.exec(line);
        if (hidden === null) this.add(line);
        else this.#count += Number(hidden[1]);
      }
      this.#hint ??= error.hint;
      return undefined;
    }
  }

  /** Throws one InputError with all problems, if any. */
  throwIfAny(code: string, hint?: string): void {
    if (this.#count > 0) throw this.asError(code, hint);
  }

  /** All problems as one InputError. There must be at least one. */
  asError(code: string, hint: string | undefined = this.#hint): InputError {
    const hidden = this.#count - this.#lines.length;
    const lines = hidden > 0 ? [...this.#lines, `… and ${hidden} more`] : this.#lines;
    return new InputError(code, lines, hint);
  }
}
