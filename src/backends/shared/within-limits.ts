/** Holds a call to its limits, even if the code below it ignores them. */

import type { CallLimits } from '../contracts/scaling-target.js';
import type { Clock } from './clock.js';
import { failure } from './failure.js';

/**
 * Runs `call` with a signal that aborts at the timeout or with the caller's own. Rejects at that moment even if `call`
 * goes on. Throws BackendError `BACKEND_TIMEOUT`, or the reason of the caller's signal.
 */
export async function withinLimits<T>(
  {
    limits,
    defaultTimeoutMs,
    clock,
    place,
  }: { limits: CallLimits; defaultTimeoutMs: number; clock: Clock; place: string },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  limits.signal?.throwIfAborted();
  const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs;
  const late = new AbortController();
  const done = new AbortController();
  const signals = limits.signal === undefined ? [late.signal] : [late.signal, limits.signal];
  const signal = AbortSignal.any(signals);
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  ended.catch(() => undefined);
  clock.pause(timeoutMs, done.signal).then(
    () => late.abort(failure('BACKEND_TIMEOUT', { place, what: `no result within ${Math.round(timeoutMs)} ms` })),
    () => undefined,
  );
  try {
    const running = call(signal);
    running.catch(() => undefined);
    return await Promise.race([running, ended]);
  } finally {
    done.abort();
  }
}
