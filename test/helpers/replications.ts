/** Four standard errors on each side: with fixed seeds a test never flickers, and a wrong law is many errors away. */
const STANDARD_ERRORS = 4;

/** Interval around the mean of independent replications, from their own spread. */
export function intervalOf(values: readonly number[]): { low: number; high: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  return { low: mean - STANDARD_ERRORS * error, high: mean + STANDARD_ERRORS * error };
}
