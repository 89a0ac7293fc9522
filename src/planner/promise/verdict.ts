/**
 * Whether twenty replications show that a configuration holds, and how early that is certain.
 *
 * Rule: with m₁ … m₂₀ the misses of each replication, M̄ their mean and s their standard deviation, the configuration holds if
 * M̄ + t·s/√20 is at most what the objective allows, t = 1.7291 the 95 % point of Student's law with 19 degrees of freedom. All
 * replications have equally many queries, so this is the one-sided 95 % lower confidence bound on attainment against the target.
 *
 * Early: the left side is a convex function of the misses (a linear one plus a norm of the distances from the mean), symmetric in
 * those still to come, so it is least where those are all equal, at x. That leaves one dimension, solved in closed form. If even
 * this least value is more than what is allowed, no outcome of the rest can change the verdict: it is "does not hold". There is no
 * early "holds": the rest could always be worse.
 *
 * Worked: 600 misses allowed. One replication with 4400: the rest at 0 give M̄ = 220, s = 983.9, bound 600.4: refused after one.
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

/** Upper confidence bound on the mean misses, of all replications. */
export function mostMisses(all: Observed): number {
  return all.sum / all.count + (T_95 * spreadOf(all)) / Math.sqrt(all.count);
}

/** The least that `mostMisses` can come to, whatever the replications still to come give. */
export function leastMostMisses(observed: Observed): number {
  const { count, sum, squares } = observed;
  const rest = REPLICATIONS - count;
  if (count === 0) return 0;
  const mean = sum / count;
  const within = Math.max(0, squares - sum * mean) / (REPLICATIONS - 1);
  const between = (count * rest) / (REPLICATIONS * (REPLICATIONS - 1));
  const slope = rest / REPLICATIONS;
  const t = T_95 / Math.sqrt(REPLICATIONS);
  // Those to come are x = mean − below. The bound is mean − slope·below + t·√(within + between·below²).
  const steepness = t * t * between * between - slope * slope * between;
  const stationary = steepness > 0 ? slope * Math.sqrt(within / steepness) : Number.POSITIVE_INFINITY;
  const below = Math.min(mean, stationary);
  return mean - slope * below + t * Math.sqrt(within + between * below * below);
}

/** Whether no outcome of the replications to come lets the configuration hold. */
export function isRefused(observed: Observed, allowed: number): boolean {
  return leastMostMisses(observed) > allowed * ROUNDING;
}

/**
 * Whether replications with at least so many misses each, one number a replication, refuse the configuration for certain. Of all
 * outcomes above those numbers the bound is least where the lowest are raised to a common level, since it is convex and symmetric. The level
 * is found by bisection on the sign of its derivative; where raising the lowest does not help, it is the numbers themselves.
 */
export function isRefusedFrom(leastMisses: readonly number[], allowed: number): boolean {
  const observed = leastMisses.reduce(observe, NOTHING_OBSERVED);
  // More misses only raise the mean, and the bound is never below it.
  if (observed.sum / REPLICATIONS > allowed * ROUNDING) return true;
  let least = mostMisses(observed);
  if (least <= allowed) return false;
  let low = Math.min(...leastMisses);
  let high = Math.max(...leastMisses);
  for (let step = 0; step < LEVEL_STEPS; step++) {
    const level = (low + high) / 2;
    const raised = leastMisses.map((misses) => Math.max(misses, level)).reduce(observe, NOTHING_OBSERVED);
    least = Math.min(least, mostMisses(raised));
    const spread = spreadOf(raised);
    const slope = spread + (T_95 * Math.sqrt(REPLICATIONS) * (level - raised.sum / REPLICATIONS)) / (REPLICATIONS - 1);
    if (slope < 0) low = level;
    else high = level;
  }
  return least > allowed * ROUNDING;
}

/**
 * The fewest misses of the next replication from which on the configuration is refused for certain; Infinity if there are none up
 * to `queries`. `leastMostMisses` is convex in them: once it rises it rises for good, though a single low value may lower it first.
 */
export function refusingMisses(observed: Observed, { allowed, queries }: { allowed: number; queries: number }): number {
  const refuses = (misses: number): boolean => {
    const next = observe(observed, misses);
    if (!isRefused(next, allowed)) return false;
    return misses === 0 || leastMostMisses(next) >= leastMostMisses(observe(observed, misses - 1));
  };
  if (!refuses(queries)) return Number.POSITIVE_INFINITY;
  let low = -1;
  let high = queries;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (refuses(middle)) high = middle;
    else low = middle;
  }
  return high;
}
