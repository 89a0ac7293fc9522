/**
 * Numbered draws of traffic like a trace's, each from parameters of its own, since a fit to one trace is off by chance.
 */

import type { FreshTraffic, TrafficModel } from '../model/plan/traffic-model.js';
import { type ArrivalSource, type ArrivalTrace, sourceOf, spanUs } from '../model/trace.js';
import { streamKey } from '../random.js';
import { usFromMs } from '../units.js';
import { drawArrivals } from './arrival-process.js';
import { constant } from './curve.js';
import { refitted } from './refit.js';
import { resampleArrivals } from './resample.js';

/** Draws are kept up to 128 MiB. A draw beyond that is made anew at each reading. */
const KEPT_ARRIVALS = 1 << 24;

/**
 * A draw is as long as the trace, but at most two minutes and this many queries. Twenty short draws test a
 * configuration as well as a few long ones, for less.
 */
const LONGEST_MS = 120_000;
const ENOUGH_QUERIES = 20_000;
/** However high the rate: a draw must be simulated within a fraction of a second. */
const MOST_QUERIES = 100_000;

/** @param trace at least one arrival */
export function freshTraffic(trace: ArrivalTrace, model: TrafficModel, { seed }: { seed: number }): FreshTraffic {
  const queries = queriesPerDraw(trace);
  const kept = new Map<number, ArrivalTrace>();
  return {
    model,
    queries,
    traceQueries: trace.arrivalsUs.length,
    open(replication) {
      const drawSeed = streamKey(seed, 'fresh traffic', String(replication)) >>> 0;
      const fitSeed = streamKey(seed, 'refit', String(replication)) >>> 0;
      if (model.kind === 'blocks') {
        return resampleArrivals(trace, { blockMs: model.blockMs, seed: drawSeed, count: queries, fitSeed });
      }
      const known = kept.get(replication);
      if (known !== undefined) return sourceOf(known);
      const { rateQps, cv } = refitted(model, { queries: trace.arrivalsUs.length, seed: fitSeed });
      const process = { rateQps: constant(rateQps), cv: constant(cv) };
      const drawn = drawArrivals(process, { seed: drawSeed, bound: { count: queries } });
      if ((kept.size + 1) * queries > KEPT_ARRIVALS) return drawn;
      const whole = keep(drawn, queries);
      kept.set(replication, whole);
      return sourceOf(whole);
    },
  };
}

function queriesPerDraw(trace: ArrivalTrace): number {
  const all = trace.arrivalsUs.length;
  const share = Math.min(1, usFromMs(LONGEST_MS) / Math.max(1, spanUs(trace)));
  return Math.min(all, MOST_QUERIES, Math.max(ENOUGH_QUERIES, Math.ceil(all * share)));
}

function keep(source: ArrivalSource, queries: number): ArrivalTrace {
  const arrivalsUs = new Float64Array(queries);
  source.read(arrivalsUs);
  return { arrivalsUs };
}
