/**
 * Chooses the model that resampled traffic is drawn from: a stationary gamma renewal process if it explains the trace,
 * otherwise blocks of the trace itself.
 *
 * Rule. The process takes the trace's mean gap and CV; twenty draws of it, each as long as the trace but at most 20 000
 * arrivals, show what it gives. It explains the trace if both hold:
 * - Counts: over 0.1, 1, 10 and 60 s and an eighth of the trace, the logarithm of the index of dispersion of counts
 *   lies within four standard errors plus 0.05 of what the process gives. This finds a rate that changes and gaps that
 *   depend on each other. Where a draw has eight windows, mean and error are the draws', the error that of their mean
 *   and of the trace's m windows. Wider windows hold 2500 arrivals or more, and there the central limit theorem for
 *   renewal processes gives both: the index is cv² (Cox, "Renewal Theory", 1962, §4.5), the error √(2 / (m − 1)).
 * - Gaps: no share of gaps of at most 2^k mean gaps, k = −6.5, −5.5, … 4.5, lies further from the draws' mean than 1.5
 *   times as far as the furthest draw lies plus 0.01. This finds gaps of another law.
 * The added constants admit differences without effect on planning, however long the trace. Fewer than 100 arrivals
 * cannot decide; blocks are then used. Choosing blocks for a gamma process costs little: they are draws of it too.
 *
 * Worked: 60 s at 150 queries/s, then 60 s at 250, Poisson. Counts over 10 s are about 1500 and 2500: mean 2000,
 * variance 500² = 250 000, index 125. The process gives 1, so it does not explain the trace.
 * Cost: O(queries).
 */

import type { TrafficModel } from '../model/plan/traffic-model.js';
import { type ArrivalTrace, spanUs } from '../model/trace.js';
import { addTo, cvOf, emptyMoments, type Moments, varianceOf } from '../stats/moments.js';
import { meanRate, msFromS, msFromUs, usFromMs } from '../units.js';
import { drawArrivals } from './arrival-process.js';
import { countDispersion } from './count-dispersion.js';
import { constant } from './curve.js';
import { gapShares, largestDifference } from './gap-law.js';

const FEWEST_ARRIVALS = 100;
const DRAWS = 20;
const LONGEST_DRAW = 20_000;
const WIDTHS_S = [0.1, 1, 10, 60] as const;
const FEWEST_WINDOWS = 8;
const ERRORS = 4;
const DISPERSION_SLACK = 0.05;
/** Keeps the logarithm finite for an evenly spaced trace. */
const LEAST_DISPERSION = 1e-3;
const GAP_RATIO = 1.5;
const GAP_SLACK = 0.01;

const SHORTEST_BLOCK_S = 5;
const LONGEST_BLOCK_S = 30;
const BLOCKS_PER_TRACE = 20;
const MOST_BLOCKS = 100_000;

/** Fixed, so that the choice depends on the trace alone; resampled traffic uses other seeds. */
export function fitArrivals(trace: ArrivalTrace): TrafficModel {
  const { arrivalsUs } = trace;
  const blocks = { kind: 'blocks', blockMs: blockLengthMs(trace) } as const;
  if (arrivalsUs.length < FEWEST_ARRIVALS || spanUs(trace) === 0) return blocks;
  const process = { rateQps: meanRate(arrivalsUs.length, spanUs(trace)), cv: gapCv(trace) };
  const draws = drawsOf(process, Math.min(arrivalsUs.length, LONGEST_DRAW));
  const isExplained = areCountsAlike(trace, process.cv, draws) && areGapsAlike(trace, draws);
  return isExplained ? { kind: 'gamma', ...process } : blocks;
}

/**
 * Block length: a twentieth of the trace, at least 5 s to keep bursts whole, at most 30 s to mix them; longer only
 * beyond 34 days, so that a hole of years costs no more than one of a month.
 */
export function blockLengthMs(trace: ArrivalTrace): number {
  const twentiethMs = msFromUs(Math.round(spanUs(trace) / BLOCKS_PER_TRACE));
  const leastMs = msFromUs(Math.ceil(spanUs(trace) / MOST_BLOCKS));
  return Math.max(leastMs, Math.min(msFromS(LONGEST_BLOCK_S), Math.max(msFromS(SHORTEST_BLOCK_S), twentiethMs)));
}

function gapCv({ arrivalsUs }: ArrivalTrace): number {
  const gaps = emptyMoments();
  for (let i = 1; i < arrivalsUs.length; i++) addTo(gaps, arrivalsUs[i]! - arrivalsUs[i - 1]!);
  return cvOf(gaps);
}

function drawsOf({ rateQps, cv }: { rateQps: number; cv: number }, count: number): ArrivalTrace[] {
  return Array.from({ length: DRAWS }, (_, seed) => {
    const arrivalsUs = new Float64Array(count);
    drawArrivals({ rateQps: constant(rateQps), cv: constant(cv) }, { seed, bound: { count } }).read(arrivalsUs);
    return { arrivalsUs };
  });
}

function areCountsAlike(trace: ArrivalTrace, cv: number, draws: readonly ArrivalTrace[]): boolean {
  const widthsUs = [...WIDTHS_S.map((s) => usFromMs(msFromS(s))), Math.floor(spanUs(trace) / FEWEST_WINDOWS)];
  return widthsUs.every((widthUs) => {
    if (widthUs === 0) return true;
    const own = countDispersion(trace.arrivalsUs, widthUs);
    if (own.windows < FEWEST_WINDOWS) return true;
    const { mean, error } = givenDispersion(cv, { draws, widthUs, windows: own.windows });
    return Math.abs(logOf(own.index) - mean) <= ERRORS * error + DISPERSION_SLACK;
  });
}

/** Mean and standard error of the logarithm of the process's index of dispersion over `windows` windows. */
function givenDispersion(
  cv: number,
  { draws, widthUs, windows }: { draws: readonly ArrivalTrace[]; widthUs: number; windows: number },
): { mean: number; error: number } {
  const drawn: Moments = emptyMoments();
  let fewest = Number.POSITIVE_INFINITY;
  for (const { arrivalsUs } of draws) {
    const dispersion = countDispersion(arrivalsUs, widthUs);
    fewest = Math.min(fewest, dispersion.windows);
    addTo(drawn, logOf(dispersion.index));
  }
  if (fewest < FEWEST_WINDOWS - 1) return { mean: logOf(cv * cv), error: Math.sqrt(2 / (windows - 1)) };
  const variance = (varianceOf(drawn) * DRAWS) / (DRAWS - 1);
  return { mean: drawn.mean, error: Math.sqrt(variance * (fewest / windows + 1 / DRAWS)) };
}

function logOf(index: number): number {
  return Math.log(index + LEAST_DISPERSION);
}

function areGapsAlike(trace: ArrivalTrace, draws: readonly ArrivalTrace[]): boolean {
  const meanUs = spanUs(trace) / (trace.arrivalsUs.length - 1);
  const drawn = draws.map((draw) => gapShares(draw, meanUs));
  const mean = drawn[0]!.map((_, step) => drawn.reduce((sum, shares) => sum + shares[step]!, 0) / DRAWS);
  const furthest = Math.max(...drawn.map((shares) => largestDifference(shares, mean)));
  return largestDifference(gapShares(trace, meanUs), mean) <= GAP_RATIO * furthest + GAP_SLACK;
}
