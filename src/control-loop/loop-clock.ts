/**
 * Time as the control loop sees it: passed in, so that tests run without waiting. This is the one file of the tuner
 * with a timer.
 */
export interface LoopClock {
  /** Monotonic: it never goes back. */
  nowMs(): number;
  /** The wall clock; used only to notice that the clock of the arrivals restarted. */
  wallMs(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: LoopClock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    }),
};

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;

/**
 * Milliseconds until the next try: exponential backoff from 250 ms to 30 s, with jitter between half and all of it, so
 * that tuners that lost one server do not return together.
 */
export function retryAfterMs(failures: number, random: () => number): number {
  const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return longest * (0.5 + random() / 2);
}
