/**
 * The traffic envelope of a trace (InferLine, "traffic envelope" of the high-frequency tuner; after the arrival curves
 * of network calculus): for each window width the largest number of arrivals in any window [t, t + width).
 *
 * Some busiest window of a width ends just after an arrival a, so only such windows are counted: they hold the arrivals
 * in (a − width, a].
 * Worked: arrivals at 0, 1, 2, 10 ms, width 2 ms → 2 (0 and 1; 2 lies outside [0, 2)), width 3 ms → 3.
 * Cost: one step per arrival and width; of a stream, memory is the arrivals of the widest window.
 */
import type { EnvelopePoint } from '../model/plan/plan.js';
import type { ArrivalTrace } from '../model/trace.js';
import { msFromS, msFromUs, qpsOver, usFromMs } from '../units.js';

const WIDEST_WINDOW_S = 60;
const FIRST_RING_SIZE = 1024;

/** Counts arrivals of a stream in sliding windows. */
export interface SlidingWindows {
  /** Takes the next arrivals: the first `count` of `block`, in order. */
  add(block: Float64Array, count: number): void;
  /** For each width, the largest number of arrivals in any window of it so far. */
  peaks(): readonly EnvelopePoint[];
}

/** Widths T, 2T, 4T, … below 60 s, then 60 s itself; T alone if it is longer. In milliseconds. */
export function envelopeWindowsMs(smallestWindowMs: number): number[] {
  const widestMs = msFromS(WIDEST_WINDOW_S);
  const windowsMs: number[] = [];
  for (let windowMs = Math.max(smallestWindowMs, msFromUs(1)); windowMs < widestMs; windowMs *= 2)
    windowsMs.push(windowMs);
  windowsMs.push(Math.max(widestMs, smallestWindowMs));
  return windowsMs;
}

/** The envelope of a whole trace. The smallest width is at least one microsecond. */
export function trafficEnvelope(
  { arrivalsUs }: ArrivalTrace,
  { smallestWindowMs }: { smallestWindowMs: number },
): readonly EnvelopePoint[] {
  return envelopeWindowsMs(smallestWindowMs).map((windowMs) => {
    const widthUs = widthOf(windowMs);
    let peak = 0;
    // A window ending at an arrival holds at most one more than a window ending at the arrival before it.
    for (let i = 0; i < arrivalsUs.length; i++)
      if (i >= peak && arrivalsUs[i - peak]! > arrivalsUs[i]! - widthUs) peak++;
    return pointOf(widthUs, peak);
  });
}

/** A width in whole microseconds, at least one. */
function widthOf(windowMs: number): number {
  return Math.max(1, usFromMs(windowMs));
}

function pointOf(widthUs: number, queries: number): EnvelopePoint {
  return { windowMs: msFromUs(widthUs), queries, rateQps: qpsOver(queries, widthUs) };
}

/** Widths in milliseconds, rounded to whole microseconds, at least one. */
export function slidingWindows(windowsMs: readonly number[]): SlidingWindows {
  const widthsUs = windowsMs.map(widthOf);
  const widest = widthsUs.indexOf(Math.max(...widthsUs));
  const oldest = widthsUs.map(() => 0);
  const peaks = widthsUs.map(() => 0);
  let ring = new Float64Array(FIRST_RING_SIZE);
  let arrivals = 0;

  const grow = () => {
    const larger = new Float64Array(ring.length * 2);
    for (let i = Math.max(0, arrivals - ring.length); i < arrivals; i++) {
      larger[i & (larger.length - 1)] = ring[i & (ring.length - 1)]!;
    }
    ring = larger;
  };

  return {
    add(block, count) {
      for (let i = 0; i < count; i++) {
        if (arrivals - oldest[widest]! >= ring.length) grow();
        const arrivalUs = block[i]!;
        const mask = ring.length - 1;
        ring[arrivals & mask] = arrivalUs;
        arrivals++;
        for (let w = 0; w < widthsUs.length; w++) {
          let first = oldest[w]!;
          while (ring[first & mask]! <= arrivalUs - widthsUs[w]!) first++;
          oldest[w] = first;
          if (arrivals - first > peaks[w]!) peaks[w] = arrivals - first;
        }
      }
    },
    peaks: () => widthsUs.map((widthUs, w) => pointOf(widthUs, peaks[w]!)),
  };
}
