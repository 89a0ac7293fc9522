/** How replicas are divided among stages when the limits allow fewer than the traffic asks for. */

import { ownValue } from '../model/notation/own-value.js';
import { microUsd } from '../units.js';
import type { LimitName, TunerLimits } from './tuner-limits.js';
import type { TunedStage } from './tuner-plan.js';

/** No plan has more replicas of a stage. It bounds the work of a check under rules that have no other limit. */
const MOST_REPLICAS = 1_000_000;

/** Replicas that a stage may have, and the limit that keeps it below what it asked for. */
export interface Allotment {
  readonly replicas: number;
  readonly limitedBy?: LimitName;
}

/**
 * Raises each stage from `present` towards a larger `asked`, as far as every limit allows. Replicas go one at a time to
 * the stage with the smallest share of what it asks for; the first stage wins a tie.
 */
export function allotRaise(
  stages: readonly TunedStage[],
  limits: TunerLimits,
  { present, asked }: { present: readonly number[]; asked: readonly number[] },
): Allotment[] {
  const replicas = [...present];
  const limitedBy = new Map<number, LimitName>();
  const open = new Set([...stages.keys()].filter((s) => asked[s]! > present[s]!));
  const used = new Map<string, number>();
  let cost = 0;
  stages.forEach(({ hardware, costUsdPerHour }, s) => {
    used.set(hardware, (used.get(hardware) ?? 0) + present[s]!);
    cost += present[s]! * microUsd(costUsdPerHour);
  });
  const most = limits.mostUsdPerHour === undefined ? Number.POSITIVE_INFINITY : microUsd(limits.mostUsdPerHour);
  while (open.size > 0) {
    const next = [...open].reduce((a, b) => (replicas[b]! * asked[a]! < replicas[a]! * asked[b]! ? b : a));
    const { hardware, costUsdPerHour } = stages[next]!;
    const limit = firstLimit([
      ...ownLimits(stages[next]!, limits, replicas[next]!),
      ['inventory', used.get(hardware)! >= (ownValue(limits.inventory, hardware) ?? Number.POSITIVE_INFINITY)],
      ['largest step', replicas[next]! - present[next]! >= (limits.largestStep ?? Number.POSITIVE_INFINITY)],
      ['spend limit', cost + microUsd(costUsdPerHour) > most],
    ]);
    if (limit !== undefined) {
      limitedBy.set(next, limit);
      open.delete(next);
      continue;
    }
    replicas[next]!++;
    used.set(hardware, used.get(hardware)! + 1);
    cost += microUsd(costUsdPerHour);
    if (replicas[next] === asked[next]) open.delete(next);
  }
  return replicas.map((count, s) => {
    const limit = limitedBy.get(s);
    return { replicas: count, ...(limit === undefined ? {} : { limitedBy: limit }) };
  });
}

/** Limits of one stage: the number given for it, or its growth over the plan. */
function ownLimits(stage: TunedStage, limits: TunerLimits, replicas: number): Check[] {
  const ceiling = limits.largestGrowth === undefined ? MOST_REPLICAS : undefined;
  const most = ownValue(limits.mostReplicas, stage.stage) ?? ceiling;
  if (most !== undefined) return [['most replicas', replicas >= most]];
  return [['largest growth', replicas >= mostByGrowth(stage, limits)]];
}

/** What the growth over the plan allows of a stage: never less than the plan or the stage's floor. */
export function mostByGrowth({ stage, replicas: planned }: TunedStage, limits: TunerLimits): number {
  const { largestGrowth: growth = Number.POSITIVE_INFINITY, fewestReplicas } = limits;
  return Math.max(planned, ownValue(fewestReplicas, stage) ?? 1, Math.floor(planned * growth));
}

/** Lowers each stage from `present` to a smaller `asked`, by the largest step at most. */
export function allotLowering(
  { largestStep }: TunerLimits,
  { present, asked }: { present: readonly number[]; asked: readonly number[] },
): Allotment[] {
  return present.map((count, s) => {
    const least = largestStep === undefined ? 1 : Math.max(1, count - largestStep);
    if (asked[s]! >= count) return { replicas: count };
    return asked[s]! < least ? { replicas: least, limitedBy: 'largest step' } : { replicas: Math.max(1, asked[s]!) };
  });
}

type Check = readonly [LimitName, boolean];

function firstLimit(checks: readonly Check[]): LimitName | undefined {
  return checks.find(([, isReached]) => isReached)?.[0];
}
