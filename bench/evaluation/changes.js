/**
 * The InferLine paper's Figs. 10, 11, 12 and 14, and what it did not try: a rate that rises, a CV that rises, the shares of planner and
 * tuner, DS2 with and without its stop, activation delays, phases of the ticks, and flips at a constant load. Every policy starts from
 * the plan for the traffic before the change. The paper's CV is the squared coefficient of variation, as its authors' generator draws it.
 *
 *   npm run build && node bench/evaluation/changes.js [--quick]
 */
import { join } from 'node:path';
import { sourceOf } from '../../dist/model/trace.js';
import { coarseConfiguration, planOfConfiguration } from '../../dist/planner/coarse/coarse-plan.js';
import { arrivalsUsOf } from '../arrivals.js';
import { figure, printTable, ROOT } from '../measure.js';
import { planningInput } from '../shipped.js';
import { compared, EVERY_POLICY, planOn, policiesNamed, scoreOf } from './setting.js';

const isQuick = process.argv.includes('--quick');
const US_PER_S = 1_000_000;
const S = isQuick ? 60 : 300;
const PLANNED_S = 60;
const RATE_QPS = 150;
const slo = { latencyMs: 300, percentile: 99 };
const percent = (ratio) => `${(100 * ratio).toFixed(2)} %`;

/** Pieces of `[rate, squared CV, seconds]`, one after the other. */
function traffic(pieces, seed) {
  const arrivals = [];
  let fromUs = 0;
  pieces.forEach(([rateQps, squared, seconds], i) => {
    const count = Math.ceil(rateQps * seconds * 2) + 50;
    for (const us of arrivalsUsOf({ rateQps, cv: Math.sqrt(squared), count, seed: seed * 100 + i })) {
      if (us >= seconds * US_PER_S) break;
      arrivals.push(fromUs + us);
    }
    fromUs += seconds * US_PER_S;
  });
  return Float64Array.from(arrivals);
}

function scenarioFor(pipeline, pieces, objective = slo) {
  const path = pipeline === '.' ? 'pipeline.yaml' : `examples/${pipeline}/pipeline.yaml`;
  return { ...planningInput(join(ROOT, path), traffic(pieces, 7)), slo: objective };
}

const row = ({ policy, plan, misses, sloAttainment, costUsd, costRatio, changes, flips, slowestRecoveryMs }) => [
  plan === 'plan' ? policy : `${plan}, ${policy}`,
  percent(sloAttainment),
  misses,
  costUsd.toFixed(3),
  figure(costRatio),
  changes,
  flips,
  `${(slowestRecoveryMs / 1000).toFixed(1)} s`,
];
const HEADER = ['', 'attained', 'late', 'cost $', '÷ clairvoyant', 'changes', 'flips', 'slowest recovery'];

const STEP = [
  [RATE_QPS, 1, 60],
  [250, 1, S],
];
const BURSTS = [
  [RATE_QPS, 1, 60],
  [RATE_QPS, 4, S],
];
const before = scenarioFor('.', [[RATE_QPS, 1, PLANNED_S]]);
const plan = planOn(before);
const plans = [{ name: 'plan', plan }];

for (const [title, pieces] of [
  ['Fig. 10: 150 to 250 queries/s', STEP],
  ['Fig. 11: CV² 1 to 4 at 150 queries/s', BURSTS],
]) {
  for (const targets of ['shipped', 'matched']) {
    const { rows } = compared({
      scenario: before,
      plans,
      policies: EVERY_POLICY,
      targets,
      activationMs: 5000,
      open: () => sourceOf({ arrivalsUs: traffic(pieces, 1) }),
    });
    printTable(`${title}, social-media, p99 <= 300 ms, targets ${targets}`, HEADER, rows.map(scoreOf).map(row));
  }
}

