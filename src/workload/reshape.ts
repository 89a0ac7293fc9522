/** Cuts a window out of a trace, or changes the speed of its clock. No arrival is lost or doubled. */
import type { ArrivalSource, ArrivalTrace } from '../model/trace.js';

/** The arrivals in [fromUs, toUs), counted from `fromUs`. */
export function cutSource(source: ArrivalSource, { fromUs, toUs }: { fromUs: number; toUs: number }): ArrivalSource {
  let hasEnded = false;
  return {
    read(block) {
      while (!hasEnded) {
        const count = source.read(block);
        if (count === 0) break;
        let kept = 0;
        for (let i = 0; i < count; i++) {
          const arrivalUs = block[i]!;
          if (arrivalUs >= toUs) {
            hasEnded = true;
            break;
          }
          if (arrivalUs >= fromUs) block[kept++] = arrivalUs - fromUs;
        }
        if (kept > 0) return kept;
      }
      return 0;
    },
  };
}

/** Traffic times `factor`: every instant divided by it, so that gaps shrink and their CV stays. */
export function scaledSource(source: ArrivalSource, factor: number): ArrivalSource {
  return {
    read(block) {
      const count = source.read(block);
      for (let i = 0; i < count; i++) block[i] = scaledUs(block[i]!, factor);
      return count;
    },
  };
}

/** The same for a trace in memory. */
export function scaledTrace({ arrivalsUs }: ArrivalTrace, factor: number): ArrivalTrace {
  return { arrivalsUs: arrivalsUs.map((arrivalUs) => scaledUs(arrivalUs, factor)) };
}

function scaledUs(arrivalUs: number, factor: number): number {
  return Math.round(arrivalUs / factor);
}

/** The first `count` arrivals of a source. */
export function firstArrivals(source: ArrivalSource, count: number): ArrivalSource {
  let left = count;
  return {
    read(block) {
      const filled = left === 0 ? 0 : source.read(block.subarray(0, Math.min(block.length, left)));
      left -= filled;
      return filled;
    },
  };
}

/**
 * Runs the trace's clock faster or slower so that its busiest window of `windowUs` holds `queries` arrivals: the
 * shortest stretch that holds that many is brought to just under the window. Gaps keep their order and their CV; the
 * span changes. The busiest window can only hold more where arrivals share an instant. Returns undefined when the trace
 * has fewer arrivals than that, or when that many share one instant: no clock changes either.
 */
export function scaledToPeak(
  { arrivalsUs }: ArrivalTrace,
  { queries, windowUs }: { queries: number; windowUs: number },
): ArrivalTrace | undefined {
  if (queries < 2 || arrivalsUs.length < queries) return undefined;
  let shortestUs = Number.POSITIVE_INFINITY;
  for (let i = queries - 1; i < arrivalsUs.length; i++) {
    const stretchUs = arrivalsUs[i]! - arrivalsUs[i - queries + 1]!;
    if (stretchUs < shortestUs) shortestUs = stretchUs;
  }
  if (shortestUs === 0) return undefined;
  // Two whole microseconds of room: rounding two instants down may widen a stretch by one.
  const factor = (windowUs - 2) / shortestUs;
  return { arrivalsUs: arrivalsUs.map((arrivalUs) => Math.floor(arrivalUs * factor)) };
}
