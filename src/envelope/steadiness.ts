/**
 * Whether the rate of a trace changes more than chance and bursts explain: a ramp, a day, one busy hour.
 *
 * Rule. The trace is cut into K windows of equal width and these into eight parts, or four where K is below 32. With n
 * the mean count of a window, n_g that of the K_g windows of part g, and v the variance of a window's count,
 *
 *   X² = Σ_g K_g (n_g − n)² ÷ v
 *
 * has the χ² law with seven (three) degrees of freedom where the rate is steady and windows do not depend on each
 * other. The trace is not steady when X² is above the 99.9 % point of that law and the busiest part lies more than 5 %
 * above the mean. Less than that means nothing for planning, however certain a long trace makes it.
 *
 * v is the larger of two estimates, neither of which a slow change of the rate affects much:
 * - c²·n, what a renewal process gives (Cox, "Renewal Theory", 1962, §4.5). The CV c comes from neighbouring gaps: for
 *   gamma gaps, q = E((g₁ − g₂)² ÷ (g₁ + g₂)²) = c² ÷ (2 + c²), a third of the local variation of Shinomoto, Shima &
 *   Tanji, "Differences in spiking patterns among cortical neurons", 2003. Gaps of 0 make q too large, so c is at most
 *   the CV of all gaps.
 * - Σ (n_{i+1} − n_i)² ÷ 2(K − 1), the mean square successive difference of neighbouring windows (von Neumann,
 *   "Distribution of the ratio of the mean square successive difference to the variance", 1941). It takes in bursts of
 *   any kind that are shorter than a window; bursts that are longer count as a changing rate.
 *
 * Windows are at least a 32nd of the trace, within 1 s and 5 s, and at most 128.
 *
 * Worked: two minutes in 24 windows of 5 s, twelve of 750 queries and then twelve of 1250, Poisson gaps: n = 1000, v =
 * max(1000, 500² ÷ 46) = 5435. Four parts of six windows lie 250 from the mean each: X² = 24 · 250² ÷ 5435 = 276, above
 * 16.3: not steady. Cost: O(queries), in flat memory.
 */
import type { ArrivalTrace } from '../model/trace.js';
import { addTo, cvOf, emptyMoments } from '../stats/moments.js';
import { msFromS, msFromUs, qpsOver, usFromMs } from '../units.js';
import { doublingBins, type RateBins } from './rate-bins.js';

const SHORTEST_WINDOW_MS = msFromS(1);
const LONG_ENOUGH_WINDOW_MS = msFromS(5);
const USUAL_WINDOWS = 32;
const MOST_WINDOWS = 128;
const FEWEST_WINDOWS = 12;
/** Parts, and the 99.9 % point of χ² with one degree of freedom less. */
const EIGHT = { parts: 8, limit: 24.322 };
const FOUR = { parts: 4, limit: 16.266 };
const LEAST_EXCESS = 0.05;
/** A part holds at least this many arrivals, times c² where gaps vary more than Poisson's: fewer say nothing. */
const FEWEST_ARRIVALS = 5;
/** Even an evenly spaced trace has counts that differ by one, according to where windows begin. */
const LEAST_VARIANCE = 1;

/** A stretch of a trace, from its start, and its mean rate. */
export interface TracePart {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rateQps: number;
}

export interface Steadiness {
  /** False where the rate changes more than chance and bursts explain. */
  readonly isSteady: boolean;
  /** Of the eighths of the trace, quarters where it is short. */
  readonly quietest: TracePart;
  readonly busiest: TracePart;
}

/** How much the gaps of a trace vary, from one pass over them. */
export interface GapVariation {
  add(gapUs: number): void;
  /** CV of all gaps; NaN without any, or when all are 0. */
  cv(): number;
  /** CV as neighbouring gaps show it, which a slow change of the rate leaves alone; at most `cv()`. */
  nearCv(): number;
}

export function gapVariation(): GapVariation {
  const all = emptyMoments();
  let before: number | undefined;
  let pairs = 0;
  let sum = 0;
  return {
    add(gapUs) {
      addTo(all, gapUs);
      if (before !== undefined && before + gapUs > 0) {
        sum += ((before - gapUs) / (before + gapUs)) ** 2;
        pairs++;
      }
      before = gapUs;
    },
    cv: () => cvOf(all),
    nearCv() {
      const q = sum / pairs;
      return Math.min(q < 1 ? Math.sqrt((2 * q) / (1 - q)) : Number.POSITIVE_INFINITY, cvOf(all));
    },
  };
}

