/** Numbered draws of traffic like a trace's. */
import { type ArrivalSource, type ArrivalTrace, sourceOf } from '../model/trace.js';
import type { FreshTraffic, TrafficModel } from '../model/traffic-model.js';
import { streamKey } from '../random.js';
import { drawArrivals } from './arrival-process.js';
import { constant } from './curve.js';
import { resampleArrivals } from './resample.js';

/** Draws are kept as long as they fit: 128 MiB. A draw that does not is made anew at each reading. */
const KEPT_ARRIVALS = 1 << 24;

/** @param trace at least one arrival; each draw has as many */
export function freshTraffic(trace: ArrivalTrace, model: TrafficModel, { seed }: { seed: number }): FreshTraffic {
  const queries = trace.arrivalsUs.length;
  const kept = new Map<number, ArrivalTrace>();
  return {
    model,
    queries,
    open(replication) {
      const drawSeed = streamKey(seed, 'fresh traffic', String(replication)) >>> 0;
      if (model.kind === 'blocks') {
        return resampleArrivals(trace, { blockMs: model.blockMs, seed: drawSeed, count: queries });
      }
      const known = kept.get(replication);
      if (known !== undefined) return sourceOf(known);
      const process = { rateQps: constant(model.rateQps), cv: constant(model.cv) };
      const drawn = drawArrivals(process, { seed: drawSeed, bound: { count: queries } });
      if ((kept.size + 1) * queries > KEPT_ARRIVALS) return drawn;
      const whole = keep(drawn, queries);
      kept.set(replication, whole);
      return sourceOf(whole);
    },
  };
}

function keep(source: ArrivalSource, queries: number): ArrivalTrace {
  const arrivalsUs = new Float64Array(queries);
  source.read(arrivalsUs);
  return { arrivalsUs };
}
