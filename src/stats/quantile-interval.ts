/**
 * Confidence interval of a quantile from the order statistics of a sample. The measurements must be independent; their
 * distribution may be any.
 *
 * The number B of n measurements at or below the q-quantile is binomial(n, q). The r-th smallest measurement lies above
 * the quantile only if B < r, and the s-th lies below it only if B ≥ s, so [x_r, x_s] holds it with probability P(r ≤ B
 * < s). r is the largest rank with P(B < r) ≤ α/2, and s the smallest with P(B ≥ s) ≤ α/2 (Conover, Practical
 * Nonparametric Statistics, §3.2).
 *
 * Worked number: the median of 6 measurements at 95 %: P(B < 1) = 1/64 = 0.016 ≤ 0.025 < P(B < 2), so r = 1 and s = 6.
 */

export interface RankInterval {
  /** Ranks from 1: the interval is from the `low`-th to the `high`-th smallest measurement. */
  readonly low: number;
  readonly high: number;
}

/**
 * Ranks of the interval that holds the `quantile` with at least this confidence; undefined when there are too few
 * measurements. O(n).
 */
export function quantileRanks(count: number, quantile: number, confidence: number): RankInterval | undefined {
  const tail = (1 - confidence) / 2;
  let low = 0;
  let below = 0;
  for (let rank = 1; rank <= count; rank++) {
    below += binomialTerm(count, rank - 1, quantile);
    if (below <= tail) low = rank;
    // P(B ≥ rank) = 1 - P(B < rank)
    if (1 - below <= tail) return low === 0 ? undefined : { low, high: rank };
  }
  return undefined;
}

/**
 * Nearest rank: the smallest measurement such that at least this fraction of all is at or below it. The sample must be
 * ascending and not empty.
 */
export function nearestRank(ascending: readonly number[], quantile: number): number {
  return ascending[Math.max(0, Math.ceil(quantile * ascending.length - RANK_SLACK) - 1)]!;
}

/** Absorbs the last bits of a product such as 0.07 × 100, which would reach the rank above. */
const RANK_SLACK = 1e-9;

/** Chance of exactly so many successes in `count` independent tries; `chance` in (0, 1). */
export function binomialTerm(count: number, successes: number, chance: number): number {
  const choose = logFactorial(count) - logFactorial(successes) - logFactorial(count - successes);
  return Math.exp(choose + successes * Math.log(chance) + (count - successes) * Math.log1p(-chance));
}

const LOG_FACTORIALS = [0];

function logFactorial(n: number): number {
  for (let k = LOG_FACTORIALS.length; k <= n; k++) LOG_FACTORIALS.push(LOG_FACTORIALS[k - 1]! + Math.log(k));
  return LOG_FACTORIALS[n]!;
}
