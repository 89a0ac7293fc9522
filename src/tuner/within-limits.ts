/**
 * Numbers of replicas that come from outside (a journal, a live system, a hand) pass through the limits of the run, as
 * what the tuner decides does.
 */
import { ownValue } from '../model/notation/own-value.js';
import { microUsd, usdFromMicro } from '../units.js';
import { allotRaise } from './allotment.js';
import type { LimitName, TunerLimits } from './tuner-limits.js';
import { DEFAULT_GROWTH, type TunedStage, type TunerPlan } from './tuner-plan.js';

/** A number from outside that a limit made smaller. */
export interface Capped {
  readonly stage: string;
  readonly asked: number;
  readonly replicas: number;
  readonly limitedBy: LimitName;
}

export interface WithinLimits {
  /** Per stage. */
  readonly replicas: readonly number[];
  readonly capped: readonly Capped[];
}

/**
 * What the limits leave of `asked`. A stage keeps what is present up to its planned replicas, and its fewest ones. What
 * is asked for beyond that goes replica by replica, as far as every limit but the largest step allows (`allotRaise`).
 * Worked: planned 1, present 1, asked 50 and at most 2 of a stage gives 2; a stage with 50 present is brought back to 2
 * as well; a stage with 3 planned and present keeps its 3.
 */
export function withinLimits(
  { stages, limits }: TunerPlan,
  { present, asked }: { readonly present: readonly number[]; readonly asked: readonly number[] },
): WithinLimits {
  const wanted = stages.map(({ stage }, s) => {
    return Math.max(asked[s]!, Math.min(present[s]!, ownValue(limits.fewestReplicas, stage) ?? 1));
  });
  const kept = stages.map(({ stage, replicas }, s) => {
    return Math.min(Math.max(replicas, ownValue(limits.fewestReplicas, stage) ?? 1), present[s]!, wanted[s]!);
  });
  const allotted = allotRaise(stages, { ...limits, largestStep: undefined }, { present: kept, asked: wanted });
  return {
    replicas: allotted.map(({ replicas }) => replicas),
    capped: allotted.flatMap(({ replicas, limitedBy }, s) =>
      limitedBy === undefined ? [] : [{ stage: stages[s]!.stage, asked: asked[s]!, replicas, limitedBy }],
    ),
  };
}

/**
 * Most that replicas may cost where no option says it: the multiple of the plan's cost that `--max-growth` allows each
 * stage. A live run has a ceiling under any rules.
 */
export function spendCeiling(
  stages: readonly Pick<TunedStage, 'replicas' | 'costUsdPerHour'>[],
  { largestGrowth = DEFAULT_GROWTH }: Pick<TunerLimits, 'largestGrowth'>,
): number {
  const planned = stages.reduce((sum, { replicas, costUsdPerHour }) => sum + replicas * microUsd(costUsdPerHour), 0);
  return usdFromMicro(Math.floor(planned * largestGrowth));
}
