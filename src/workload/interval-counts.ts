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

/** How the n arrivals of an interval stand in it: at (k + ½)/n, or as a Poisson process with n arrivals (uniform). */
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
 * Arrivals in whole microseconds. Fractions carry over: after every interval the number of arrivals so far is the sum
 * of the counts so far, rounded half up. Even arrivals are rounded half up to microseconds.
 * Memory: up to 2^16 arrivals of an interval at once, whatever the count.
 */
export function arrivalsOfCounts(
  { counts, intervalUs }: IntervalCounts,
  { spread, seed }: { spread: Spread; seed: number },
): ArrivalSource {
  const uniform = randomStream(seed, 'spread');
  let interval = 0;
  let exact = 0;
  let emitted = 0;
  /** Arrivals of the present interval, and how many of them are drawn. */
  let here = 0;
  let drawn = 0;
  /** Share of the interval before the last arrival drawn. */
  let covered = 0;
  let pending = new Float64Array(0);
  let next = 0;

  const enterInterval = () => {
    exact += counts[interval]!;
    here = Math.max(0, Math.floor(exact + 0.5) - emitted);
    emitted += here;
    drawn = 0;
    covered = 0;
    interval++;
  };

  const drawMore = () => {
    const startUs = (interval - 1) * intervalUs;
    pending = new Float64Array(Math.min(here - drawn, MOST_PENDING));
    if (spread === 'even') {
      for (let k = 0; k < pending.length; k++) {
        const offsetUs = Math.floor(((2 * (drawn + k) + 1) * intervalUs) / (2 * here) + 0.5);
        pending[k] = startUs + Math.min(intervalUs - 1, offsetUs);
      }
    } else if (here <= MOST_PENDING) {
      for (let k = 0; k < here; k++) pending[k] = startUs + Math.floor(uniform() * intervalUs);
      pending.sort();
    } else {
      // Order statistics one by one: the least of m uniforms beyond c is 1 − (1 − c)·U^(1/m).
      for (let k = 0; k < pending.length; k++) {
        covered = 1 - (1 - covered) * Math.exp(Math.log(1 - uniform()) / (here - drawn - k));
        pending[k] = startUs + Math.min(intervalUs - 1, Math.floor(covered * intervalUs));
      }
    }
    drawn += pending.length;
    next = 0;
  };

  return {
    read(block) {
      let filled = 0;
      while (filled < block.length) {
        if (next === pending.length) {
          if (drawn < here) drawMore();
          else if (interval === counts.length) break;
          else enterInterval();
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

/** An interval with more arrivals is drawn in parts. */
const MOST_PENDING = 1 << 16;

/** A trace with more intervals than this has an interval in the wrong unit. */
const MOST_INTERVALS = 1e8;
const BLOCK_ARRIVALS = 4096;

/**
 * How many arrivals fall into each interval, from 0 up to the last arrival. Memory grows with the number of intervals.
 * Throws InputError `INTERVAL` for too many intervals.
 */
export function countsOfArrivals(source: ArrivalSource, intervalUs: number): IntervalCounts {
  const block = new Float64Array(BLOCK_ARRIVALS);
  let counts = new Float64Array(BLOCK_ARRIVALS);
  let intervals = 0;
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    intervals = Math.floor(block[count - 1]! / intervalUs) + 1;
    if (!(intervals <= MOST_INTERVALS)) {
      throw new InputError('INTERVAL', `--interval cuts the trace into ${intervals} parts, must be longer`);
    }
    if (intervals > counts.length) {
      const larger = new Float64Array(Math.max(intervals, 2 * counts.length));
      larger.set(counts);
      counts = larger;
    }
    for (let i = 0; i < count; i++) counts[Math.floor(block[i]! / intervalUs)]! += 1;
  }
  return { counts: counts.slice(0, intervals), intervalUs };
}
