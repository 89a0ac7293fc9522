/** How a run begins: with what the live system says, and what an earlier run wrote down. */
import type { ScalingTarget, StageReplicas } from '../backends/contracts/scaling-target.js';
import type { ResumePoint } from './journal.js';
import { type LoopClock, problemOf, retryAfterMs } from './loop-clock.js';
import type { LoopEvent } from './loop-event.js';

/** Replicas of the live system, once it answers, in the order of `stages`; undefined when the signal comes first. */
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

/**
 * The resume point, corrected by what the live system has. A stage with the number last confirmed or last decided
 * continues from the decision, and what was not carried out will be. Any other number was set by somebody else
 * meanwhile, and stands for `handHoldMs`.
 */
export function resumedWith(
  point: ResumePoint,
  found: readonly number[],
  { handHoldMs }: { handHoldMs: number },
): ResumePoint {
  const isForeign = found.map((count, s) => count !== point.applied[s] && count !== point.state.replicas[s]);
  const nowMs = point.checkedMs ?? 0;
  const { state } = point;
  if (!isForeign.includes(true)) return { ...point, applied: found };
  return {
    ...point,
    applied: found,
    state: {
      ...state,
      replicas: state.replicas.map((count, s) => (isForeign[s] ? found[s]! : count)),
      lastChangeMs: nowMs,
      handUntilMs: state.handUntilMs.map((untilMs, s) => (isForeign[s] ? nowMs + handHoldMs : untilMs)),
    },
  };
}
