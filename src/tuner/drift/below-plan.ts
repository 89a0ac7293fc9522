/**
 * Whether traffic has fallen far below the plan for good, so that a new plan would be cheaper.
 *
 * The look H is as long as the planning trace S, at least 15 minutes, so the quiet hours of a planned day are no
 * finding. Far below: the mean rate is below 70 % of the planned one by more than five standard errors, and no window
 * exceeded its plan. The error is that of the mean count per minute, from differences of neighbouring minutes (von
 * Neumann's estimate, which a slow daily wave does not widen), at least that of Poisson counts at the boundary, times
 * √(1 + H/S) for the error of the planning trace.
 * Worked: planned 100/s over 10 min, live 50/s for 15 min: 3000 a minute, σ ≈ 55, error 55/√15·√2.5 = 22; 3000 + 5·22
 * is far below 4200.
 * Cost: O(blocks looked at).
 */
import { msFromS, queriesIn } from '../../units.js';
import type { DriftPlan } from './drift-plan.js';
import { BLOCK_MS, type DriftBlock } from './record.js';

const FAR_BELOW = 0.7;
const ERRORS = 5;
const SHORTEST_LOOK_MS = msFromS(900);
const LONGEST_LOOK_MS = msFromS(86_400);
const MINUTE_MS = msFromS(60);
const BLOCKS_PER_MINUTE = MINUTE_MS / BLOCK_MS;

export interface BelowPlan {
  readonly rateQps: number;
  readonly plannedQps: number;
  readonly overMs: number;
}

export function rateFarBelow(plan: DriftPlan, blocks: readonly DriftBlock[]): BelowPlan | undefined {
  const { spanMs } = plan;
  const lookMs = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, spanMs));
  const minutes = Math.ceil(lookMs / MINUTE_MS);
  if (spanMs === 0 || blocks.length < minutes * BLOCKS_PER_MINUTE) return undefined;
  const looked = blocks.slice(-minutes * BLOCKS_PER_MINUTE);
  const counts = Array.from({ length: minutes }, (_, minute) => {
    const own = looked.slice(minute * BLOCKS_PER_MINUTE, (minute + 1) * BLOCKS_PER_MINUTE);
    return own.reduce((sum, { queries }) => sum + queries, 0);
  });
  const mean = counts.reduce((sum, count) => sum + count, 0) / minutes;
  const boundary = FAR_BELOW * queriesIn(plan.rateQps, MINUTE_MS);
  const overMs = minutes * MINUTE_MS;
  const variance = Math.max(boundary, varianceByDifferences(counts));
  const error = Math.sqrt((variance / minutes) * (1 + overMs / spanMs));
  if (mean + ERRORS * error >= boundary) return undefined;
  const isExceeded = plan.envelope.some(({ queries }, w) => looked.some(({ peaks }) => peaks[w]! > queries));
  if (isExceeded) return undefined;
  return { rateQps: (plan.rateQps * FAR_BELOW * mean) / boundary, plannedQps: plan.rateQps, overMs };
}

/** Half the mean square of the differences between neighbours. */
function varianceByDifferences(values: readonly number[]): number {
  const squares = values.slice(1).reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
  return squares / (2 * (values.length - 1));
}
