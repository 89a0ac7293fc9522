import type { TrafficModel } from './traffic-model.js';

/** What fresh traffic says of a configuration. Attainments are fractions of queries, in [0, 1]. */
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
  /** What the objective asks for. */
  readonly target: number;
  /** Whether the lower bound reaches the target. */
  readonly holds: boolean;
}
