/** Draws so many days of traffic, replays them under the tuner, and prints the outcome and the peak memory as JSON: `node tune-week-child.js DAYS RULES [alone]`. */
import { join } from 'node:path';
import { planConfiguration } from '../dist/planner/plan-configuration.js';
import { replay } from '../dist/replay/replay.js';
import { tunerPlan } from '../dist/tuner/tuner-plan.js';
import { drawArrivals } from '../dist/workload/arrival-process.js';
import { parseConstantRate, parseDiurnal, parseSpike, rateCurve } from '../dist/workload/curve-text.js';
import { gammaArrivals } from './arrivals.js';
import { ROOT } from './measure.js';
import { planningInput } from './shipped.js';

const DAY_MS = 86_400_000;
const RATE_QPS = 50;
const [days, rules, alone] = [Number(process.argv[2]), process.argv[3], process.argv[4] === 'alone'];

/** A day and a night, and on some days something happens. */
const CURVES = [
  parseConstantRate(`${RATE_QPS}/s`),
  parseDiurnal('period=24h,amplitude=0.6,peak=14h'),
  ...[
    'at=10h,length=5m,factor=2',
    'at=1d15h,length=2m,factor=3',
    'at=3d20h,length=20m,factor=1.8',
    'at=5d3h,length=1m,factor=6',
  ].map((text) => parseSpike(text)),
];

const planning = new Float64Array(30_000);
const read = gammaArrivals({ rateQps: RATE_QPS, cv: 1, count: planning.length, seed: 7 }).read(planning);
const input = planningInput(join(ROOT, 'examples/video-monitoring/pipeline.yaml'), planning.subarray(0, read));
const { plan, feasible } = planConfiguration(input, { search: 'exact' });
if (!feasible) throw new Error('no plan for the mean rate');
const { pipeline, profiles, hardware, serviceModel, seed, slo } = input;

const steps = replay({
  plan: tunerPlan(plan, { hardware, rules }),
  pipeline,
  configuration: plan.stages,
  profiles,
  hardware,
  serviceModel,
  seed,
  slo,
  checksChanges: false,
  isAlone: alone,
  open: () =>
    drawArrivals(
      { rateQps: rateCurve(CURVES), cv: { kind: 'constant', value: 1.5 } },
      { seed: 1, bound: { durationMs: days * DAY_MS } },
    ),
});
let step = steps.next();
while (!step.done) step = steps.next();
const { queries, spanMs, decisions, outcomes } = step.value;
console.log(
  JSON.stringify({
    queries,
    spanMs,
    seconds: process.cpuUsage().user / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    decisions: decisions.length,
    slo,
    planned: plan.stages.map(
      ({ stage, hardware: kind, maxBatchSize, replicas }) => `${stage} ${kind}:${maxBatchSize}:${replicas}`,
    ),
    outcomes: outcomes.map(({ overTime: _, timelines: __, ...outcome }) => outcome),
  }),
);
