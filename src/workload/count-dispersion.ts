/**
 * Index of dispersion of counts: variance ÷ mean of the arrivals in consecutive windows; 1 for Poisson at every width.
 */
import { addTo, addZerosTo, emptyMoments, varianceOf } from '../stats/moments.js';
import type { IntervalCounts } from './interval-counts.js';

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
    if (arrivalUs >= endUs) {
      const empty = Math.floor((arrivalUs - endUs) / widthUs);
      addTo(counts, inWindow);
      addZerosTo(counts, empty);
      inWindow = 0;
      endUs += (empty + 1) * widthUs;
    }
    inWindow++;
  }
  return { windows: counts.count, index: varianceOf(counts) / counts.mean };
}

/** Standard deviations above the mean that 1 window in 1000 exceeds, for a normal law. */
const TAIL = 3.09;

export interface HiddenBursts {
  /** Index of dispersion of the counts; 1 for Poisson. */
  readonly dispersion: number;
  /** Most arrivals in all but 1 of 1000 windows: as drawn, and with bursts like those between intervals. */
  readonly drawn: number;
  readonly possible: number;
}

/**
 * What counts per interval hide from windows shorter than the interval. Arrivals placed as a Poisson process have
 * variance = mean in every such window; bursts like those between intervals would have variance = dispersion × mean.
 *
 * Dispersion is half the mean square of the difference of neighbouring counts ÷ their mean (von Neumann), so that a
 * slow change of the rate does not raise it. Worked: counts 0, 4, 0, 4 have differences 4, mean 2: 16 / 2 / 2 = 4.
 * Undefined below 30 intervals, where no variance shows.
 */
export function hiddenBursts({ counts, intervalUs }: IntervalCounts, windowUs: number): HiddenBursts | undefined {
  if (counts.length < FEWEST_INTERVALS) return undefined;
  let sum = counts[0]!;
  let squares = 0;
  for (let i = 1; i < counts.length; i++) {
    sum += counts[i]!;
    squares += (counts[i]! - counts[i - 1]!) ** 2;
  }
  const mean = sum / counts.length;
  const dispersion = squares / (counts.length - 1) / 2 / mean;
  const inWindow = (mean * windowUs) / intervalUs;
  const most = (index: number) => Math.ceil(inWindow + TAIL * Math.sqrt(index * inWindow));
  return { dispersion, drawn: most(1), possible: most(Math.max(1, dispersion)) };
}

const FEWEST_INTERVALS = 30;
