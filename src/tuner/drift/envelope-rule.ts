/**
 * How much of the time traffic must exceed the planned envelope before it is beyond it for good.
 *
 * A fresh draw of the planned traffic goes beyond the envelope now and then: the envelope is the most that one trace of length S happened to hold. How often
 * may it? Cut time into blocks long enough to be nearly independent (twice the window, at least 10 s). None of the m blocks of the planning trace is above its own
 * maximum, so with p the share of all blocks that are, (1 − p)^m ≥ α for every p up to p* = 1 − α^(1/m): with confidence 1 − α no more than p* of the blocks of
 * planned traffic exceed the envelope, whatever its law. m counts no more than 20 blocks, since a rate that changes slowly makes
 * neighbouring ones alike.
 *
 * Beyond for good: of the last n blocks, ten minutes or more, at least four in five exceed, and so many that n blocks of chance p* each do with probability β at most.
 * Worked: a trace of 10 min, window 5 s: blocks of 10 s, m = 20, p* = 1 − 0.0001^0.05 = 0.37; n = 60; 48 must exceed, where 22 are the most that planned
 * traffic gives in the mean. A trace of 1 min: m = 6, p* = 0.78, and all 60 must. A trace shorter than a block says nothing.
 * Cost: O(n), once for each width of a plan.
 */
import { binomialTerm } from '../../stats/quantile-interval.js';
import { msFromS } from '../../units.js';
import { BLOCK_MS } from './record.js';

/** α: of ten thousand plans, one may have drawn so quiet a trace. */
const TRACE_RISK = 1e-4;
/** β: per judgement of a traffic at p*. */
const CHANCE_RISK = 1e-6;
const MOST_PLANNED_BLOCKS = 20;
const SUSTAINED_MS = msFromS(600);
const SUSTAINED_SHARE = 0.8;
const LONGEST_LOOK_MS = msFromS(86_400);

/** What a width asks for before it counts as exceeded for good; undefined when the planning trace is too short to tell. */
export interface BeyondRule {
  /** Blocks of `BLOCK_MS` that are judged as one. */
  readonly joined: number;
  readonly blocks: number;
  /** At least so many of them must exceed. */
  readonly critical: number;
}

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

/** The smallest count that so many tries reach with probability β at most. */
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
