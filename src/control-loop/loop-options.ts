/** What the control loop is given: the plan, the two ends of the live system, time, and where it reports. */
import type { ArrivalSource } from '../backends/contracts/arrival-source.js';
import type { ScalingTarget } from '../backends/contracts/scaling-target.js';
import type { Plan } from '../model/plan/plan.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import type { ReviewChange } from '../tuner/tuner-session.js';
import type { Journal, ResumePoint } from './journal.js';
import type { LoopClock } from './loop-clock.js';
import type { LoopEvent } from './loop-event.js';

export interface LoopOptions {
  readonly plan: TunerPlan;
  readonly planSha256: string;
  /** The whole plan, to look for drift from it; without it the loop looks for none. */
  readonly drift?: Plan;
  /**
   * Milliseconds that the profile gives a batch of `items` at a stage (its index in the plan); undefined for larger
   * batches.
   */
  readonly expectedMs?: (stage: number, items: number) => number | undefined;
  readonly source: ArrivalSource;
  readonly target: ScalingTarget;
  readonly clock: LoopClock;
  /** Spreads retries; no decision depends on it. */
  readonly random: () => number;
  readonly isApplying: boolean;
  readonly intervalMs: number;
  /** How long a number set by hand stands. */
  readonly handHoldMs: number;
  readonly review?: ReviewChange | undefined;
  readonly journal: Journal;
  readonly resume: ResumePoint | undefined;
  /** See `IntakeOptions`. */
  readonly isTraceClock?: boolean;
  readonly signal: AbortSignal;
  onEvent(event: LoopEvent): void;
  /**
   * The traffic has left the plan. Called with the arrivals of the last quarter of an hour, in µs from the first of
   * them.
   */
  onDrift?(recentUs: Float64Array): void;
}
