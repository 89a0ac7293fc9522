/**
 * How plans fare on traffic they were not made on: the cheapest plan for one draw of a gamma process, with and without the
 * promise, on thirty minutes of fresh traffic of the same process; and how often the promise's lower bound lies above what the plan
 * really attains there, with the fitted parameters taken as known and with each draw's fitted anew.
 *
 *   npm run bench out-of-sample [-- --quick]
 *
 * Pipelines are chains of published profiles, drawn with the row's name as seed; the settings (rate, CV, SLO) are ones at
 * which plans made on one draw are known to fail. "misses" are plans whose attainment on the fresh traffic is below 99 %.
 */

import { createPromise } from '../dist/planner/promise/promise.js';
import { countMisses } from '../dist/planner/promise/replication.js';
import { neededTraceMs } from '../dist/planner/promise/trace-length.js';
import { exactSearch } from '../dist/planner/search/exact-search.js';
import { configurationMicroUsd } from '../dist/planner/space/pricing.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { traceBounds } from '../dist/planner/space/trace-bounds.js';
import { randomStream } from '../dist/random.js';
import { stageSetups } from '../dist/simulation/stage-setups.js';
import { fitArrivals } from '../dist/workload/fit-arrivals.js';
import { freshTraffic } from '../dist/workload/fresh-traffic.js';
import { arrivalsUsOf, gammaArrivals } from './arrivals.js';
import { figure, median, printTable } from './measure.js';
import { planningInput, SHIPPED } from './shipped.js';

const SETTINGS = [
  { rateQps: 300, cv: 2, sloMs: 200 },
  { rateQps: 300, cv: 4, sloMs: 100 },
  { rateQps: 200, cv: 4, sloMs: 300 },
  { rateQps: 100, cv: 2, sloMs: 300 },
  { rateQps: 300, cv: 2, sloMs: 500 },
];
const PIPELINES_PER_SETTING = 3;
const DRAWS = 4;
const PLANNED_S = [60, 300];
const FRESH_S = 1800;
const LIMIT_MS = 30_000;

export function bench({ isQuick }) {
  const lengths = isQuick ? [20] : PLANNED_S;
  const settings = isQuick ? SETTINGS.slice(0, 1) : SETTINGS;
  const draws = isQuick ? 1 : DRAWS;
  for (const plannedS of lengths) {
    const all = settings.map((setting) => {
      const outcomes = pipelinesFor(setting, isQuick ? 1 : PIPELINES_PER_SETTING).flatMap((pipeline) =>
        Array.from({ length: draws }, (_, draw) => {
          return outcome({ ...setting, ...pipeline, plannedS, freshS: isQuick ? 60 : FRESH_S, draw });
        }),
      );
      return { name: `${setting.rateQps}/s, CV ${setting.cv}, ${setting.sloMs} ms`, outcomes };
    });
    const rows = [...all, { name: 'all', outcomes: all.flatMap(({ outcomes }) => outcomes) }].map(summary);
    const header = [
      'rate, CV, SLO',
      'plans',
      'taken for gamma',
      ...['without', 'known', 'refitted'].flatMap((kind) => [`misses ${kind}`, `worst ${kind}`]),
      ...['known', 'refitted'].flatMap((kind) => [`bound above, ${kind}`, `mean cost ${kind}`, `max cost ${kind}`]),
      'warned',
      's without',
      's known',
      's refitted',
      'max s refitted',
      'not proved',
    ];
    printTable(`plans made on ${plannedS} s, on ${isQuick ? 60 : FRESH_S} s of fresh traffic`, header, rows);
  }
}

