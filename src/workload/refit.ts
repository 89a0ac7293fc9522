/**
 * What another trace of the same process would have been fitted to: parametric bootstrap (Efron & Tibshirani, "An
 * Introduction to the Bootstrap", 1993, §6.5). A fit is off by chance, and refits scatter around it as it scatters
 * around the truth.
 *
 * A long trace is not drawn whole. The error of mean and CV falls with the square root of the number of gaps, so what
 * fewer gaps show is scaled by that. Cost: O(min(queries, 50 000)).
 */
import { randomStream } from '../random.js';
import { addTo, cvOf, emptyMoments } from '../stats/moments.js';
import { gapFiller } from './gaps.js';

const MOST_GAPS = 50_000;

export interface GammaProcess {
  readonly rateQps: number;
  /** σ/μ of the gaps. */
  readonly cv: number;
}

/**
 * The process fitted to one more trace of `queries` arrivals, drawn from `process`; the process itself below two gaps.
 */
export function refitted(process: GammaProcess, { queries, seed }: { queries: number; seed: number }): GammaProcess {
  const { rateQps, cv } = process;
  const count = Math.min(queries - 1, MOST_GAPS);
  if (count < 2 || cv === 0) return process;
  const gaps = new Float64Array(count);
  gapFiller(randomStream(seed, 'gaps'), randomStream(seed, 'gaps', 'boost'))(gaps, 0, count, cv);
  const moments = emptyMoments();
  for (const gap of gaps) addTo(moments, gap);
  const scale = Math.sqrt(count / (queries - 1));
  return {
    rateQps: rateQps * (1 + scale * (1 / moments.mean - 1)),
    cv: cv * (1 + scale * (cvOf(moments) / cv - 1)),
  };
}
