/** The engine's clock, and how threads share its instants. */
import { msFromNs, msFromUs, usFromMs } from '../../units.js';

/** Of both clocks, to find their difference. */
const READINGS = 5;

export interface Clock {
  /** Whole microseconds since the clock was made, never the same twice, so the order of events is never in doubt. */
  nowUs(): number;
  /** Milliseconds since the clock was made. */
  nowMs(): number;
  /** An instant of this clock on the clock that all threads share. */
  sharedMs(us: number): number;
}

export function createClock(): Clock {
  const originMs = performance.now();
  const sharedOriginMs = originMs + offsetOfSharedMs();
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

/** Shared clock less this thread's, read where no pause came between the two. */
function offsetOfSharedMs(): number {
  let offsetMs = 0;
  let leastMs = Number.POSITIVE_INFINITY;
  for (let n = 0; n < READINGS; n++) {
    const beforeMs = performance.now();
    const sharedMs = sharedNowMs();
    const tookMs = performance.now() - beforeMs;
    if (tookMs >= leastMs) continue;
    leastMs = tookMs;
    offsetMs = sharedMs - beforeMs - tookMs / 2;
  }
  return offsetMs;
}

/** Milliseconds on a clock that all threads of this process share, since some fixed instant. */
export function sharedNowMs(): number {
  return msFromNs(Number(process.hrtime.bigint()));
}
