/** Bounds on what a file may say, so that the estimator's whole microseconds stay exact. */

/** The estimator counts whole microseconds: less than this is no time at all. */
export const SHORTEST_MS = 0.001;

/** One day: longer service times or objectives are slips of a unit. */
export const LONGEST_MS = 86_400_000;

export const MOST_STAGES = 1000;
export const LARGEST_FAN_OUT = 65_535;
export const LARGEST_BATCH = 1_000_000;
export const MOST_REPLICAS = 1_000_000;
