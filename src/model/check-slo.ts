/** Whether a number can be a percentile: in (0, 100], at most four decimals, so that counts of queries are exact. */
export function isPercentile(value: number): boolean {
  return value > 0 && value <= 100 && Number(value.toFixed(4)) === value;
}
