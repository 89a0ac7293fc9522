/** Draws so many hours of 200 queries/s, compares policies on a chain of four stages, and prints the result as JSON: `node compare-day-child.js HOURS`. */
import { join } from 'node:path';
import { arrivalsUsOf, gammaArrivals } from './arrivals.js';
import { compared, planOn, policiesNamed, scoreOf } from './evaluation/setting.js';
import { ROOT } from './measure.js';
import { planningInput } from './shipped.js';

const RATE_QPS = 200;
const HOUR_S = 3600;
const hours = Number(process.argv[2]);
/** One of each system. */
const policies = policiesNamed(['inferline', 'hpa-cpu', 'hpa-rate', 'keda-queue', 'kpa', 'ray', 'autoscale', 'ds2']);

const shipped = planningInput(
  join(ROOT, 'examples/image-processing/pipeline.yaml'),
  arrivalsUsOf({ rateQps: RATE_QPS, cv: 1, count: 40_000, seed: 7 }),
);
const stage = (name, model, from) => ({ name, kind: 'model', model, parents: [{ from, probability: 1, fanOut: 1 }] });
const scenario = {
  ...shipped,
  pipeline: {
    name: 'chain-of-4',
    stages: [
      stage('prepare', 'imagenet-preprocess', 'query'),
      stage('screen', 'resnet50-v1.5', 'prepare'),
      stage('classify', 'se-resnext101-32x4d', 'screen'),
      stage('read', 'bert-base-seq128', 'classify'),
    ],
  },
  slo: { latencyMs: 400, percentile: 99 },
};
const plan = planOn(scenario);
const result = compared({
  ...{ scenario, plans: [{ name: 'plan', plan }], policies },
  open: () => gammaArrivals({ rateQps: RATE_QPS, cv: 1, count: RATE_QPS * HOUR_S * hours, seed: 1 }),
});
console.log(
  JSON.stringify({
    queries: result.queries,
    seconds: process.cpuUsage().user / 1e6,
    elapsedS: process.uptime(),
    peakMiB: process.resourceUsage().maxRSS / 1024,
    rows: result.rows.map(scoreOf),
  }),
);
