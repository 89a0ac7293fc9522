/** Bounds on values in files. Within them the estimator's whole microseconds stay exact. */

/** One microsecond, the smallest time that the estimator can count. */
export const SHORTEST_MS = 0.001;

/** One day. A longer service time or objective has the wrong unit. */
export const LONGEST_MS = 86_400_000;

export const MOST_STAGES = 1000;
export const LARGEST_BATCH = 1_000_000;
export const MOST_REPLICAS = 1_000_000;
