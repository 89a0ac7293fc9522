/**
 * When enough is measured: the 95 % intervals (order statistics) of the median and of the 99th percentile are both
 * narrow relative to their figures.
 *
 * At least 368 measurements are needed before an interval bounds a 99th percentile (0.99^368 ≤ 0.025). So slow stages
 * stop at their time budget, and their rows say so.
 */
import type { Precision } from '../model/measured/measured-row.js';
import { nearestRank, quantileRanks } from '../stats/quantile-interval.js';

const CONFIDENCE = 0.95;

export interface PrecisionGoal {
  readonly p50WidthRatio: number;
  readonly p99WidthRatio: number;
}

/** The median within ±2.5 %, the 99th percentile within about ±10 %. */
export const DEFAULT_GOAL: PrecisionGoal = { p50WidthRatio: 0.05, p99WidthRatio: 0.2 };

/** How well an ascending sample tells its median and its 99th percentile. */
export function precisionOf(ascending: readonly number[]): Precision {
  const p50WidthRatio = widthRatio(ascending, 0.5);
  const p99WidthRatio = widthRatio(ascending, 0.99);
  return {
    ...(p50WidthRatio === undefined ? {} : { p50WidthRatio }),
    ...(p99WidthRatio === undefined ? {} : { p99WidthRatio }),
  };
}

/** Whether both intervals exist and are as narrow as asked. */
export function isPrecise({ p50WidthRatio, p99WidthRatio }: Precision, goal: PrecisionGoal): boolean {
  return (
    p50WidthRatio !== undefined &&
    p99WidthRatio !== undefined &&
    p50WidthRatio <= goal.p50WidthRatio &&
    p99WidthRatio <= goal.p99WidthRatio
  );
}

function widthRatio(ascending: readonly number[], quantile: number): number | undefined {
  const ranks = quantileRanks(ascending.length, quantile, CONFIDENCE);
  if (ranks === undefined) return undefined;
  return (ascending[ranks.high - 1]! - ascending[ranks.low - 1]!) / nearestRank(ascending, quantile);
}
