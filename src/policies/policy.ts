/**
 * What a scaling policy is: state, what was seen, and now give replicas, the reasons and the next state.
 *
 * The closed loop of `replay/` advances the simulated pipeline to a policy's next tick, shows it what its system could
 * see, and applies what it decides. A policy knows nothing of the future and reads no clock. Time is an argument.
 * A state is handed to one tick only, so a policy may update its own in place and return it.
 */

import type { TunerPlan, TunerPlanOptions } from '../tuner/tuner-plan.js';

/** What may differ between two tuners of one plan. */
export type TunerChoices = Pick<TunerPlanOptions, 'rules' | 'tolerance' | 'settleMs'>;

/** What is known of a stage before the run begins. Nothing of it changes. */
export interface StageView {
  readonly stage: string;
  readonly hardware: string;
  /** Asked for at the start. */
  readonly replicas: number;
  readonly maxBatchSize: number;
  /** Bounds of what may be asked for. The loop clamps to them whatever a policy returns. */
  readonly fewestReplicas: number;
  readonly mostReplicas: number;
  /** Of one replica. */
  readonly costUsdPerHour: number;
  readonly activationDelayMs: number;
  /** s_m: mean items per query. */
  readonly scaleFactor: number;
  /** μ_m: items per second of one replica at the max batch size. */
  readonly throughputQps: number;
  /** Service time of a batch by its size, from 1 (index 0 is unused) to the largest measured size. */
  readonly serviceMs: readonly number[];
}

/** One replica that was asked for and not removed. */
export interface ReplicaSeen {
  /** −Infinity for the replicas of the start. */
  readonly askedAtMs: number;
  /** Undefined while it starts. −Infinity for the replicas of the start. */
  readonly readyAtMs: number | undefined;
}

/**
 * What can be seen of one stage: now, and since the policy's last tick, which is the interval (last tick, now]. Valid
 * until the next tick.
 */
export interface StageSeen {
  /** Items that entered, and items whose batch completed, in the interval. */
  readonly enteredItems: number;
  readonly completedItems: number;
  /** Now. */
  readonly queuedItems: number;
  readonly inServiceItems: number;
  /** Their integrals over the interval, in item-milliseconds. Divide by the interval for the mean. */
  readonly queuedItemMs: number;
  readonly inServiceItemMs: number;
  /** Now: replicas that may serve, replicas that still start, and their sum, which is what was asked for. */
  readonly readyReplicas: number;
  readonly startingReplicas: number;
  readonly askedReplicas: number;
  /** Every replica asked for, the longest ready first and the starting ones last. */
  readonly replicas: readonly ReplicaSeen[];
  /** Ready replicas, integrated over the interval, in replica-milliseconds. */
  readonly readyReplicaMs: number;
  /** Time that replicas spent on batches in the interval. Removed replicas count until their last batch ends. */
  readonly busyMs: number;
  /** Of the items completed in the interval, from entering the queue to completion; 0 when there are none. */
  readonly meanLatencyMs: number;
  readonly p99LatencyMs: number;
}

/** What can be seen of the pipeline's clients in the interval (last tick, now]. Valid until the next tick. */
export interface ArrivalsSeen {
  /** Queries that arrived. */
  readonly queries: number;
  /** Their instants, whole microseconds, ascending. */
  readonly arrivalsUs: Float64Array;
  /** Queries that ended: within the objective, and later than that or not at all. */
  readonly attained: number;
  readonly late: number;
}

/** Why a stage has the replicas it has: one line of `compare --explain`. */
export interface StageReason {
  /** What the policy went by, in its system's words: `concurrency`, `cpu utilization`, `rate`. */
  readonly metric: string;
  /** Undefined when there is no data. */
  readonly value: number | undefined;
  /** Replicas that the metric asks for before any limit. Undefined when the policy makes no proposal. */
  readonly proposal: number | undefined;
  /** The rule that made the decision differ from the proposal: `stabilization window`, `max-scale-up-rate`. */
  readonly limitedBy?: string;
}

/** What one tick comes to. */
export interface PolicyDecision<State> {
  /** Per stage, asked for from now on. Return the present ones (`askedReplicas`) to change nothing. */
  readonly replicas: readonly number[];
  /** Per stage; empty at a tick that only takes a sample. */
  readonly reasons: readonly StageReason[];
  readonly state: State;
  /** Per stage, the max batch size from the next batch on. Left out: as it is. */
  readonly maxBatchSizes?: readonly number[];
  /**
   * Ticks before this instant would repeat this decision as long as no query arrives, so the loop may skip them.
   * Infinity: until one arrives. Left out: every tick counts. Long holes in a trace then cost nothing.
   */
  readonly restsUntilMs?: number;
  /** Every stage starts no batch for this long: a job that is stopped, saved and restarted. */
  readonly stopMs?: number;
}

/** What a policy is asked at a tick. */
export interface PolicyInput<State> {
  readonly state: State;
  readonly nowMs: number;
  /** In the order of the pipeline. Empty for a policy that sees only arrivals. */
  readonly stages: readonly StageSeen[];
  readonly arrivals: ArrivalsSeen;
}

/** A scaling policy: a pure value (see the top of this file). */
export interface Policy<State> {
  readonly name: string;
  /** Ticks are at `firstTickMs`, `firstTickMs + tickMs`, … A policy that samples oftener than it decides ticks to sample. */
  readonly tickMs: number;
  readonly firstTickMs: number;
  /**
   * `arrivals`: it reads nothing of the stages and of ended queries, so the loop need not stop at its ticks. `stages`:
   * everything.
   */
  readonly sees: 'arrivals' | 'stages';
  start(stages: readonly StageView[]): State;
  decide(input: PolicyInput<State>): PolicyDecision<State>;
}

/** How a policy's target is chosen. */
export type TargetChoice =
  /** What its system ships, or the user's own number. */
  | { readonly kind: 'shipped' }
  /**
   * Such that the steady state at the planned mean rate has the planned replicas. `factor` multiplies that target: 2
   * asks for about half the replicas, 0.5 for twice as many.
   */
  | { readonly kind: 'matched'; readonly factor: number; readonly steady: readonly SteadyStage[] };

/** The mean of one stage over the planning trace, in the planned configuration. */
export interface SteadyStage {
  readonly replicas: number;
  readonly rateQps: number;
  /** Mean items in the queue, and in service. */
  readonly queuedItems: number;
  readonly inServiceItems: number;
  /** Busy time ÷ time of all replicas, in [0, 1]. */
  readonly utilisation: number;
}

/** What a policy is made from. */
export interface PolicyRequest<Own> {
  /** The user's own parameters (the policy's part of `--config`); undefined without. */
  readonly own: Own | undefined;
  readonly stages: readonly StageView[];
  readonly target: TargetChoice;
  /** The objective's latency, end to end. */
  readonly sloMs: number;
  /** The plan as the tuner keeps it, under other rules where given. */
  readonly tunerPlan: (choices: TunerChoices) => TunerPlan;
  /** In [0, 1): by which part of a tick the first one is put off, since the phase moves results. */
  readonly phase: number;
}

/** A policy by name, before it is made for a pipeline. */
export interface PolicyKind<Own> {
  /** As in `--policies`. */
  readonly name: string;
  /** One line for `--help` and the docs. */
  readonly summary: string;
  /** Whether `TargetChoice` makes a difference. */
  readonly hasTarget: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the loop hands a state back to the policy it came from, unread
  make(request: PolicyRequest<Own>): Policy<any>;
}
