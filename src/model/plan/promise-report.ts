import type { TrafficModel } from './traffic-model.js';

/** The out-of-sample test of a configuration on fresh traffic. Attainments are fractions of queries, in [0, 1]. */
export interface PromiseReport {
  readonly traffic: TrafficModel;
  /** Fresh draws simulated, and the queries of each. */
  readonly replications: number;
  readonly queriesPerDraw: number;
  readonly meanAttainment: number;
  /** One-sided 95 % lower confidence bound on the mean attainment. */
  readonly lowerBound: number;
  /** Standard deviation of the attainment from one draw to another. */
  readonly spread: number;
  /** The objective's percentile as a fraction. */
  readonly target: number;
  /** Whether the lower bound reaches the target. */
  readonly holds: boolean;
}
