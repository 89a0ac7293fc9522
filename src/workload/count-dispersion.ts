/**
 * Index of dispersion of counts: variance ÷ mean of the arrivals in consecutive windows; 1 for Poisson at every width.
 */
import { addTo, emptyMoments, varianceOf } from '../stats/moments.js';

export interface Dispersion {
  /** Whole windows [first, first + w), [first + w, first + 2w), … that the arrivals span. */
  readonly windows: number;
  /** NaN without a whole window. */
  readonly index: number;
}

export function countDispersion(arrivalsUs: Float64Array, widthUs: number): Dispersion {
  const counts = emptyMoments();
  let endUs = arrivalsUs[0]! + widthUs;
  let inWindow = 0;
  for (let i = 0; i < arrivalsUs.length; i++) {
    const arrivalUs = arrivalsUs[i]!;
    while (arrivalUs >= endUs) {
      addTo(counts, inWindow);
      inWindow = 0;
      endUs += widthUs;
    }
    inWindow++;
  }
  return { windows: counts.count, index: varianceOf(counts) / counts.mean };
}
