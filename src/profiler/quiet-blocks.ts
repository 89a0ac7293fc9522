/**
 * Whether a block of batches was measured on a quiet machine. Disturbed blocks are discarded: their error is unknown.
 */
import type { QuietLimits } from '../model/measured/disturbance.js';

/**
 * A tenth of a CPU used by others: beyond it service times move by more than their own spread. Stolen time comes in
 * bursts of seconds, with slower caches and memory. One tick of the counter in a block of a second may pass, two may
 * not.
 */
export const DEFAULT_QUIET: QuietLimits = { foreignCpus: 0.1, stolenCpus: 0.015 };

/** What the machine said over the blocks of one row. */
export interface BlockCount {
  readonly kept: number;
  readonly thrownAway: number;
  /** Blocks on a machine that cannot be watched. */
  readonly unwatched: number;
}

/** What a row's blocks say of it, for its remarks. */
export function remarksOf({ kept, thrownAway, unwatched }: BlockCount, limits: QuietLimits): string[] {
  const remarks: string[] = [];
  if (thrownAway > 0) remarks.push(`${thrownAway} of ${kept + thrownAway} blocks disturbed and thrown away`);
  if (unwatched > 0) remarks.push('machine not watched');
  else if (limits.foreignCpus === Number.POSITIVE_INFINITY) remarks.push('disturbed blocks kept');
  return remarks;
}
