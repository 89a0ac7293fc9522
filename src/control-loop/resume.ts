/** How a run begins: from what the live system says, and from what an earlier run wrote down. */
import type { ScalingTarget, StageReplicas } from '../backends/contracts/scaling-target.js';
import type { ResumePoint } from './journal.js';
import { type LoopClock, problemOf, retryAfterMs } from './loop-clock.js';
import type { LoopEvent } from './loop-event.js';

/** What the live system has, as soon as it answers; undefined when the signal comes first. In the order of `stages`. */
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
 * The resume point as the live system lets it stand. A stage that has what was last confirmed, or what was last decided, goes on from the decision: what
 * was not carried out will be. One that has another number was changed by somebody else meanwhile, and that number stands for a while.
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
