/** A policy that changes nothing: the plan, fixed. */
import { atLeastOne } from '../tuner/tuner-plan.js';
import type { Policy, PolicyKind } from './policy.js';

/** One tick an hour: nothing is decided, so oftener would only cost time. */
const TICK_MS = 3_600_000;

export const FIXED: PolicyKind<never> = {
  name: 'fixed',
  summary: 'the planned replicas, unchanged',
  hasTarget: true,
  make({ stages, target }) {
    const factor = target.kind === 'matched' ? target.factor : 1;
    return fixedPolicy(stages.map(({ replicas }) => atLeastOne(replicas / factor)));
  },
};

/** The same replicas all the time, from the first tick on. */
export function fixedPolicy(replicas: readonly number[]): Policy<null> {
  return {
    name: FIXED.name,
    tickMs: TICK_MS,
    firstTickMs: 0,
    sees: 'arrivals',
    start: () => null,
    decide: () => ({ replicas, reasons: [], state: null }),
  };
}
