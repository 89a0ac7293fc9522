/** What a module throws may be anything. */
const MOST_CHARACTERS = 1000;

/** The message of an error, or the text of what was thrown in place of one. Never throws. */
export function errorText(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, MOST_CHARACTERS);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}
