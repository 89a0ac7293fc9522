import { msFromUs } from '../units.js';

/** The rate over time has this many to twice as many bins of equal width. */
const FEWEST_BINS = 512;

/**
 * Counts of arrivals in consecutive bins of equal width, from instant 0 on. The last bin ends at or after the last
 * arrival.
 */
export interface RateBins {
  readonly binMs: number;
  readonly queries: readonly number[];
}

/**
 * Bins that double their width whenever the trace outgrows them, so that a trace is binned in one pass and flat memory.
 */
export function doublingBins(): { add(arrivalUs: number): void; end(): RateBins } {
  const counts = new Float64Array(2 * FEWEST_BINS);
  let binUs = 1;
  let last = 0;
  return {
    add(arrivalUs) {
      let bin = Math.floor(arrivalUs / binUs);
      while (bin >= counts.length) {
        for (let i = 0; i < FEWEST_BINS; i++) counts[i] = counts[2 * i]! + counts[2 * i + 1]!;
        counts.fill(0, FEWEST_BINS);
        binUs *= 2;
        bin = Math.floor(arrivalUs / binUs);
      }
      counts[bin]!++;
      last = bin;
    },
    end: () => ({ binMs: msFromUs(binUs), queries: Array.from(counts.subarray(0, last + 1)) }),
  };
}