function outcome({ rateQps, cv, sloMs, stages, profiles, hardware, name, plannedS, freshS, draw }) {
  const seed = 1000 * draw + plannedS;
  const trace = { arrivalsUs: arrivalsUsOf({ rateQps, cv, count: rateQps * plannedS, seed }) };
  const input = {
    pipeline: { name, stages },
    profiles,
    hardware,
    trace,
    slo: { latencyMs: sloMs, percentile: 99 },
    serviceModel: 'mean',
    seed: draw,
  };
  const model = fitArrivals(trace);
  const without = planned(input);
  const traffic = freshTraffic(trace, model, { seed: draw });
  const fresh = { count: rateQps * freshS, seed: seed + 500_000 };
  const attainmentOf = ({ configuration }) => {
    const misses = countMisses({
      pipeline: input.pipeline,
      stages: stageSetups({ ...input, configuration }),
      seed: fresh.seed,
      arrivals: gammaArrivals({ rateQps, cv, ...fresh }),
      sloUs: sloMs * 1000,
    });
    return 1 - misses / fresh.count;
  };
  const promised = (drawn) => {
    const promise = createPromise({ ...input, traffic: drawn });
    const plan = planned(input, promise);
    const attainment = attainmentOf(plan);
    const report = promise.report(plan.configuration);
    return {
      ...plan,
      attainment,
      report,
      extra: plan.costMicroUsd / without.costMicroUsd - 1,
      isAbove: report.lowerBound > attainment,
    };
  };
  const refitted = promised(traffic);
  const drawMs = (plannedS * 1000 * refitted.report.queriesPerDraw) / trace.arrivalsUs.length;
  return {
    model,
    without: { ...without, attainment: attainmentOf(without) },
    known: promised(takenAsKnown(traffic, draw)),
    refitted,
    isWarned: neededTraceMs(refitted.report, drawMs) > plannedS * 1000,
  };
}

/** Draws of the fitted process itself, and a bound that knows of no error of the fit. */
function takenAsKnown(traffic, seed) {
  const { model, queries } = traffic;
  const known = { ...traffic, traceQueries: Number.POSITIVE_INFINITY };
  if (model.kind === 'blocks') return known;
  return { ...known, open: (draw) => gammaArrivals({ ...model, count: queries, seed: 1000 * seed + draw + 900_000 }) };
}

/** The cheapest configuration found within the time limit. */
function planned(input, condition) {
  const begun = performance.now();
  const space = searchSpace(input);
  const bounds = traceBounds(input, space);
  const search = exactSearch({ bounds, space, ceilingMicroUsd: Number.POSITIVE_INFINITY, condition });
  let step = search.next();
  while (!step.done && (performance.now() - begun < LIMIT_MS || step.value.incumbent === undefined))
    step = search.next();
  const { configuration } = step.value.incumbent;
  return {
    configuration,
    costMicroUsd: configurationMicroUsd(space, configuration),
    isProved: step.done,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Chains of two to four published models whose fastest way takes at most half of the objective. */
function pipelinesFor({ rateQps, cv, sloMs }, count) {
  const { profiles: all, hardware } = planningInput(SHIPPED[0]);
  const profiles = all.filter(({ hardware: on }) => hardware.some(({ kind, name }) => name === on && kind === 'gpu'));
  const models = [...new Set(profiles.map(({ model }) => model))];
  const random = randomStream(1, 'out-of-sample', `${rateQps} ${cv} ${sloMs}`);
  const fastestMs = (model) => Math.min(...profiles.filter((p) => p.model === model).map(({ rows }) => rows[0].meanMs));
  const found = [];
  while (found.length < count) {
    const chain = Array.from({ length: 2 + Math.floor(3 * random()) }, () => {
      return models[Math.floor(models.length * random())];
    });
    if (chain.reduce((sum, model) => sum + fastestMs(model), 0) > sloMs / 2) continue;
    const stages = chain.map((model, s) => ({
      name: `stage-${s + 1}`,
      kind: 'model',
      model,
      parents: [{ from: s === 0 ? 'query' : `stage-${s}`, probability: 1, fanOut: 1 }],
    }));
    found.push({ name: chain.join(' > '), stages, profiles, hardware });
  }
  return found;
}

function summary({ name, outcomes }) {
  const share = (test) => `${outcomes.filter(test).length}/${outcomes.length}`;
  const seconds = (kind) => outcomes.map((o) => o[kind].seconds).sort((a, b) => a - b);
  const percent = (fraction) => `${(100 * fraction).toFixed(2)} %`;
  return [
    name,
    outcomes.length,
    share(({ model }) => model.kind === 'gamma'),
    ...['without', 'known', 'refitted'].flatMap((kind) => [
      share((o) => o[kind].attainment < 0.99),
      percent(Math.min(...outcomes.map((o) => o[kind].attainment))),
    ]),
    ...['known', 'refitted'].flatMap((kind) => {
      const extra = outcomes.map((o) => o[kind].extra);
      const mean = extra.reduce((sum, more) => sum + more, 0) / extra.length;
      return [share((o) => o[kind].isAbove), `+${percent(mean)}`, `+${percent(Math.max(...extra))}`];
    }),
    share(({ isWarned }) => isWarned),
    figure(median(seconds('without'))),
    figure(median(seconds('known'))),
    figure(median(seconds('refitted'))),
    figure(seconds('refitted').at(-1)),
    share((o) => !o.refitted.isProved),
  ];
}
