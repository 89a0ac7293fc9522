/** What fails between the tuner and the live system, and since when. */
import { BackendError } from '../errors.js';
import type { LoopClock } from './loop-clock.js';

/** A connection that fails, or arrivals that are not known. */
export interface Trouble {
  /** `arrivals`, `replicas` where they cannot be read, or a stage that cannot be set. */
  readonly what: string;
  /** The last error, in one line. */
  readonly problem: string;
  readonly forMs: number;
}

/** One thing that works or fails. It remembers since when it fails, and the last error. */
export class Fault {
  /** The last error; undefined while all is well. */
  problem: string | undefined;
  private readonly clock: LoopClock;
  private sinceMs = 0;

  constructor(clock: LoopClock) {
    this.clock = clock;
  }

  fails(problem: string): void {
    if (this.problem === undefined) this.sinceMs = this.clock.nowMs();
    this.problem = problem;
  }

  works(): void {
    this.problem = undefined;
  }

  /** As a list of none or one. */
  troubles(what: string): Trouble[] {
    const { problem } = this;
    return problem === undefined ? [] : [{ what, problem, forMs: this.clock.nowMs() - this.sinceMs }];
  }
}

/** Whether something else answers there than what the plan is for: trying again is of no use. */
export function isForeign(error: unknown): boolean {
  return error instanceof BackendError && error.code === 'BACKEND_FOREIGN';
}

/** First line of an error's message, as `oneLine` shows it. */
export function problemOf(error: unknown): string {
  return oneLine((error instanceof Error ? error.message : String(error)).split('\n')[0]!);
}

const LONGEST_CHARS = 300;
/** Controls, line separators, and marks that turn the direction of a line. */
const NOT_SHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Text that a server or a log may have had a hand in, short and plain enough for one line of a terminal. */
export function oneLine(text: string): string {
  const plain = text.replace(NOT_SHOWN, ' ').trim();
  return plain.length > LONGEST_CHARS ? `${plain.slice(0, LONGEST_CHARS)}…` : plain;
}
