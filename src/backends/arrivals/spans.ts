/** What the sources of arrivals share. */
import type { ArrivalSpan } from '../contracts/arrival-source.js';

/**
 * Intervals of a counter that a window must hold before its count means something: a window that begins and ends anywhere inside intervals is off by at most one of them,
 * so with four by a quarter.
 */
export const INTERVALS_PER_WINDOW = 4;

/** Runs a generator until the caller's signal is aborted, which ends it; whatever else it throws, closing included, goes on. */
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
