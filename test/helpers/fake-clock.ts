/** A clock that jumps to the next thing anybody waits for, so that minutes of waiting take no time and always the same. */
import type { Clock } from '../../src/backends/shared/clock.js';

export interface FakeClock extends Clock {
  /** Runs `act` when the clock gets there. */
  at(ms: number, act: () => void): void;
}

interface Waiting {
  readonly dueMs: number;
  readonly number: number;
  readonly wake: () => void;
}

export function fakeClock(): FakeClock {
  let nowMs = 0;
  let count = 0;
  let isTicking = false;
  const waiting: Waiting[] = [];

  function add(dueMs: number, wake: () => void): Waiting {
    const entry = { dueMs, number: count++, wake };
    waiting.push(entry);
    tick();
    return entry;
  }

  function tick(): void {
    if (isTicking || waiting.length === 0) return;
    isTicking = true;
    // After everything that can go on without time passing.
    setImmediate(() =>
      setImmediate(() => {
        isTicking = false;
        waiting.sort((a, b) => a.dueMs - b.dueMs || a.number - b.number);
        const next = waiting.shift();
        if (next === undefined) return;
        nowMs = Math.max(nowMs, next.dueMs);
        next.wake();
        tick();
      }),
    );
  }

  return {
    nowMs: () => nowMs,
    at: (ms, act) => void add(ms, act),
    pause: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = () => {
          const index = waiting.indexOf(entry);
          if (index >= 0) waiting.splice(index, 1);
          reject(signal?.reason);
        };
        const entry = add(nowMs + ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
