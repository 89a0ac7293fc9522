/** The distribution of a trace's gaps, in coarse steps around their mean. */
import type { ArrivalTrace } from '../model/trace.js';

/** Between the powers of two: no edge coincides with the gaps of an evenly spaced trace. */
const LOWEST_EDGE = 2 ** -6.5;
const EDGES = 12;

/** Shares of the gaps that are at most 2^k `meanUs`, k = −6.5, −5.5, … 4.5. */
export function gapShares({ arrivalsUs }: ArrivalTrace, meanUs: number): number[] {
  const counts = new Float64Array(EDGES + 1);
  const lowestUs = LOWEST_EDGE * meanUs;
  for (let i = 1; i < arrivalsUs.length; i++) {
    const gapUs = arrivalsUs[i]! - arrivalsUs[i - 1]!;
    let step = 0;
    for (let edgeUs = lowestUs; step < EDGES && gapUs > edgeUs; edgeUs *= 2) step++;
    counts[step]!++;
  }
  let sum = 0;
  return Array.from(counts.subarray(0, EDGES), (count) => {
    sum += count;
    return sum / (arrivalsUs.length - 1);
  });
}

/** Largest difference between two lists of shares. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((largest, share, i) => Math.max(largest, Math.abs(share - b[i]!)), 0);
}
