/**
 * How long a trace must be for the promise to rest on enough of it.
 *
 * Rule: a trace is long enough when the attainment of the plan changes from one draw of its length to another by a
 * standard deviation s of at most a third of what the objective allows, s ≤ α/3 with α = 1 − target. Misses come in
 * clusters, one a burst. If a draw has k independent clusters on average, its share of misses has a relative standard
 * deviation of about 1/√k; so for a plan that uses what it is allowed, the rule asks for nine clusters a draw. The
 * bound c·s below the mean (verdict.ts) is then at most 0.43 α where draws are as long as the trace, and 0.22 α where
 * the trace is ten times as long.
 *
 * As clusters are independent, s falls with the square root of the length T: T · (3 s / α)² would do.
 * Worked: p99, so α = 1 %, and s = 1 % on 60 s: 60 s · 3² = 540 s would do.
 *
 * Blocks must also be enough to be mixed: at least twelve to a trace.
 */
import type { PromiseReport } from '../../model/plan/promise-report.js';

const SPREADS_PER_ALLOWANCE = 3;
const FEWEST_BLOCKS = 12;

/**
 * Length that would do, in milliseconds: at most `spanMs` when the trace is long enough.
 * @param drawMs span of a draw
 */
export function neededTraceMs({ traffic, spread, target }: PromiseReport, drawMs: number): number {
  const allowed = 1 - target;
  const forSpread = spread === 0 ? 0 : drawMs * ((SPREADS_PER_ALLOWANCE * spread) / allowed) ** 2;
  const forBlocks = traffic.kind === 'blocks' ? FEWEST_BLOCKS * traffic.blockMs : 0;
  return Math.max(forSpread, forBlocks);
}
