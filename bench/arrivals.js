import { drawArrivals } from '../dist/workload/arrival-process.js';
import { constant } from '../dist/workload/curve.js';

/** Arrivals of a gamma process, in memory. */
export function arrivalsUsOf({ rateQps, cv, count, seed }) {
  const arrivalsUs = new Float64Array(count);
  gammaArrivals({ rateQps, cv, count, seed }).read(arrivalsUs);
  return arrivalsUs;
}

/** The same as a source, which holds no arrivals. */
export function gammaArrivals({ rateQps, cv, count, seed }) {
  return drawArrivals({ rateQps: constant(rateQps), cv: constant(cv) }, { seed, bound: { count } });
}
