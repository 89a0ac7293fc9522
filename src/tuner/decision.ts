/** What the tuner decides, and why. */
import type { LimitName } from './tuner-limits.js';

/** The window that caused a decision. */
export interface BindingWindow {
  readonly windowMs: number;
  /** Arrivals in it, and their rate. */
  readonly queries: number;
  readonly rateQps: number;
  /** What the planning trace had at most in a window of that width; absent for a width the plan does not know. */
  readonly plannedQps?: number;
}

/** Replicas of one stage before and after. */
export interface StageChange {
  readonly stage: string;
  readonly from: number;
  readonly to: number;
  /** What the traffic asks for; more than `to`, or with `fewest replicas` less. */
  readonly asked: number;
  readonly limitedBy?: LimitName;
}

/**
 * `beyond the envelope`: traffic that the plan was not made for. `back to the plan`: traffic within the envelope, but
 * too much for stages with fewer replicas than planned. `fewest replicas`: the traffic needs no more, but a limit asks
 * for more. `less traffic`: the last 30 s need fewer replicas than are present.
 */
export type ChangeReason = 'beyond the envelope' | 'back to the plan' | 'fewest replicas' | 'less traffic';

/** Why nothing changes. */
export type HoldReason =
  /** The replicas are as many as the traffic needs. */
  | 'as needed'
  /** Arrivals are unknown up to now. */
  | 'no data'
  /** A change is less than 15 s old. */
  | 'just changed'
  /** Arrivals are unknown for some of the last 30 s, so nothing is removed. */
  | 'data too young'
  /** The live system does not say how many replicas it has, so nothing is removed. */
  | 'replicas unknown'
  /** The traffic asks for more than the limits allow. */
  | 'limited'
  /** A removal would make too many queries of the last minute late. */
  | 'refused';

/** Replicas change at one stage or more. */
export interface Change {
  readonly kind: 'up' | 'down';
  /** On the clock of the arrivals. */
  readonly atMs: number;
  readonly reason: ChangeReason;
  readonly window: BindingWindow;
  /** Stages that change, and stages that a limit kept from it, in the order of the plan. */
  readonly changes: readonly StageChange[];
}

/** Nothing changes, and why. */
export interface Hold {
  readonly kind: 'hold';
  readonly reason: HoldReason;
  /**
   * When `limited`: what is asked for, and the limit. When `refused`: the refused changes. When `as needed`: the stages
   * that only the limit of fewest replicas keeps from a removal.
   */
  readonly changes?: readonly StageChange[];
}

/** What one check comes to. */
export type TunerDecision = Change | Hold;

/** What one decision hands to the next. Everything else follows from the plan and the arrivals. */
export interface TunerState {
  /** Per stage, replicas asked for; those still activating count. */
  readonly replicas: readonly number[];
  /** Last change of any stage, by anybody; the start counts as one. */
  readonly lastChangeMs: number;
  /** Per stage, when replicas were last added; null if never. */
  readonly lastRaiseMs: readonly (number | null)[];
  /** Per stage, until when a number set by hand stands; null when none does. */
  readonly handUntilMs: readonly (number | null)[];
}

/** The state at the start: these replicas, unchanged since `nowMs`. */
export function firstState(replicas: readonly number[], nowMs: number): TunerState {
  const none = replicas.map(() => null);
  return { replicas, lastChangeMs: nowMs, lastRaiseMs: none, handUntilMs: none };
}
