/**
 * How often traffic must exceed the planned envelope to be beyond it for good.
 *
 * The envelope is the maximum of one trace of length S, so resampled traffic exceeds it now and then. How often is
 * bounded for any law: cut time into nearly independent blocks (twice the window, at least 10 s). None of the m blocks
 * of the planning trace exceeds its own maximum, which has probability (1 − p)^m if a share p of all blocks does. With
 * confidence 1 − α that share is at most p* = 1 − α^(1/m). m counts at most 20 blocks, because a slowly changing rate
 * makes neighbours alike.
 *
 * Beyond for good: of the last n blocks (ten minutes or more) at least four in five exceed, and more than n independent
 * blocks with chance p* would with probability β.
 * Worked: a trace of 10 min, window 5 s: blocks of 10 s, m = 20, p* = 1 − 0.0001^0.05 = 0.37, n = 60. 48 must exceed;
 * planned traffic reaches 22 in the mean at most. A trace of 1 min: m = 6, p* = 0.78, and all 60 must. A trace shorter
 * than a block says nothing.
 * Cost: O(n), once for each width of a plan.
 */
import { binomialTerm } from '../../stats/quantile-interval.js';
import { msFromS } from '../../units.js';
import { BLOCK_MS } from './record.js';

/** α: one plan in ten thousand may have drawn so quiet a trace. */
const TRACE_RISK = 1e-4;
/** β: chance of a false finding per look at traffic at p*. */
const CHANCE_RISK = 1e-6;
const MOST_PLANNED_BLOCKS = 20;
const SUSTAINED_MS = msFromS(600);
const SUSTAINED_SHARE = 0.8;
const LONGEST_LOOK_MS = msFromS(86_400);

/** When a width counts as exceeded for good. */
export interface BeyondRule {
  /** Blocks of `BLOCK_MS` that are judged as one. */
  readonly joined: number;
  readonly blocks: number;
  /** How many of them must exceed. */
  readonly critical: number;
}

/**
 * The rule for windows of `windowMs` after a planning trace of `spanMs`; undefined when the trace is too short to tell.
 */
export function beyondRule(windowMs: number, spanMs: number): BeyondRule | undefined {
  const joined = Math.max(1, Math.ceil((2 * windowMs) / BLOCK_MS));
  const blockMs = joined * BLOCK_MS;
  const planned = Math.min(MOST_PLANNED_BLOCKS, Math.floor(spanMs / blockMs));
  if (planned === 0) return undefined;
  const share = 1 - TRACE_RISK ** (1 / planned);
  const fewest = Math.ceil(Math.log(CHANCE_RISK) / Math.log(share));
  const blocks = Math.max(Math.ceil(SUSTAINED_MS / blockMs), fewest);
  if (blocks * blockMs > LONGEST_LOOK_MS) return undefined;
  return { joined, blocks, critical: Math.max(Math.ceil(SUSTAINED_SHARE * blocks), criticalCount(blocks, share)) };
}

/** The smallest count that a binomial of `tries` and `chance` reaches with probability β at most. */
function criticalCount(tries: number, chance: number): number {
  let tail = 0;
  let count = tries + 1;
  while (count > 0) {
    tail += binomialTerm(tries, count - 1, chance);
    if (tail > CHANCE_RISK) return count;
    count--;
  }
  return count;
}
