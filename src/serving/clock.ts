/** The engine's clock, and how its instants are told to threads. */
import { msFromNs, msFromUs, usFromMs } from '../units.js';

export interface Clock {
  /** Whole microseconds since the clock was made; never the same twice, so that what happened before what is never in doubt. */
  nowUs(): number;
  /** Milliseconds since the clock was made. */
  nowMs(): number;
  /** An instant of this clock on the clock that all threads share. */
  sharedMs(us: number): number;
}

export function createClock(): Clock {
  const originMs = performance.now();
  const sharedOriginMs = sharedNowMs();
  let lastUs = 0;
  return {
    nowUs() {
      lastUs = Math.max(usFromMs(performance.now() - originMs), lastUs + 1);
      return lastUs;
    },
    nowMs: () => performance.now() - originMs,
    sharedMs: (us) => sharedOriginMs + msFromUs(us),
  };
}

/** Milliseconds on a clock that all threads of this process share, since some fixed instant. */
export function sharedNowMs(): number {
  return msFromNs(Number(process.hrtime.bigint()));
}
