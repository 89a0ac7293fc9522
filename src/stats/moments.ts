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

/** Variance of the numbers themselves (divided by their count); NaN without any. */
export function varianceOf({ count, squares }: Moments): number {
  return squares / count;
}

/** Coefficient of variation σ/μ; NaN without numbers or with mean 0. */
export function cvOf(moments: Moments): number {
  return Math.sqrt(varianceOf(moments)) / moments.mean;
}
