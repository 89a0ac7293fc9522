/** A tail-latency objective: at least `percentile` per cent of queries end within `latencyMs`. */
export interface Slo {
  readonly latencyMs: number;
  /** In (0, 100], at most four decimals, so that counts of queries are exact. */
  readonly percentile: number;
}

const PARTS_PER_PERCENT = 10_000;

/** How many of `queries` must be on time: ⌈queries · percentile / 100⌉, exactly (docs/invariants.md, R8). */
export function requiredOnTime(queries: number, percentile: number): number {
  const parts = Math.round(percentile * PARTS_PER_PERCENT);
  return Math.ceil((queries * parts) / (100 * PARTS_PER_PERCENT));
}

/** How many of `queries` may miss the objective. */
export function allowedMisses(queries: number, percentile: number): number {
  return queries - requiredOnTime(queries, percentile);
}
