/**
 * Which windows of the live traffic are beyond the planned envelope for good (rule: envelope-rule.ts). Cost: O(blocks)
 * per width.
 */
import type { DriftPlan } from './drift-plan.js';
import type { BeyondRule } from './envelope-rule.js';
import { BLOCK_MS, type DriftBlock } from './record.js';

/** The evidence of one width. */
export interface BeyondWindow {
  readonly windowMs: number;
  /** Most arrivals in such a window of the planning trace. */
  readonly plannedQueries: number;
  /** The same in the median block of the live traffic. */
  readonly typicalQueries: number;
  readonly blocks: number;
  readonly exceeded: number;
  readonly blockMs: number;
}

/** The widths that are exceeded for good, ascending. */
export function windowsBeyond(plan: DriftPlan, blocks: readonly DriftBlock[]): BeyondWindow[] {
  return plan.envelope.flatMap(({ windowMs, queries: plannedQueries }, w) => {
    const rule = plan.rules[w];
    if (rule === undefined || blocks.length < rule.blocks * rule.joined) return [];
    const peaks = joinedPeaks(blocks, w, rule);
    const exceeded = peaks.filter((peak) => peak > plannedQueries).length;
    if (exceeded < rule.critical) return [];
    const typicalQueries = peaks.sort()[peaks.length >> 1]!;
    const blockMs = rule.joined * BLOCK_MS;
    return [{ windowMs, plannedQueries, typicalQueries, blocks: rule.blocks, exceeded, blockMs }];
  });
}

/** Peaks of the last blocks, each the largest of the `joined` blocks that are judged as one. */
function joinedPeaks(blocks: readonly DriftBlock[], w: number, { joined, blocks: count }: BeyondRule): Float64Array {
  const peaks = new Float64Array(count);
  const from = blocks.length - count * joined;
  for (let i = 0; i < count * joined; i++) {
    const at = Math.floor(i / joined);
    peaks[at] = Math.max(peaks[at]!, blocks[from + i]!.peaks[w]!);
  }
  return peaks;
}