{
  const scenario = scenarioFor('image-processing', [[RATE_QPS, 1, PLANNED_S]]);
  const own = planOn(scenario);
  const coarse = ['fastest', 'cheapest'].map((hardware) => {
    const { configuration } = coarseConfiguration(scenario, { rate: 'peak', hardware, leavesRoom: false });
    return { name: `CG-peak, ${hardware}`, plan: planOfConfiguration(scenario, configuration, 'cg-peak') };
  });
  const { rows } = compared({
    ...{ scenario, plans: [{ name: 'InferLine', plan: own }, ...coarse], activationMs: 5000 },
    policies: policiesNamed(['fixed', 'inferline', 'autoscale']),
    open: () => sourceOf({ arrivalsUs: traffic(STEP, 1) }),
  });
  printTable(
    'Fig. 12: plan by tuner, image-processing, p99 <= 300 ms, 150 to 250 queries/s',
    HEADER,
    rows.map(scoreOf).map(row),
  );
}

for (const squared of [1, 4]) {
  const scenario = scenarioFor('image-processing', [[RATE_QPS, squared, PLANNED_S]]);
  const { rows } = compared({
    ...{ scenario, plans: [{ name: 'plan', plan: planOn(scenario) }], activationMs: 5000 },
    policies: policiesNamed(['inferline', 'ds2', 'ds2-stop']),
    open: () =>
      sourceOf({
        arrivalsUs: traffic(
          [
            [RATE_QPS, squared, 60],
            [250, squared, S / 2],
            [RATE_QPS, squared, S / 2],
          ],
          1,
        ),
      }),
  });
  printTable(
    `Fig. 14: DS2, image-processing, p99 <= 300 ms, 150 to 250 and back, CV² ${squared}`,
    HEADER,
    rows.map(scoreOf).map(row),
  );
}

{
  const found = new Map();
  for (const activationMs of [0, 5000, 30_000, 120_000]) {
    const { rows } = compared({
      scenario: before,
      plans,
      policies: EVERY_POLICY,
      targets: 'matched',
      activationMs,
      open: () => sourceOf({ arrivalsUs: traffic(STEP, 1) }),
    });
    for (const { policy, misses, costUsd } of rows.map(scoreOf))
      found.set(policy, [...(found.get(policy) ?? []), `${misses} at $${costUsd.toFixed(2)}`]);
  }
  printTable(
    'activation delays on the step of Fig. 10, targets matched: late, cost',
    ['', '0 s', '5 s', '30 s', '120 s'],
    [...found].map(([policy, cells]) => [policy, ...cells]),
  );
}

{
  const found = new Map();
  for (const phase of [0, 0.2, 0.4, 0.6, 0.8]) {
    const { rows } = compared({
      scenario: before,
      plans,
      policies: EVERY_POLICY,
      targets: 'matched',
      activationMs: 5000,
      phase,
      open: () => sourceOf({ arrivalsUs: traffic(STEP, 1) }),
    });
    for (const { policy, misses } of rows.map(scoreOf)) found.set(policy, [...(found.get(policy) ?? []), misses]);
  }
  printTable(
    'phases of the ticks on the step of Fig. 10, targets matched: late queries',
    ['', 'least', 'most'],
    [...found].map(([policy, misses]) => [policy, Math.min(...misses), Math.max(...misses)]),
  );
}

{
  const constant = [[RATE_QPS, 1, isQuick ? 120 : 3600]];
  const { rows } = compared({
    scenario: before,
    plans,
    policies: EVERY_POLICY,
    targets: 'matched',
    activationMs: 5000,
    open: () => sourceOf({ arrivalsUs: traffic(constant, 3) }),
  });
  const steady = compared({
    ...{ scenario: before, plans, policies: EVERY_POLICY, targets: 'matched', activationMs: 5000 },
    open: () =>
      sourceOf({
        arrivalsUs: Float64Array.from({ length: RATE_QPS * constant[0][2] }, (_, i) =>
          Math.floor((i * US_PER_S) / RATE_QPS),
        ),
      }),
  });
  const equal = new Map(steady.rows.map(scoreOf).map((one) => [one.policy, one]));
  printTable(
    `an hour at 150 queries/s, targets matched: changes and flips with CV² 1 and with equal gaps`,
    ['', 'changes, CV² 1', 'flips, CV² 1', 'changes, equal gaps', 'flips, equal gaps'],
    rows
      .map(scoreOf)
      .map(({ policy, changes, flips }) => [
        policy,
        changes,
        flips,
        equal.get(policy).changes,
        equal.get(policy).flips,
      ]),
  );
}
