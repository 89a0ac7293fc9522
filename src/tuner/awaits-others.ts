/**
 * Replicas that are to go may still be there, because the request hangs, fails or is under way. Limits that stages
 * share (an inventory, the cost) must hold meanwhile, so an addition waits for them.
 */
import { allotRaise } from './allotment.js';
import type { TunerPlan } from './tuner-plan.js';

/** What one stage may have at the moment. */
export interface Outstanding {
  readonly wanted: number;
  /** The most that the live system may have of it, by all that it was asked for since it last confirmed a number. */
  readonly most: number;
}

/**
 * Whether stage number `s` can have its wanted replicas only once other stages have given up theirs. It does not wait
 * for what the limits refuse anyway.
 */
export function awaitsOthers({ stages, limits }: TunerPlan, s: number, outstanding: readonly Outstanding[]): boolean {
  const { wanted } = outstanding[s]!;
  const room = (count: (one: Outstanding) => number) => {
    const present = outstanding.map((one, i) => (i === s ? 0 : count(one)));
    const asked = present.map((own, i) => (i === s ? wanted : own));
    return allotRaise(stages, { ...limits, largestStep: undefined }, { present, asked })[s]!.replicas;
  };
  return room(({ most }) => most) < room((one) => Math.min(one.wanted, one.most));
}
