/**
 * A law of arrivals as a plain value, and the arrivals it gives for one seed.
 *
 * Time change: gaps are drawn with mean 1 in operational time (the mean number of queries so far, Λ(t) = ∫ rate) and
 * each arrival stands where Λ reaches the sum of the gaps. So the rate follows the curve exactly in the mean, and the
 * CV of the gaps in operational time is the one asked for, whatever the curve. The process starts at 0 with a whole
 * gap.
 * Cost: O(1) per arrival and per piece of the curve; memory does not grow with the number of arrivals.
 */
import type { ArrivalSource } from '../model/trace.js';
import { randomStream } from '../random.js';
import { msFromUs, queriesIn, usFromMs } from '../units.js';
import { type Curve, type Piece, pieceFrom } from './curve.js';
import { gapFiller } from './gaps.js';

/** Gamma gaps under a curve of the rate and a curve of their CV. */
export interface ArrivalProcess {
  /** In queries per second, ≥ 0. */
  readonly rateQps: Curve;
  /** Coefficient of variation σ/μ of the gaps in operational time, ≥ 0; 1 is Poisson, 0 is evenly spaced. */
  readonly cv: Curve;
}

/** Where a drawn trace ends: before `durationMs`, or after `count` arrivals, whichever comes first. */
export interface TraceBound {
  readonly durationMs?: number;
  readonly count?: number;
}

/** Draws arrivals in [0, durationMs), in whole microseconds (rounded half up). */
export function drawArrivals(
  process: ArrivalProcess,
  { seed, bound }: { seed: number; bound: TraceBound },
): ArrivalSource {
  const fillGaps = gapFiller(randomStream(seed, 'arrivals'), randomStream(seed, 'arrivals', 'boost'));
  const advance = timeChange(process.rateQps, bound.durationMs ?? Number.POSITIVE_INFINITY);
  const cvAt = process.cv.kind === 'constant' ? undefined : follow(process.cv);
  const constantCv = process.cv.kind === 'constant' ? process.cv.value : 0;
  let nowMs = 0;
  let left = bound.count ?? Number.POSITIVE_INFINITY;

  return {
    read(block) {
      const wanted = Math.min(block.length, left);
      let filled = 0;
      if (cvAt === undefined) {
        fillGaps(block, 0, wanted, constantCv);
        filled = advance(block, 0, wanted);
      } else {
        while (filled < wanted) {
          fillGaps(block, filled, filled + 1, cvAt(nowMs));
          if (advance(block, filled, filled + 1) === 0) break;
          nowMs = msFromUs(block[filled++]!);
        }
      }
      left = filled < wanted ? 0 : left - filled;
      return filled;
    },
  };
}

/**
 * Replaces operational gaps in `block` by the instants (µs) at which the cumulative rate has grown by them, and returns
 * how many of them lie before `endMs`.
 */
function timeChange(rateQps: Curve, endMs: number): (block: Float64Array, from: number, to: number) => number {
  const endUs = usFromMs(endMs);
  let piece: Piece = pieceFrom(rateQps, 0);
  // Kept in a typed array between calls and in locals within one: a number that a closure changes is boxed at each
  // write.
  const kept = Float64Array.of(0, queriesIn(piece.startValue, 1));

  return (block, from, to) => {
    let nowMs = kept[0]!;
    let rate = kept[1]!; // at nowMs, in queries per millisecond
    let pieceEndMs = piece.endMs;
    let endRate = queriesIn(piece.endValue, 1);
    let slope = slopeOf(rate, endRate, pieceEndMs - nowMs);
    let index = from;
    let rest = index < to ? block[index]! : 0;
    while (index < to) {
      let stepMs: number;
      if (slope === 0) {
        stepMs = rest / rate;
      } else {
        // rest = rate·x + slope·x²/2, solved in the form that does not cancel when the slope is small.
        const square = rate * rate + 2 * slope * rest;
        stepMs = square < 0 ? Number.POSITIVE_INFINITY : (2 * rest) / (rate + Math.sqrt(square));
      }
      if (nowMs + stepMs < pieceEndMs) {
        nowMs += stepMs;
        rate += slope * stepMs;
        const arrivalUs = usFromMs(nowMs);
        if (arrivalUs >= endUs) break;
        block[index++] = arrivalUs;
        rest = index < to ? block[index]! : 0;
        continue;
      }
      if (pieceEndMs === Number.POSITIVE_INFINITY || pieceEndMs >= endMs) break;
      rest = Math.max(0, rest - ((rate + endRate) / 2) * (pieceEndMs - nowMs));
      nowMs = pieceEndMs;
      piece = pieceFrom(rateQps, nowMs);
      pieceEndMs = piece.endMs;
      rate = queriesIn(piece.startValue, 1);
      endRate = queriesIn(piece.endValue, 1);
      slope = slopeOf(rate, endRate, pieceEndMs - nowMs);
    }
    kept[0] = nowMs;
    kept[1] = rate;
    return index - from;
  };
}

function slopeOf(startRate: number, endRate: number, lengthMs: number): number {
  return startRate === endRate ? 0 : (endRate - startRate) / lengthMs;
}

/** Reads a curve at instants that never decrease. */
function follow(curve: Curve): (nowMs: number) => number {
  if (curve.kind === 'constant') return () => curve.value;
  let startMs = 0;
  let endMs = 0;
  let start = 0;
  let slope = 0;
  return (nowMs) => {
    if (nowMs >= endMs) {
      const piece = pieceFrom(curve, nowMs);
      startMs = nowMs;
      endMs = piece.endMs;
      start = piece.startValue;
      slope = piece.endValue === start ? 0 : (piece.endValue - start) / (endMs - startMs);
    }
    return start + slope * (nowMs - startMs);
  };
}
