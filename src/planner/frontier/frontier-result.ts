import type { Steadiness } from '../../envelope/steadiness.js';
import type { Configuration } from '../../model/configuration.js';
import type { Validated } from '../../model/plan/validated.js';
import type { Slo } from '../../model/slo.js';

/** The cheapest plan for one objective, or what is known of its cost. */
export interface FrontierPoint {
  readonly slo: Slo;
  /** Whether a plan was found. */
  readonly feasible: boolean;
  /** Whether the lower bound has met the cost; without a plan, whether it is proved that there is none. */
  readonly isProved: boolean;
  /** Nothing that holds costs less; absent where it is proved that nothing holds. */
  readonly lowerBoundUsdPerHour?: number;
  /** (cost − lower bound) ÷ cost. */
  readonly gapRatio?: number;
  readonly costUsdPerHour?: number;
  readonly stages?: Configuration;
  /** Cost of the cheapest configuration found that holds on the trace alone; absent when it is the plan itself. */
  readonly unpromisedCostUsdPerHour?: number;
  /** The plan's out-of-sample test; absent where none was asked for, or the caller ended the search. */
  readonly validated?: Validated;
  readonly reason?: string;
}

/** Cost against objective, tightest first. */
export interface Frontier {
  readonly points: readonly FrontierPoint[];
  /** Whether the rate of the planning trace is steady; absent where the trace is too short to say. */
  readonly steadiness?: Steadiness;
  /** Stage simulations run, whole or until pruned. */
  readonly simulations: number;
}

/** How far a frontier is. */
export interface FrontierState {
  readonly settled: number;
  readonly points: number;
  /** Of the objective that is searched at the moment. */
  readonly latencyMs: number;
  /** Its gap; undefined as long as there is no plan. */
  readonly gapRatio: number | undefined;
}
