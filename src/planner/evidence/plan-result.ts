import type { Steadiness } from '../../envelope/steadiness.js';
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import type { Plan } from '../../model/plan/plan.js';
import type { SimulationResult } from '../../simulation/simulation-result.js';

/** The planner's steps: Algorithm 1 initialises and adds replicas, Algorithm 2 tries the other three. */
export type MoveKind = 'Initialize' | 'AddReplica' | 'IncreaseBatch' | 'RemoveReplica' | 'DowngradeHW';

/** One step the search looked at, and what became of it. */
export interface TriedMove {
  /** 0 is the initialisation; each round after it keeps at most one move. */
  readonly round: number;
  readonly move: MoveKind;
  readonly stage: string;
  readonly from: StageConfiguration;
  /** Absent when the move does not exist here (no larger batch, a single replica, no cheaper hardware). */
  readonly to?: StageConfiguration;
  /** Cost of the whole configuration after the move. */
  readonly costUsdPerHour?: number;
  readonly outcome: 'kept' | 'dropped';
  /** On the whole trace, where it was asked for and simulated. */
  readonly sloAttainment?: number;
  readonly reason: string;
}

/** A plan among the cheapest: what it runs, and what it costs (whole instances, where those are priced). */
export interface RankedPlan {
  readonly costUsdPerHour: number;
  readonly stages: Configuration;
}

/** The cheapest plans in rising cost, without those that only add replicas to another of them. */
export interface Ranking {
  readonly plans: readonly RankedPlan[];
  /** Whether nothing else that holds costs less than the last. */
  readonly isProved: boolean;
  /** Nothing that holds and is not listed costs less. */
  readonly lowerBoundUsdPerHour: number;
}

/**
 * The cheapest plan with a stage on other hardware than planned, or, without a stage, where a kind of hardware is left
 * out.
 */
export interface WhatIf {
  readonly hardware: string;
  readonly stage?: string;
  /** Whether nothing cheaper holds; without a plan, whether nothing holds at all. */
  readonly isProved: boolean;
  readonly lowerBoundUsdPerHour?: number;
  readonly gapRatio?: number;
  readonly costUsdPerHour?: number;
  readonly stages?: Configuration;
  /** Why there is no plan. */
  readonly reason?: string;
}

/**
 * Cost of a good plan that runs every stage it can on one kind of hardware, and the others on what the plan gives them.
 */
export interface Yardstick {
  readonly hardware: string;
  /** Stages that are profiled on it. */
  readonly stages: number;
  readonly costUsdPerHour?: number;
  /** Why there is no such plan. */
  readonly reason?: string;
}

/** A plan that holds, with what was found beside it. */
export interface FeasiblePlan {
  readonly feasible: true;
  readonly plan: Plan;
  readonly simulation: SimulationResult;
  /** Whether the rate of the planning trace is steady; absent where the trace is too short to say. */
  readonly steadiness?: Steadiness;
  readonly moves: readonly TriedMove[];
  /**
   * Stage simulations run, whole or until pruned. Absent where several processes searched: the number depends on their
   * speed.
   */
  readonly simulations?: number;
  readonly yardsticks: readonly Yardstick[];
  /** What other hardware would cost, where it was asked for. */
  readonly whatIfs?: readonly WhatIf[];
  /** The cheapest plans, where they were asked for. */
  readonly ranked?: Ranking;
  /** Cost of the paper's search, where it was asked for. */
  readonly greedyCostUsdPerHour?: number;
}

/** No configuration was found: an answer, not an error. */
export interface InfeasiblePlan {
  readonly feasible: false;
  /** The stage that takes most of the latency that cannot be avoided. Absent where the search was stopped too early. */
  readonly bindingStage?: string;
  /**
   * Planning at it succeeds. Absent where no objective can be met, or none was found that passes the out-of-sample
   * test.
   */
  readonly smallestSloMs?: number;
  /** Present where no objective was found that passes the out-of-sample test: one that the trace alone allows. */
  readonly sloOnTraceMs?: number;
  /** Present where the search for the smallest was cut short: no objective below this can be met. */
  readonly sloLowerBoundMs?: number;
  /** Meets the smallest objective. Absent where no configuration is within the limits. */
  readonly bestConfiguration?: Configuration;
  /** Of the best configuration, at the objective that was asked for. */
  readonly sloAttainment?: number;
  /** Whether the rate of the planning trace is steady; absent where the trace is too short to say. */
  readonly steadiness?: Steadiness;
  readonly reason: string;
  readonly moves: readonly TriedMove[];
  /** As of a plan. */
  readonly simulations?: number;
}

/** What planning comes to: a plan, or why there is none. */
export type PlanResult = FeasiblePlan | InfeasiblePlan;
