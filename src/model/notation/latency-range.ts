/** The latencies of a range, from one end to the other. */
import { msFromUs, usFromMs } from '../../units.js';

/** Steps of a range that names no step, and the most steps of any range. */
const DEFAULT_STEPS = 8;
export const MOST_STEPS = 200;
/** Absorbs rounding, so that a whole number of steps is not cut to one fewer. */
const ROUNDING = 1e-9;

/**
 * 100, 150, … 500 for 100 to 500 by 50. The end is always included, after a shorter last step where needed.
 * Undefined when there are more than `MOST_STEPS` steps.
 */
export function latencyRangeMs(range: {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number | undefined;
}): number[] | undefined {
  const fromUs = usFromMs(range.fromMs);
  const toUs = usFromMs(range.toMs);
  const stepUs = range.stepMs === undefined ? (toUs - fromUs) / DEFAULT_STEPS : usFromMs(range.stepMs);
  const steps = Math.floor((toUs - fromUs) / stepUs + ROUNDING);
  if (steps > MOST_STEPS) return undefined;
  const latenciesUs = Array.from({ length: steps + 1 }, (_, i) => Math.round(fromUs + i * stepUs));
  return [...new Set([...latenciesUs, toUs])].map(msFromUs);
}
