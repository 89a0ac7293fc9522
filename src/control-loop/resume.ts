/** How a run begins: with what the live system says, and what an earlier run wrote down. */
import type { ScalingTarget, StageReplicas } from '../backends/contracts/scaling-target.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import { withinLimits } from '../tuner/within-limits.js';
import type { ResumePoint } from './journal.js';
import { type LoopClock, retryAfterMs } from './loop-clock.js';
import { cappedEvents, type LoopEvent } from './loop-event.js';
import type { LoopOptions } from './loop-options.js';
import { isForeign, problemOf } from './trouble.js';

/**
 * Replicas of the live system, once it answers, in the order of `stages`; undefined when the signal comes first.
 * @throws BackendError when something else answers there than what the plan is for
 */
export async function readFirst(
  { target, clock, random, signal, onEvent }: Reading,
  stages: readonly string[],
): Promise<readonly StageReplicas[] | undefined> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const found = await target.readReplicas({ signal });
      return stages.map((stage) => found.find((one) => one.stage === stage)!);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (isForeign(error)) throw error;
      const retryMs = retryAfterMs(++failures, random);
      onEvent({ kind: 'read-failed', problem: problemOf(error), retryMs });
      await clock.pause(retryMs, signal);
    }
  }
  return undefined;
}

interface Reading {
  readonly target: ScalingTarget;
  readonly clock: LoopClock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  onEvent(event: LoopEvent): void;
}

/** What a run begins with. */
export interface LoopStart {
  /** Per stage, within the limits of this run. */
  readonly replicas: readonly number[];
  /** With those replicas; undefined when there is nothing to go on from. */
  readonly resume: ResumePoint | undefined;
  /** What the limits made smaller. */
  readonly events: readonly LoopEvent[];
}

/** @param found per stage, what the live system was told to have */
export function loopStart(
  { resume, plan, handHoldMs }: Pick<LoopOptions, 'resume' | 'plan' | 'handHoldMs'>,
  found: readonly number[],
): LoopStart {
  const point = resume && resumedWith(resume, found, { handHoldMs, plan });
  const allowed = withinLimits(plan, { present: found, asked: point?.state.replicas ?? found });
  const { replicas } = allowed;
  return {
    replicas,
    resume: point && { ...point, state: { ...point.state, replicas } },
    events: cappedEvents(allowed, point === undefined ? 'the live system' : 'the journal'),
  };
}

/**
 * The resume point, corrected by what the live system has. A stage with the number last confirmed or last decided
 * continues from the decision, and what was not carried out will be, by the largest step of this run at most. Any other
 * number was set by somebody else meanwhile, and stands for `handHoldMs`.
 */
function resumedWith(
  point: ResumePoint,
  found: readonly number[],
  { handHoldMs, plan }: { handHoldMs: number; plan: Pick<TunerPlan, 'limits'> },
): ResumePoint {
  const isForeign = found.map((count, s) => count !== point.applied[s] && count !== point.state.replicas[s]);
  const nowMs = point.checkedMs ?? 0;
  const { state } = point;
  const step = plan.limits.largestStep ?? Number.POSITIVE_INFINITY;
  const decided = state.replicas.map((count, s) => Math.min(found[s]! + step, Math.max(found[s]! - step, count)));
  if (!isForeign.includes(true)) return { ...point, applied: found, state: { ...state, replicas: decided } };
  return {
    ...point,
    applied: found,
    state: {
      ...state,
      replicas: decided.map((count, s) => (isForeign[s] ? found[s]! : count)),
      lastChangeMs: nowMs,
      handUntilMs: state.handUntilMs.map((untilMs, s) => (isForeign[s] ? nowMs + handHoldMs : untilMs)),
    },
  };
}
