/** Exit codes of the command line (README, "Exit codes"). */
export const EXIT = { done: 0, internal: 1, input: 2, infeasible: 3, backend: 4 } as const;

const LONGEST_LINE = 500;

/** A line that can be shown: text from a broken file may hold control characters, and may be long. */
export function printable(line: string): string {
  const clean = line.replace(/\p{Cc}/gu, '\uFFFD');
  return clean.length > LONGEST_LINE ? `${clean.slice(0, LONGEST_LINE)}…` : clean;
}

/** A mistake that the user can correct. Each of `problems` is a line: where, what was given, what is allowed. */
export class InputError extends Error {
  readonly code: string;
  readonly problems: readonly string[];
  readonly hint: string | undefined;

  constructor(code: string, problems: string | readonly string[], hint?: string) {
    const lines = (typeof problems === 'string' ? [problems] : problems).map(printable);
    super(lines.join('\n'));
    this.name = 'InputError';
    this.code = code;
    this.problems = lines;
    this.hint = hint;
  }
}

/** A remote system failed; `cause` holds its own error. */
export class BackendError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, { cause: options.cause });
    this.name = 'BackendError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** A bug in this program: an invariant does not hold. */
export class InternalError extends Error {
  readonly code = 'INTERNAL';

  constructor(message: string) {
    super(message);
    this.name = 'InternalError';
  }
}

const MOST_CHARACTERS = 1000;

/**
 * The message of an error, or the text of what was thrown in place of one, cut to a length. A module may throw anything.
 * Never throws.
 */
export function errorText(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, MOST_CHARACTERS);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}
