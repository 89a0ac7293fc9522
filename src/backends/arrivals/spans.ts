/** What the sources of arrivals share. */
import type { ArrivalSpan } from '../contracts/arrival-source.js';

/**
 * Intervals of a counter that fit into the narrowest honest window. A window begins and ends inside some interval, so
 * its count is off by at most one interval: with four, by a quarter.
 */
export const INTERVALS_PER_WINDOW = 4;

/**
 * Runs a generator until the caller's signal aborts, which ends it without an error. Every other error goes on, closing
 * included.
 */
export async function* untilAborted(
  { signal, closing }: { signal: AbortSignal; closing: AbortSignal },
  tell: (signal: AbortSignal) => AsyncGenerator<ArrivalSpan>,
): AsyncGenerator<ArrivalSpan> {
  try {
    yield* tell(AbortSignal.any([signal, closing]));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