/**
 * Judges a trace from its counts.
 * @param bins of the whole trace
 * @param gapCv as neighbouring gaps show it (`GapVariation.nearCv`)
 * @returns undefined where the trace is too short to say: fewer than twelve windows of 1 s, or too few arrivals in a
 * part
 */
export function judgeSteadiness(bins: RateBins, gapCv: number): Steadiness | undefined {
  const { counts, firstBin, binsPerWindow } = windowsOf(bins);
  const { parts, limit } = counts.length < USUAL_WINDOWS ? FOUR : EIGHT;
  const mean = meanOf(counts);
  const enough = FEWEST_ARRIVALS * Math.max(1, gapCv * gapCv);
  if (counts.length < FEWEST_WINDOWS || !((mean * counts.length) / parts >= enough)) return undefined;
  const windowMs = binsPerWindow * bins.binMs;
  const startMs = firstBin * bins.binMs;
  let distance = 0;
  const found = Array.from({ length: parts }, (_, part): TracePart => {
    const from = Math.floor((part * counts.length) / parts);
    const to = Math.floor(((part + 1) * counts.length) / parts);
    const inPart = meanOf(counts.slice(from, to));
    distance += (to - from) * (inPart - mean) ** 2;
    return {
      fromMs: wholeUs(startMs + from * windowMs),
      toMs: wholeUs(startMs + to * windowMs),
      rateQps: qpsOver(inPart, usFromMs(windowMs)),
    };
  });
  const byRate = found.toSorted((a, b) => a.rateQps - b.rateQps);
  const [quietest, busiest] = [byRate[0]!, byRate[parts - 1]!];
  const variance = Math.max(gapCv * gapCv * mean, varianceOfNeighbours(counts), LEAST_VARIANCE);
  const isMuch = busiest.rateQps > (1 + LEAST_EXCESS) * qpsOver(mean, usFromMs(windowMs));
  return { isSteady: !(isMuch && distance / variance > limit), quietest, busiest };
}

/** The same of a trace in memory. */
export function traceSteadiness({ arrivalsUs }: ArrivalTrace): Steadiness | undefined {
  const bins = doublingBins();
  const gaps = gapVariation();
  for (let i = 0; i < arrivalsUs.length; i++) {
    bins.add(arrivalsUs[i]!);
    if (i > 0) gaps.add(arrivalsUs[i]! - arrivalsUs[i - 1]!);
  }
  return judgeSteadiness(bins.end(), gaps.nearCv());
}

/**
 * Whole windows from the bin of the first arrival on; the last bin is left out, since it may reach beyond the trace.
 */
function windowsOf({ binMs, queries }: RateBins) {
  const firstBin = queries.findIndex((count) => count > 0);
  const bins = queries.length - 1 - firstBin;
  const usualMs = (bins * binMs) / USUAL_WINDOWS;
  const shortestMs = Math.min(LONG_ENOUGH_WINDOW_MS, Math.max(SHORTEST_WINDOW_MS, usualMs));
  let binsPerWindow = 1;
  while (binsPerWindow * binMs < shortestMs || bins / binsPerWindow > MOST_WINDOWS) binsPerWindow *= 2;
  const counts = Array.from({ length: Math.floor(bins / binsPerWindow) }, (_, window) => {
    const from = firstBin + window * binsPerWindow;
    return queries.slice(from, from + binsPerWindow).reduce((sum, count) => sum + count, 0);
  });
  return { counts, firstBin, binsPerWindow };
}

function varianceOfNeighbours(counts: readonly number[]): number {
  const squares = counts.slice(1).reduce((sum, count, i) => sum + (count - counts[i]!) ** 2, 0);
  return squares / (2 * (counts.length - 1));
}

function meanOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

/** To whole microseconds, so that no digit comes from arithmetic alone. */
function wholeUs(ms: number): number {
  return msFromUs(usFromMs(ms));
}
