/** Count, mean and variance of numbers seen one by one (Welford's recurrence: no sum of squares that could cancel). */
export interface Moments {
  count: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
}

export function emptyMoments(): Moments {
  return { count: 0, mean: 0, squares: 0 };
}

/** Adds one number in place. */
export function addTo(moments: Moments, value: number): void {
  moments.count++;
  const distance = value - moments.mean;
  moments.mean += distance / moments.count;
  moments.squares += distance * (value - moments.mean);
}

/** More zeros are added in one step. */
const MOST_ONE_BY_ONE = 100_000;

/** Adds a number of zeros in place; many of them cost no more than a few. */
export function addZerosTo(moments: Moments, zeros: number): void {
  if (zeros <= MOST_ONE_BY_ONE) {
    for (let i = 0; i < zeros; i++) addTo(moments, 0);
    return;
  }
  const count = moments.count + zeros;
  moments.squares += moments.mean ** 2 * ((moments.count * zeros) / count);
  moments.mean *= moments.count / count;
  moments.count = count;
}

/** Variance of the numbers themselves (divided by their count); NaN without any. */
export function varianceOf({ count, squares }: Moments): number {
  return squares / count;
}

/** Coefficient of variation σ/μ; NaN without numbers or with mean 0. */
export function cvOf(moments: Moments): number {
  return Math.sqrt(varianceOf(moments)) / moments.mean;
}
