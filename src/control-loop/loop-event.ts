/** What happens while the tuner drives a live system, one value each: for plain lines, `--json`, metrics and the panel. */
import type { Change } from '../tuner/decision.js';
import type { DriftFinding } from '../tuner/drift/find-drift.js';

export type LoopEvent =
  | { readonly kind: 'started'; readonly stages: readonly StartedStage[]; readonly isResumed: boolean }
  | { readonly kind: 'decision'; readonly decision: Change; readonly isApplied: boolean }
  /** The live system has so many replicas ready. */
  | { readonly kind: 'applied'; readonly stage: string; readonly replicas: number; readonly activationMs: number }
  /** What was asked of the live system failed; it is asked again, unless nothing but a person can help. */
  | {
      readonly kind: 'apply-failed';
      readonly stage: string;
      readonly replicas: number;
      readonly problem: string;
      readonly retryMs: number;
    }
  | { readonly kind: 'read-failed'; readonly problem: string; readonly retryMs: number }
  | { readonly kind: 'arrivals-failed'; readonly problem: string; readonly retryMs: number }
  | { readonly kind: 'arrivals-back' }
  /** Arrivals in (fromMs, toMs] are not known. */
  | { readonly kind: 'gap'; readonly fromMs: number; readonly toMs: number }
  /** The clock of the arrivals began anew: the live system was started again. */
  | { readonly kind: 'clock-restarted'; readonly atMs: number }
  | {
      readonly kind: 'changed-by-hand';
      readonly stage: string;
      readonly from: number;
      readonly to: number;
      readonly untilMs: number;
    }
  /** The traffic has left the plan for good: why, or nothing any more. */
  | { readonly kind: 'drift'; readonly findings: readonly DriftFinding[] }
  /** Another plan was made for the recent arrivals; whether the tuner goes on with it, and why not. */
  | { readonly kind: 'replanned'; readonly path: string; readonly isAdopted: boolean; readonly reason: string }
  | { readonly kind: 'replan-failed'; readonly problem: string }
  | { readonly kind: 'ended'; readonly left: readonly StartedStage[] | undefined };

export interface StartedStage {
  readonly stage: string;
  readonly planned: number;
  readonly wanted: number;
  readonly ready: number;
}
