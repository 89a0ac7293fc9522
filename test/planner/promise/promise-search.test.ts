/** The exact search must not leave out what behaves alike on the trace but not on fresh traffic. */
import { expect, it } from 'vitest';
import { createPromise } from '../../../src/planner/promise/promise.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { freshTraffic } from '../../../src/workload/fresh-traffic.js';
import { hardwareOf, pipelineOf, profileOf, traceOf } from '../../helpers/builders.js';

it('a replica that idles on the trace may be what fresh traffic needs', () => {
  // A query every 10 ms for 50 s, then every 20 ms for 50 s. One cheap replica takes 9.9 ms a query: nothing ever queues, so a second
  // one idles throughout. Where resampled blocks meet, queries come closer together than that, and queue for a while.
  const arrivalsMs = Array.from({ length: 7_500 }, (_, i) => (i < 5_000 ? 10 * i : 50_000 + 20 * (i - 5_000)));
  const trace = traceOf(arrivalsMs);
  const input = {
    pipeline: pipelineOf({ a: {} }),
    profiles: [profileOf('a', { 1: 9.9 }, 'cheap'), profileOf('a', { 1: 1 }, 'dear')],
    hardware: [hardwareOf({ name: 'cheap', costUsdPerHour: 1 }), hardwareOf({ name: 'dear', costUsdPerHour: 3 })],
    serviceModel: 'mean',
    slo: { latencyMs: 15, percentile: 99.9 },
    seed: 1,
    trace,
  } as const;
  const promise = createPromise({
    ...input,
    traffic: freshTraffic(trace, { kind: 'blocks', blockMs: 5_000 }, { seed: 1 }),
  });
  const two = { stage: 'a', hardware: 'cheap', maxBatchSize: 1, replicas: 2 };
  expect(promise.accept([{ ...two, replicas: 1 }])).toBe(false);
  expect(promise.accept([two])).toBe(true);

  const space = searchSpace(input);
  const search = exactSearch({ bounds: traceBounds(input, space), space, ceilingMicroUsd: 100e6, condition: promise });
  let step = search.next();
  while (!step.done) step = search.next();
  expect(step.value.incumbent?.configuration).toEqual([two]);
});
