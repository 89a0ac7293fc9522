/** What follows when somebody else sets replicas: the numbers stand for a while, as far as the limits allow them. */
import { afterHandChange } from '../tuner/decide.js';
import type { TunerState } from '../tuner/decision.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import { withinLimits } from '../tuner/within-limits.js';
import { cappedEvents, type LoopEvent } from './loop-event.js';

/** @param numbers per stage, what the live system was told to have */
export function takeHandChange(
  plan: TunerPlan,
  before: TunerState,
  { numbers, nowMs, holdMs }: { readonly numbers: readonly number[]; readonly nowMs: number; readonly holdMs: number },
): { readonly state: TunerState; readonly events: readonly LoopEvent[] } {
  const allowed = withinLimits(plan, { present: numbers, asked: numbers });
  const changed = afterHandChange(before, { found: numbers, nowMs, holdMs });
  const changes = numbers.flatMap((to, s): LoopEvent[] => {
    const from = before.replicas[s]!;
    if (from === to) return [];
    return [{ kind: 'changed-by-hand', stage: plan.stages[s]!.stage, from, to, untilMs: nowMs + holdMs }];
  });
  return {
    state: { ...changed, replicas: allowed.replicas },
    events: [...changes, ...cappedEvents(allowed, 'a hand')],
  };
}
