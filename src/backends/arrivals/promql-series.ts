/** Counters as Prometheus has sampled them: resets removed, copies of an HA pair dropped, spans between scrapes. */

/** One counter's samples, ascending in time. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly atMs: readonly number[];
  /** As sampled. */
  readonly values: readonly number[];
  /** Growth since the first sample, resets removed. */
  readonly totals: readonly number[];
}

export interface CountedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Labels by which the two Prometheus servers of an HA pair tell their samples apart. */
const PAIR_LABELS = ['prometheus_replica', '__replica__'] as const;
/** This one may also name a replica of the server that is scraped, so only equal samples make a copy. */
const REPLICA_LABEL = 'replica';
/** With so many series that differ by a replica label, at most one is a copy of another. */
const MOST_COMPARED = 20;
const REPLICA_LABELS: readonly string[] = [...PAIR_LABELS, REPLICA_LABEL];

/** A counter that falls began anew from 0. */
export function seriesOf(
  labels: Readonly<Record<string, string>>,
  samples: readonly (readonly [atMs: number, value: number])[],
): Series {
  let total = 0;
  let last: number | undefined;
  const totals = samples.map(([, value]) => {
    if (last !== undefined) total += value >= last ? value - last : value;
    last = value;
    return total;
  });
  return { labels, atMs: samples.map(([at]) => at), values: samples.map(([, value]) => value), totals };
}

/** Instant of the newest sample of all series; undefined without one. */
export function newestMs(series: readonly Series[]): number | undefined {
  const last = series.flatMap(({ atMs }) => atMs.at(-1) ?? []);
  return last.length === 0 ? undefined : last.reduce((a, b) => Math.max(a, b));
}

/**
 * Drops the copies that an HA pair of Prometheus servers makes of each counter: series that differ only by a replica
 * label. Of each counter, the copy with the newest sample stays, and the first in the order of the label among equals.
 * Series that differ by `replica` stay apart unless they have the same samples.
 * @returns the series to count, and the label that the copies differ by
 */
export function withoutCopies(series: readonly Series[]): {
  readonly series: readonly Series[];
  readonly label?: string;
} {
  const kept = new Set<Series>();
  let found: string | undefined;
  const byFreshness = series
    .map((one) => ({ one, identity: identityOf(one.labels) }))
    .sort((a, b) => (b.one.atMs.at(-1) ?? 0) - (a.one.atMs.at(-1) ?? 0) || (a.identity < b.identity ? -1 : 1));
  // Series that are equal but for the replica labels: only among them is a copy looked for.
  const groups = new Map<string, Series[]>();
  for (const { one } of byFreshness) {
    const key = identityOf(one.labels, REPLICA_LABELS);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const copied = group.slice(0, MOST_COMPARED).find((other) => copyLabel(one, other) !== undefined);
    if (copied !== undefined) found = copyLabel(one, copied);
    else {
      group.push(one);
      kept.add(one);
    }
  }
  return { series: [...kept], ...(found !== undefined && { label: found }) };
}

/** The label that makes one series a copy of the other; undefined when they are two counters. */
function copyLabel(one: Series, other: Series): string | undefined {
  const differing = differingLabels(one.labels, other.labels);
  const [label] = differing;
  if (label === undefined || differing.length > 1) return undefined;
  if (PAIR_LABELS.some((name) => name === label)) return label;
  return label === REPLICA_LABEL && hasSameSamples(one, other) ? label : undefined;
}

function differingLabels(a: Series['labels'], b: Series['labels']): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}

/** Whether both sampled one counter: where both have samples, each value lies between the other's neighbouring ones. */
function hasSameSamples(one: Series, other: Series): boolean {
  let compared = 0;
  for (let i = 0; i < one.atMs.length; i++) {
    const after = firstFrom(other.atMs, one.atMs[i]!);
    if (after === other.atMs.length) break;
    const isAtOnce = other.atMs[after] === one.atMs[i];
    if (!isAtOnce && after === 0) continue;
    const least = other.values[isAtOnce ? after : after - 1]!;
    if (one.values[i]! < least || one.values[i]! > other.values[after]!) return false;
    compared++;
  }
  return compared > 0;
}

function identityOf(labels: Series['labels'], without: readonly string[] = []): string {
  const named = Object.entries(labels).filter(([name]) => !without.includes(name));
  return JSON.stringify(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Spans between the scrapes of one counter, from `fromMs` on, as far as all counters are known. */
export function spansOf(series: readonly Series[], fromMs: number | undefined): readonly CountedSpan[] {
  if (series.length === 0) return [];
  const knownFromMs = series.reduce((latest, { atMs }) => Math.max(latest, atMs[0]!), Number.NEGATIVE_INFINITY);
  const knownToMs = series.reduce((first, { atMs }) => Math.min(first, atMs.at(-1)!), Number.POSITIVE_INFINITY);
  const startMs = Math.max(knownFromMs, fromMs ?? knownFromMs);
  const grid = [startMs, ...series[0]!.atMs.filter((ms) => ms > startMs && ms < knownToMs), knownToMs];
  return grid.slice(1).flatMap((toMs, index) => {
    const from = grid[index]!;
    if (toMs <= from) return [];
    const arrived = series.reduce((sum, one) => sum + totalAt(one, toMs) - totalAt(one, from), 0);
    return [{ fromMs: from, toMs, count: Math.round(arrived) }];
  });
}

/** The counter at an instant within its samples, on the straight line between the two around it. */
function totalAt({ atMs, totals }: Series, ms: number): number {
  const after = Math.min(firstFrom(atMs, ms), atMs.length - 1);
  if (after === 0) return totals[0]!;
  const share = (ms - atMs[after - 1]!) / (atMs[after]! - atMs[after - 1]!);
  return totals[after - 1]! + share * (totals[after]! - totals[after - 1]!);
}

/** Index of the first of ascending instants that is at or after `ms`; their number when none is. */
function firstFrom(atMs: readonly number[], ms: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (atMs[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
