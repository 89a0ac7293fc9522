/** Sums samples of a Prometheus text exposition, read strictly enough that half an answer is no number. */

/** Which samples: a metric's name and labels that must be as given. */
export interface SampleFilter {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Sum of the samples that pass; undefined when none does. */
export function sumOfSamples(text: string, { name, labels = {} }: SampleFilter): number | undefined {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const after = line[name.length];
    if (after !== '{' && after !== ' ') continue;
    const end = after === '{' ? endOfLabels(line, name.length) : name.length;
    const offered = labelsIn(line.slice(name.length, end));
    if (!Object.entries(labels).every(([key, value]) => offered[key] === value)) continue;
    const value = Number(line.slice(end).trim().split(/\s+/)[0]);
    if (Number.isFinite(value)) sum = (sum ?? 0) + value;
  }
  return sum;
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
