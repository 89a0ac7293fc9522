/** Problems found while reading: all of them reach the user in one error, not one per attempt. */
import { InputError } from '../errors.js';

/** More lines than this help nobody; the rest is counted. */
const MAX_LINES = 50;
const HIDDEN = /^… and (\d+) more$/;

/** Gathers problem lines; `throwIfAny` turns them into one InputError. */
export class Problems {
  readonly #lines: string[] = [];
  #count = 0;
  #hint: string | undefined;

  get count(): number {
    return this.#count;
  }

  add(line: string): void {
    this.#count += 1;
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);
  }

  /** Runs one reader among several; what it finds wrong joins the rest, and its result is then undefined. */
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

  /** Throws one InputError with every problem, if there are any. */
  throwIfAny(code: string, hint?: string): void {
    if (this.#count > 0) throw this.asError(code, hint);
  }

  /** Every problem as one InputError; there must be one at least. */
  asError(code: string, hint: string | undefined = this.#hint): InputError {
    const hidden = this.#count - this.#lines.length;
    const lines = hidden > 0 ? [...this.#lines, `… and ${hidden} more`] : this.#lines;
    return new InputError(code, lines, hint);
  }
}
