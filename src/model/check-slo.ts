const LEAST_PERCENTILE = 1;
const MOST_DECIMALS = 4;

/** Whether a number can be a percentile: in [1, 100], at most four decimals, so that counts of queries are exact. */
export function isPercentile(value: number): boolean {
  return value >= LEAST_PERCENTILE && value <= 100 && Number(value.toFixed(MOST_DECIMALS)) === value;
}

/** What a percentile must be, for an error about `given`. A share such as 0.99 most likely stands for a percentile. */
export function percentileRule(given: unknown): string {
  const rule = `from ${LEAST_PERCENTILE} to 100, with at most four decimals, such as 99 or 99.9`;
  const meant = Number((Number(given) * 100).toFixed(MOST_DECIMALS));
  return meant < 100 && isPercentile(meant) ? `${rule} (did you mean ${meant}?)` : rule;
}
