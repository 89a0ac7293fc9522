/** Rows that cannot be read: every one is a problem, or all are skipped and counted. */
import { Problems } from '../problems.js';

const MOST_SHOWN = 3;

/** Skipped rows, for the user to see. */
export interface SkippedRows {
  readonly count: number;
  /** The problems of the first three. */
  readonly first: readonly string[];
}

export class BadRows {
  private readonly skips: boolean;
  private readonly problems = new Problems();
  private readonly first: string[] = [];
  private count = 0;

  constructor(skips: boolean) {
    this.skips = skips;
  }

  /** A row that may be skipped. Throws when there are too many to go on. */
  add(problem: string): void {
    this.count++;
    if (!this.skips) this.refuse(problem);
    else if (this.first.length < MOST_SHOWN) this.first.push(problem);
  }

  /** A row that must not be skipped, since arrivals would be lost with it. Throws as `add`. */
  refuse(problem: string): void {
    this.problems.add(problem);
    if (this.problems.isFull) this.throwIfAny();
  }

  get isHopeless(): boolean {
    return this.problems.count > 0;
  }

  get skipped(): SkippedRows {
    return { count: this.skips ? this.count : 0, first: this.first };
  }

  /** Throws one InputError `TRACE_IMPORT` with every problem, if there are any. */
  throwIfAny(hint?: string): void {
    const skipHint = this.count > 0 && !this.skips ? 'Leave such rows out with --skip-bad.' : undefined;
    this.problems.throwIfAny('TRACE_IMPORT', hint ?? skipHint);
  }
}
