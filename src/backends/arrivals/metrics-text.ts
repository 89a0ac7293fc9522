/** Sums samples of a Prometheus text exposition, read strictly enough that half an answer is no number. */

/** Which samples: a metric's name and labels that must be as given. */
export interface SampleFilter {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const NUMBER = /^\+?\d+(\.\d*)?(e[+-]?\d+)?$/i;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Sum of the samples that pass; undefined when none does; NaN when one of them is no count, or the text breaks off: its
 * last line must have an end.
 */
export function sumOfSamples(text: string, { name, labels = {} }: SampleFilter): number | undefined {
  let sum: number | undefined;
  if (text !== '' && !text.endsWith('\n')) return Number.NaN;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const after = line[name.length];
    if (after !== '{' && after !== ' ') continue;
    const end = after === '{' ? endOfLabels(line, name.length) : name.length;
    const offered = labelsIn(line.slice(name.length, end));
    if (!Object.entries(labels).every(([key, value]) => offered[key] === value)) continue;
    sum = (sum ?? 0) + countIn(line.slice(end));
  }
  return sum;
}

/** A value and perhaps an instant. The value of a counter or a queue is a number ≥ 0 that a server can have counted. */
function countIn(text: string): number {
  const [value = ''] = text.trim().split(/\s+/, 1);
  const count = NUMBER.test(value) ? Number(value) : Number.NaN;
  return count <= Number.MAX_SAFE_INTEGER ? count : Number.NaN;
}

function endOfLabels(line: string, start: number): number {
  let isQuoted = false;
  for (let at = start; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') isQuoted = !isQuoted;
    else if (line[at] === '}' && !isQuoted) return at + 1;
  }
  return line.length;
}

function labelsIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, key, value]) => [key!, value!.replace(/\\(.)/g, '$1')]));
}
