/** Draws as many queries as the argument says, streams them through two stages, and prints its peak memory as JSON. */
import { simulate } from '../dist/simulation/simulate.js';
import { gammaArrivals } from './arrivals.js';

const count = Number(process.argv[2]);
const profile = (model, baseMs, perItemMs) => ({
  model,
  hardware: 'any',
  rows: [1, 16].map((batchSize) => {
    return { batchSize, meanMs: baseMs + perItemMs * batchSize, runtime: 'bench', source: 'bench' };
  }),
});
const start = performance.now();
const result = simulate({
  pipeline: {
    name: 'memory',
    stages: [
      { name: 'a', kind: 'model', model: 'a', parents: [{ from: 'query', probability: 1, fanOut: 1 }] },
      { name: 'b', kind: 'model', model: 'b', parents: [{ from: 'a', probability: 0.7, fanOut: 1 }] },
    ],
  },
  configuration: [
    { stage: 'a', hardware: 'any', maxBatchSize: 16, replicas: 2 },
    { stage: 'b', hardware: 'any', maxBatchSize: 16, replicas: 2 },
  ],
  profiles: [profile('a', 2, 1), profile('b', 3, 1.2)],
  hardware: [{ name: 'any', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 }],
  arrivals: gammaArrivals({ rateQps: 1000, cv: 2, count, seed: 1 }),
  serviceModel: 'mean',
  seed: 1,
});
if (result.queries !== count) throw new Error(`${result.queries} queries ended, must be ${count}`);
console.log(
  JSON.stringify({
    seconds: (performance.now() - start) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    p99Ms: result.latency.p99Ms,
  }),
);
