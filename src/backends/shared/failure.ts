/** The ways in which a live system fails, each with its own code, so the tuner knows which are worth a retry. */
import { BackendError } from '../../errors.js';

/** Longest piece of an answer that an error quotes. */
const MAX_QUOTED_CHARS = 300;

export type FailureCode =
  /** No connection, or it was lost before the answer: what was asked may or may not have happened. */
  | 'BACKEND_UNREACHABLE'
  /** Not done within its time-out: as above. */
  | 'BACKEND_TIMEOUT'
  /** Understood and refused: asking again is of no use until a person changes something. */
  | 'BACKEND_REJECTED'
  /** Too busy, or failing inside (429, 5xx): another try may help. */
  | 'BACKEND_BUSY'
  /** An answer that does not say what was asked, half of it, or something that cannot be true. */
  | 'BACKEND_ANSWER'
  /** Something else answers there than what the plan is for. */
  | 'BACKEND_FOREIGN'
  /** Another autoscaler sets these replicas. */
  | 'BACKEND_OWNED'
  /** Somebody asked for another count meanwhile. */
  | 'BACKEND_SUPERSEDED';

const WORTH_RETRYING: readonly string[] = [
  'BACKEND_UNREACHABLE',
  'BACKEND_TIMEOUT',
  'BACKEND_BUSY',
  'BACKEND_ANSWER',
] satisfies FailureCode[];

/** An error of a live system; `place` says where, `what` what happened. */
export function failure(
  code: FailureCode,
  { place, what, cause, hint }: { place: string; what: string; cause?: unknown; hint?: string },
): BackendError {
  return new BackendError(code, `${place}: ${what}`, { cause, ...(hint === undefined ? {} : { hint }) });
}

/** Whether the same call may succeed later without anybody changing anything. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof BackendError && WORTH_RETRYING.includes(error.code);
}

/** Text from a server, short enough and plain enough for an error message. */
export function quoted(text: string): string {
  // Also what turns the direction of a line around.
  const unprintable = /[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu;
  const plain = text
    .slice(0, 2 * MAX_QUOTED_CHARS)
    .replace(unprintable, ' ')
    .trim();
  return plain.length > MAX_QUOTED_CHARS ? `${plain.slice(0, MAX_QUOTED_CHARS)}…` : plain || '(nothing)';
}
