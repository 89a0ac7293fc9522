/**
 * The InferLine paper's Fig. 6 on ten traces, and which policies dominate which: planned on the first quarter, served on the rest.
 * First InferLine (its plan and its tuner) beside CG-Peak with AutoScale, the paper's baseline. Then every policy from InferLine's plan
 * with swept targets: where another costs less at no more late queries than InferLine's own curve, it dominates there.
 *
 *   npm run build && node bench/evaluation/real.js FOLDER [--quick]     FOLDER holds the recordings of bench/evaluation/traces.js
 */
import { join } from 'node:path';
import { sourceOf } from '../../dist/model/trace.js';
import { coarseConfiguration, planOfConfiguration } from '../../dist/planner/coarse/coarse-plan.js';
import { figure, printTable, ROOT } from '../measure.js';
import { planningInput } from '../shipped.js';
import { compared, EVERY_POLICY, planOn, policiesNamed, scoreOf } from './setting.js';
import { tracesIn } from './traces.js';

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node bench/evaluation/real.js FOLDER [--quick]');
  process.exit(2);
}
const isQuick = flags.includes('--quick');
const PIPELINE = join(ROOT, 'pipeline.yaml');
const ACTIVATION_MS = 5000;
const RULES = ['inferline', 'inferline-lean', 'inferline-paper'];
const WATCHED = EVERY_POLICY.filter(({ name }) => !['peak', 'clairvoyant', 'fixed', ...RULES].includes(name));

const percent = (ratio) => `${(100 * ratio).toFixed(2)} %`;
const paper = [];
const domination = [];
for (const { name, planningUs, servedUs } of tracesIn(folder).slice(0, isQuick ? 1 : undefined)) {
  const scenario = planningInput(PIPELINE, planningUs);
  const plan = planOn(scenario);
  if (plan === undefined) {
    console.error(`${name}: no plan holds on its first quarter, left out`);
    continue;
  }
  const open = () => sourceOf({ arrivalsUs: servedUs });
  const common = { scenario, open, activationMs: ACTIVATION_MS };
  const coarse = (hardware) => {
    const found = coarseConfiguration(scenario, { rate: 'peak', hardware, leavesRoom: false });
    return found && { name: hardware, plan: planOfConfiguration(scenario, found.configuration, 'cg-peak') };
  };
  const ours = compared({
    ...common,
    plans: [{ name: 'plan', plan }],
    policies: policiesNamed([...RULES, 'fixed', 'clairvoyant']),
  });
  const theirs = compared({
    ...common,
    plans: ['fastest', 'cheapest'].map(coarse).filter((one) => one !== undefined),
    policies: policiesNamed(['autoscale']),
  });
  const base = ours.rows.map(scoreOf).find(({ policy }) => policy === 'inferline');
  for (const row of [...ours.rows, ...theirs.rows].map(scoreOf)) {
    paper.push([
      name,
      row.plan === 'plan' ? row.policy : `CG-peak (${row.plan}) + ${row.policy}`,
      percent(row.sloAttainment),
      row.misses,
      row.costUsd.toFixed(2),
      figure(row.costUsd / base.costUsd),
      base.misses === 0 ? '-' : figure(row.misses / base.misses),
    ]);
  }
  const swept = compared({
    ...common,
    plans: [{ name: 'plan', plan }],
    policies: [...policiesNamed(RULES), ...WATCHED],
    targets: 'swept',
  });
  const curveOf = (policy) => swept.curves.find((curve) => curve.policy === policy).points;
  for (const { name: policy } of [...policiesNamed(RULES.slice(1)), ...WATCHED]) {
    // Points of the other curve that some point of ours beats or equals in both, and points that no point of ours does.
    const own = curveOf('inferline');
    const points = curveOf(policy);
    const isBeaten = (point) => own.some(({ costUsd, misses }) => costUsd <= point.costUsd && misses <= point.misses);
    const beatsUs = own.filter((point) =>
      points.some(({ costUsd, misses }) => costUsd < point.costUsd && misses <= point.misses),
    );
    const atOne = own.find(({ factor }) => factor === 1);
    const cheaper = points.filter(({ misses }) => misses <= atOne.misses).map(({ costUsd }) => costUsd);
    domination.push([
      name,
      policy,
      `${points.filter(isBeaten).length} of ${points.length}`,
      `${beatsUs.length} of ${own.length}`,
      cheaper.length === 0 ? 'never as few late' : figure(Math.min(...cheaper) / atOne.costUsd),
    ]);
  }
}
printTable(
  'ten traces: InferLine beside CG-Peak with AutoScale, planned on the first quarter',
  ['trace', '', 'attained', 'late', 'cost $', '÷ inferline', 'late ÷ inferline'],
  paper,
);
printTable(
  "ten traces, swept targets from InferLine's plan",
  [
    'trace',
    'policy',
    'its points dominated by inferline',
    "inferline's points dominated by it",
    'its least cost at no more late ÷ inferline',
  ],
  domination,
);
