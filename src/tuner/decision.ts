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

export interface StageChange {
  readonly stage: string;
  readonly from: number;
  readonly to: number;
  /** What the traffic asks for. */
  readonly asked: number;
  readonly limitedBy?: LimitName;
}

/**
 * `beyond the envelope`: traffic that the plan was not made for. `back to the plan`: traffic within the envelope, but too much for stages that have fewer
 * replicas than planned. `less traffic`: what the last 30 s need is less than what is there.
 */
export type ChangeReason = 'beyond the envelope' | 'back to the plan' | 'less traffic';

export type HoldReason =
  /** Nothing is missing, nothing is too much. */
  | 'as needed'
  /** Arrivals are not known up to now. */
  | 'no data'
  /** A change is less than 15 s old. */
  | 'just changed'
  /** Arrivals are not known for all of the last 30 s, so nothing is removed. */
  | 'data too young'
  /** More is asked for than the limits allow. */
  | 'limited'
  /** A removal would have made too many queries of the last minute late. */
  | 'refused';

export interface Change {
  readonly kind: 'up' | 'down';
  /** On the clock of the arrivals. */
  readonly atMs: number;
  readonly reason: ChangeReason;
  readonly window: BindingWindow;
  /** Stages that change, in the order of the plan, and those that a limit kept from it. */
  readonly changes: readonly StageChange[];
}

export interface Hold {
  readonly kind: 'hold';
  readonly reason: HoldReason;
  /** When `limited`: what is asked for, and what keeps it back. When `refused`: what was. */
  readonly changes?: readonly StageChange[];
}

export type TunerDecision = Change | Hold;

/** What a decision leaves for the next one. Everything else follows from the plan and the arrivals. */
export interface TunerState {
  /** Per stage, replicas asked for so far: those still activating count. */
  readonly replicas: readonly number[];
  /** Of any stage, whoever made it; the start counts as one. */
  readonly lastChangeMs: number;
  /** Per stage, when replicas were last added; undefined if never. */
  readonly lastRaiseMs: readonly (number | null)[];
  /** Per stage, until when a number set by hand stands; null when none does. */
  readonly handUntilMs: readonly (number | null)[];
}

/** The state to start from: so many replicas, and nothing changed since `nowMs`. */
export function firstState(replicas: readonly number[], nowMs: number): TunerState {
  const none = replicas.map(() => null);
  return { replicas, lastChangeMs: nowMs, lastRaiseMs: none, handUntilMs: none };
}
