/** Which character separates the columns of a text file, from its first lines. */

/** Names for `--separator`; any other single character stands for itself. */
export const SEPARATORS: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  bar: '|',
  space: ' ',
  none: '',
};

const CANDIDATES = [',', ';', '\t', '|', ' '];
const ISO_LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^ ]*( ?(Z|UTC|[+-][\d:]+))?$/;
const SAMPLE_LINES = 5;
/** A time of day and a comma before its milliseconds, which need not be a separator. */
const DECIMAL_COMMA = /(\d\d:\d\d:\d\d),(?=\d{3}(?!\d))/;

/**
 * The candidate that stands outside quotes equally often in each of the first lines, else one that is in the first
 * line. '' for a file of one column. Text inside quotes does not count.
 */
export function guessSeparator(text: string): string {
  const lines = firstLines(text);
  const counts = CANDIDATES.map((separator) => lines.map((line) => line.split(separator).length - 1));
  const even = CANDIDATES.findIndex((_, i) => counts[i]![0]! > 0 && counts[i]!.every((n) => n === counts[i]![0]));
  if (even !== -1 && CANDIDATES[even] !== ' ') return CANDIDATES[even]!;
  const first = counts.findIndex((of) => of[0]! > 0);
  if (first === -1) return '';
  // A date and a time of day with a space between them, in the only column.
  const isInstant = CANDIDATES[first] === ' ' && ISO_LINE.test((lines[1] ?? lines[0]!).trim());
  return isInstant ? '' : CANDIDATES[first]!;
}

/** Whether the first line alone cannot say if a comma is a decimal one or a separator. */
export function isCommaAmbiguous(text: string): boolean {
  return DECIMAL_COMMA.test(firstLines(text)[0] ?? '');
}

/** Whether each of the first lines is two whole numbers and a comma, as one number with a decimal comma is. */
export function areDecimalCommas(text: string): boolean {
  return firstLines(text).every((line) => /^\s*\d+,\d+\s*$/.test(line));
}

/** The first lines without what is in quotes; a quote may hold newlines. */
function firstLines(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === '\n') {
      if (line.trim() !== '') lines.push(line);
      if (lines.length === SAMPLE_LINES) return lines;
      line = '';
    } else if (!isQuoted && character !== '\r') line += character;
  }
  if (lines.length === 0) lines.push(line);
  return lines;
}
