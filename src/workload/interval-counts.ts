/** Counts per interval (a rate log) and the arrivals they stand for. */
import { InputError } from '../errors.js';
import type { ArrivalSource } from '../model/trace.js';
import { randomStream } from '../random.js';

/**
 * Counts of consecutive intervals of one width, from the trace's start. Counts may be fractions, such as scaled ones.
 */
export interface IntervalCounts {
  readonly counts: Float64Array;
  readonly intervalUs: number;
}

/**
 * How the arrivals of an interval stand in it: evenly, or as a Poisson process given its count (uniform and sorted).
 */
export type Spread = 'even' | 'poisson';

/** Counts times a factor. */
export function scaledCounts({ counts, intervalUs }: IntervalCounts, factor: number): IntervalCounts {
  return { counts: counts.map((count) => count * factor), intervalUs };
}

/** The largest sum over any run of whole intervals that spans `windowUs` (at least one), and that run's width. */
export function peakOfCounts(
  { counts, intervalUs }: IntervalCounts,
  windowUs: number,
): { queries: number; windowUs: number } {
  const intervals = Math.max(1, Math.ceil(windowUs / intervalUs));
  let queries = 0;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i]! - (i >= intervals ? counts[i - intervals]! : 0);
    if (sum > queries) queries = sum;
  }
  return { queries, windowUs: intervals * intervalUs };
}

/**
 * Arrivals in whole microseconds. Fractions are carried over: after every interval the number of arrivals so far is the
 * sum of the counts so far, rounded half up. The k-th of n even arrivals stands at (k + ½)/n of its interval.
 */
export function arrivalsOfCounts(
  { counts, intervalUs }: IntervalCounts,
  { spread, seed }: { spread: Spread; seed: number },
): ArrivalSource {
  const uniform = randomStream(seed, 'spread');
  let interval = 0;
  let exact = 0;
  let emitted = 0;
  let pending = new Float64Array(0);
  let next = 0;

  const enterInterval = () => {
    exact += counts[interval]!;
    const here = Math.max(0, Math.floor(exact + 0.5) - emitted);
    emitted += here;
    const startUs = interval * intervalUs;
    pending = new Float64Array(here);
    for (let k = 0; k < here; k++) {
      const share = spread === 'even' ? (k + 0.5) / here : uniform();
      pending[k] = startUs + Math.floor(share * intervalUs);
    }
    if (spread === 'poisson') pending.sort();
    next = 0;
    interval++;
  };

  return {
    read(block) {
      let filled = 0;
      while (filled < block.length) {
        if (next === pending.length) {
          if (interval === counts.length) break;
          enterInterval();
          continue;
        }
        const taken = Math.min(block.length - filled, pending.length - next);
        block.set(pending.subarray(next, next + taken), filled);
        next += taken;
        filled += taken;
      }
      return filled;
    },
  };
}

/** More intervals than a trace of sane length has: the interval is a slip of a unit. */
const MOST_INTERVALS = 1e8;

/**
 * How many arrivals fall into each interval, from 0 up to the last arrival. Throws InputError `INTERVAL` for too many
 * intervals.
 */
export function countsOfArrivals(arrivalsUs: Float64Array, intervalUs: number): IntervalCounts {
  const last = arrivalsUs[arrivalsUs.length - 1];
  const intervals = last === undefined ? 0 : Math.floor(last / intervalUs) + 1;
  if (!(intervals <= MOST_INTERVALS)) {
    throw new InputError('INTERVAL', `--interval cuts the trace into ${intervals} parts, must be longer`);
  }
  const counts = new Float64Array(intervals);
  for (const arrivalUs of arrivalsUs) counts[Math.floor(arrivalUs / intervalUs)]! += 1;
  return { counts, intervalUs };
}
