/** What happens while the tuner drives a live system, for plain lines, `--json`, metrics and the panel. */
import type { StageReplicas } from '../backends/contracts/scaling-target.js';
import type { Change } from '../tuner/decision.js';
import type { DriftFinding } from '../tuner/drift/find-drift.js';
import type { BoundLimit } from '../tuner/limit-tally.js';
import type { LimitEvent } from '../tuner/limit-watch.js';
import type { TunerLimits } from '../tuner/tuner-limits.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import type { Capped, WithinLimits } from '../tuner/within-limits.js';

export type LoopEvent =
  | {
      readonly kind: 'started';
      readonly stages: readonly StartedStage[];
      readonly isResumed: boolean;
      readonly limits: TunerLimits;
    }
  | { readonly kind: 'decision'; readonly decision: Change; readonly isApplied: boolean }
  | LimitEvent
  /** The live system has these replicas ready. */
  | { readonly kind: 'applied'; readonly stage: string; readonly replicas: number; readonly activationMs: number }
  /** The live system failed to set a stage; the tuner tries again. */
  | {
      readonly kind: 'apply-failed';
      readonly stage: string;
      readonly replicas: number;
      readonly problem: string;
      readonly retryMs: number;
    }
  | { readonly kind: 'read-failed'; readonly problem: string; readonly retryMs: number }
  | { readonly kind: 'arrivals-failed'; readonly problem: string; readonly retryMs: number }
  /** The source has no arrivals for now, and keeps looking. */
  | { readonly kind: 'arrivals-unknown'; readonly problem: string }
  /** The source found an oddity in its data, and corrects it. */
  | { readonly kind: 'arrivals-corrected'; readonly note: string }
  | { readonly kind: 'arrivals-back' }
  /** Arrivals in (fromMs, toMs] are not known. */
  | { readonly kind: 'gap'; readonly fromMs: number; readonly toMs: number }
  /** The clock of the arrivals restarted, and so did the live system. */
  | { readonly kind: 'clock-restarted'; readonly atMs: number }
  /** The clock of the arrivals, which is not the live system's, was set back. */
  | { readonly kind: 'clock-set-back'; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'changed-by-hand';
      readonly stage: string;
      readonly from: number;
      readonly to: number;
      readonly untilMs: number;
    }
  /** A number that came from outside is more than the limits of this run allow. */
  | ({ readonly kind: 'kept-within-limits'; readonly by: Outsider } & Capped)
  /** Why the traffic has left the plan for good; no findings when it has come back. */
  | { readonly kind: 'drift'; readonly findings: readonly DriftFinding[] }
  /** A new plan for the recent arrivals: whether the tuner adopts it, and if not, why. */
  | { readonly kind: 'replanned'; readonly path: string; readonly isAdopted: boolean; readonly reason: string }
  | { readonly kind: 'replan-failed'; readonly problem: string }
  | {
      readonly kind: 'ended';
      readonly left: readonly StartedStage[] | undefined;
      readonly bound: readonly BoundLimit[];
    };

/** Who says a number of replicas that the tuner did not decide on. */
export type Outsider = 'the journal' | 'the live system' | 'a hand';

export interface StartedStage {
  readonly stage: string;
  readonly planned: number;
  readonly wanted: number;
  readonly ready: number;
}

/** A reading of the live system beside the plan, in the plan's order. */
export function startedStages(plan: TunerPlan, read: readonly StageReplicas[]): StartedStage[] {
  return read.map(({ stage, wanted, ready }, s) => ({ stage, planned: plan.stages[s]!.replicas, wanted, ready }));
}

export function cappedEvents({ capped }: WithinLimits, by: Outsider): LoopEvent[] {
  return capped.map((one) => ({ kind: 'kept-within-limits', by, ...one }));
}
