/**
 * Whether twenty replications show that a configuration holds, and how early that is certain.
 *
 * Rule: with m₁ … m₂₀ the misses of each replication, M̄ their mean and s their standard deviation, the configuration
 * holds if M̄ + c·s is at most what the objective allows. All replications have equally many queries, so this is a
 * one-sided 95 % lower confidence bound on attainment, held against the target.
 *
 * The factor is c = t·√(1/20 + φ), t = 1.7291 the 95 % point of Student's law with 19 degrees of freedom. Two errors
 * stand between M̄ and the truth. The draws are twenty: that is s²/20. And the process was fitted to one trace of N
 * queries: however many draws there are, that error stays. Each replication is drawn from parameters of its own, fitted
 * anew to a trace of N queries drawn from the fit, so s² = v/n + w/N: the scatter of a draw of n queries, and of the
 * fit. What a fit takes from a trace is less than what the trace does to a queue, so w ≤ v, and the fit's share of s²
 * is at most φ = n / (n + N). With N = ∞ the parameters are known and c = t/√20. With n = N, c = t·√0.55 = 1.2824.
 *
 * Early: the left side is a convex function of the misses (a linear one plus a norm of the distances from the mean),
 * symmetric in those still to come, so it is least where those are all equal, at x. That leaves one dimension, solved
 * in closed form. If even this least value is more than what is allowed, no outcome of the rest can change the verdict:
 * it is "does not hold". There is no early "holds": the rest could always be worse.
 *
 * Worked, N = ∞: 600 misses allowed. One replication with 4400: the rest at 0 give M̄ = 220, s = 983.9, bound 600.4:
 * refused after one.
 */

export const REPLICATIONS = 20;
const T_95 = 1.7291328115213698;
/** Halvings of the span of misses: the bound is then exact to far less than a miss. */
const LEVEL_STEPS = 50;
/** Early refusals leave this much room for rounding, so that they never differ from the verdict on all replications. */
const ROUNDING = 1 + 1e-9;

/** Misses of the replications so far. Sums of whole numbers: exact, and so the same in any order. */
export interface Observed {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

export const NOTHING_OBSERVED: Observed = { count: 0, sum: 0, squares: 0 };

export function observe({ count, sum, squares }: Observed, misses: number): Observed {
  return { count: count + 1, sum: sum + misses, squares: squares + misses * misses };
}

/** Standard deviation of the misses, from one replication to another. */
export function spreadOf({ count, sum, squares }: Observed): number {
  return Math.sqrt(Math.max(0, count * squares - sum * sum) / (count * (count - 1)));
}

/** The test of one objective on draws of one length. */
export class MissBound {
  private readonly queries: number;
  private readonly allowed: number;
  private readonly factor: number;

  /**
   * @param options `queries` of each draw, `traceQueries` that the process was fitted to, `allowed` misses of a draw
   */
  constructor(options: { readonly queries: number; readonly traceQueries: number; readonly allowed: number }) {
    const { queries, traceQueries, allowed } = options;
    this.queries = queries;
    this.allowed = allowed;
    this.factor = T_95 * Math.sqrt(1 / REPLICATIONS + queries / (queries + traceQueries));
  }

  /** Upper confidence bound on the mean misses, of all replications. */
  mostMisses(all: Observed): number {
    return all.sum / all.count + this.factor * spreadOf(all);
  }

  /** Whether all replications together show that the configuration holds. */
  holds(all: Observed): boolean {
    return this.mostMisses(all) <= this.allowed;
  }

  /** The least that `mostMisses` can come to, whatever the replications still to come give. */
  leastMostMisses(observed: Observed): number {
    const { count, sum, squares } = observed;
    const rest = REPLICATIONS - count;
    if (count === 0) return 0;
    const mean = sum / count;
    const within = Math.max(0, squares - sum * mean) / (REPLICATIONS - 1);
    const between = (count * rest) / (REPLICATIONS * (REPLICATIONS - 1));
    const slope = rest / REPLICATIONS;
    const c = this.factor;
    // Those to come are x = mean − below. The bound is mean − slope·below + c·√(within + between·below²).
    const steepness = c * c * between * between - slope * slope * between;
    const stationary = steepness > 0 ? slope * Math.sqrt(within / steepness) : Number.POSITIVE_INFINITY;
    const below = Math.min(mean, stationary);
    return mean - slope * below + c * Math.sqrt(within + between * below * below);
  }

  /** Whether no outcome of the replications to come lets the configuration hold. */
  isRefused(observed: Observed): boolean {
    return this.leastMostMisses(observed) > this.allowed * ROUNDING;
  }

  /**
   * Whether replications with at least so many misses each, one number a replication, refuse the configuration for
   * certain. Of all outcomes above those numbers the bound is least where the lowest are raised to a common level,
   * since it is convex and symmetric. Bisection on the sign of its derivative finds the level; where raising the lowest
   * does not help, it is the numbers themselves.
   */
  isRefusedFrom(leastMisses: readonly number[]): boolean {
    const most = this.allowed * ROUNDING;
    const observed = leastMisses.reduce(observe, NOTHING_OBSERVED);
    // More misses only raise the mean, and the bound is never below it.
    if (observed.sum / REPLICATIONS > most) return true;
    let least = this.mostMisses(observed);
    if (least <= this.allowed) return false;
    let low = Math.min(...leastMisses);
    let high = Math.max(...leastMisses);
    for (let step = 0; step < LEVEL_STEPS; step++) {
      const level = (low + high) / 2;
      const raised = leastMisses.map((misses) => Math.max(misses, level)).reduce(observe, NOTHING_OBSERVED);
      least = Math.min(least, this.mostMisses(raised));
      const below = level - raised.sum / REPLICATIONS;
      const slope = spreadOf(raised) + (this.factor * REPLICATIONS * below) / (REPLICATIONS - 1);
      if (slope < 0) low = level;
      else high = level;
    }
    return least > most;
  }

  /**
   * The fewest misses of the next replication from which on the configuration is refused for certain; Infinity if there
   * are none up to the queries of a draw. `leastMostMisses` is convex in them: once it rises it rises for good, though
   * a single low value may lower it first.
   */
  refusingMisses(observed: Observed): number {
    const refuses = (misses: number): boolean => {
      const next = observe(observed, misses);
      if (!this.isRefused(next)) return false;
      return misses === 0 || this.leastMostMisses(next) >= this.leastMostMisses(observe(observed, misses - 1));
    };
    if (!refuses(this.queries)) return Number.POSITIVE_INFINITY;
    let low = -1;
    let high = this.queries;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (refuses(middle)) high = middle;
      else low = middle;
    }
    return high;
  }
}
