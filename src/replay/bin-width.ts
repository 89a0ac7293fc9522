import { msFromS, usFromMs } from '../units.js';

/** Bins over time are made wide enough that there are at most this many. */
const MOST_BINS = 200;
const NICE_STEPS = [1, 2, 5] as const;

/** 1, 2 or 5 times a power of ten seconds, or 0.1 s. */
export function binWidthUs(lastUs: number): number {
  for (let decade = 0.1; ; decade *= 10) {
    for (const step of NICE_STEPS) {
      const widthUs = usFromMs(msFromS(decade * step));
      if (Math.floor(lastUs / widthUs) < MOST_BINS) return widthUs;
    }
  }
}
