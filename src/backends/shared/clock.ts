/** Time as backends see it: passed in, so that tests run without waiting. */

export interface Clock {
  /** Steady: it never goes back, even when the wall clock is set. */
  nowMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
}

export const steadyClock: Clock = {
  nowMs: () => performance.now(),
  pause: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
