/** `plan.yaml`: written by `plan`, read by the other commands. */
import { stringify } from 'yaml';
import { PLAN_VERSION, type Plan } from '../../model/plan/plan.js';
import { addProblem, checkVersion } from '../entry.js';
import { refuseOtherKind } from '../file-kind.js';
import { readYamlFile } from '../yaml-file.js';
import { PLAN } from './plan-shape.js';

const REMAKE = 'Make the plan anew: infer-plan plan';

const HEADER = `\
# A plan by infer-plan: the cheapest configuration found for a pipeline, a trace and an objective.
# Units stand in the keys: _ms milliseconds, _qps per second, _usd dollars. Ratios, shares, utilisation and attainment are fractions of 1.
`;

/** Comment above each section. */
const COMMENTS: Readonly<Record<string, string>> = {
  slo: 'The objective: at least `percentile` per cent of the queries end within latency_ms.',
  service_model: 'Which number of a profile row stands for the service time.',
  stages: 'What to run (hardware, max_batch_size, replicas), and for each stage the evidence from the planning trace.',
  cost_usd_per_hour: 'Price of all replicas together.',
  predicted: 'Latencies that the estimator predicts for the planning trace.',
  packing:
    'The cloud instances that host all replicas for the least price, and what runs on each; the certificate speaks of this price.',
  certificate:
    'What is proved: no configuration that holds the objective on the trace costs less than the lower bound. gap_ratio = (cost - bound) / cost.',
  validated:
    "Where the plan was not made: fresh traffic of the trace's kind (lower_bound of a 95 % interval against target), and the tail of the trace that planning did not see.",
  envelope: 'Most arrivals in any window of each width of the planning trace: traffic above it is not planned for.',
  provenance: 'What the plan was made from. The same inputs, seed and options give the same plan.',
};

/** A plan as YAML text: keys in a fixed order, numbers as given, so that reading it gives the same plan back. */
export function formatPlan(plan: Plan): string {
  const sections = Object.entries(PLAN.write(plan) as object).map(([key, value]) => {
    const comment = COMMENTS[key];
    return `${comment === undefined ? '' : `\n# ${comment}\n`}${formatSection(key, value)}`;
  });
  return `${HEADER}${sections.join('')}`;
}

/**
 * Reads a plan. Throws one InputError with every problem. For a plan of another version the version is the only
 * problem, and the hint says how to make the plan anew.
 */
export function readPlanFile(path: string): Plan {
  const root = readYamlFile(path);
  refuseOtherKind(root, 'plan');
  checkVersion(root, PLAN_VERSION, REMAKE);
  const plan = PLAN.read(root);
  const seen = new Set<string>();
  plan.stages.forEach(({ stage }, index) => {
    if (stage === '') return;
    if (seen.has(stage)) addProblem(root.file, ['stages', index, 'stage'], `= ${stage}, must be given once`);
    seen.add(stage);
  });
  root.file.problems.throwIfAny('PLAN', REMAKE);
  return plan;
}

/** The envelope is a table: one line per window. */
function formatSection(key: string, value: unknown): string {
  if (key !== 'envelope' || !Array.isArray(value) || value.length === 0) {
    return stringify({ [key]: value }, { lineWidth: 0 });
  }
  const lines = value.map((point) => `  - ${stringify(point, { lineWidth: 0, collectionStyle: 'flow' })}`);
  return `${key}:\n${lines.join('')}`;
}
