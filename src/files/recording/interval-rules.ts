/** What counts per interval are, and how many there may be. */
import { msFromUs, sFromMs } from '../../units.js';
import type { SkippedRows } from './bad-rows.js';
import { MOST_ARRIVALS, tooManyArrivals } from './instant-source.js';

/** A year of seconds. Beyond it, the interval is too short for the recording, or an instant is wrong. */
export const MOST_INTERVALS = 1 << 25;

/** More than this is hardly one pipeline: bytes or instants are taken for counts. */
const MOST_QPS = 1e6;

export interface ImportedCounts {
  /** Queries of consecutive intervals; fractions are allowed. */
  readonly counts: Float64Array;
  readonly notes: readonly string[];
  readonly skipped: SkippedRows;
}

/** Fewer rows that never fall may be traffic that grows. */
const LEAST_TOTALS = 10;

/** Whether counts look like a running total: they never fall, and end at twice their start or more. */
export function isRunningTotal(counts: Float64Array): boolean {
  if (counts.length < LEAST_TOTALS || counts.at(-1)! < 2 * counts[0]!) return false;
  return counts.every((count, i) => i === 0 || count >= counts[i - 1]!);
}

/** Queries of intervals from the first to the last of them, and how many of these have none of their own. */
export function orderedCounts(queries: ReadonlyMap<number, number>): {
  readonly counts: Float64Array;
  readonly missing: number;
} {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const interval of queries.keys()) {
    first = Math.min(first, interval);
    last = Math.max(last, interval);
  }
  const counts = new Float64Array(queries.size === 0 ? 0 : last - first + 1);
  for (const [interval, count] of queries) counts[interval - first] = count;
  return { counts, missing: counts.length - queries.size };
}

/** The queries of an interval whose value is a rate or a count, or what the value must be. */
export function queriesRule({
  isRate,
  intervalUs,
  maxRateQps = MOST_QPS,
}: {
  isRate: boolean;
  intervalUs: number;
  maxRateQps?: number | undefined;
}): { read(value: number): number | string } {
  const seconds = sFromMs(msFromUs(intervalUs));
  const most = isRate ? maxRateQps : maxRateQps * seconds;
  return {
    read(value) {
      const queries = isRate ? value * seconds : value;
      if (queries <= maxRateQps * seconds) return queries;
      const hint = value > most ? '; allow more with --max-rate' : '';
      return `must be a ${isRate ? 'rate' : 'count'} from 0 to ${most}${hint}`;
    },
  };
}

/** Throws InputError `TRACE_IMPORT` for more queries in all than a trace may have. */
export function refuseTooMany(counts: Float64Array, shown: string): void {
  if (counts.reduce((sum, count) => sum + count, 0) > MOST_ARRIVALS) throw tooManyArrivals(shown, MOST_ARRIVALS);
}
