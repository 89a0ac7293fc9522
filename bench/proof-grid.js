/**
 * npm run bench -- proof-grid [--quick] [--limit=60s] [--only=shipped|grid] [--two-processes] [--verify] [--enumerate]
 *
 * How often and how soon the exact search proves its plan, and what the paper's search costs beside it: on the shipped
 * pipelines with ten minutes of bursty traffic and objectives from 150 to 500 ms, and on the grid of grid-pipelines.js. Times are
 * of the search alone, from the trace in memory to the proof, on one thread, in processor seconds: what it takes where nothing else runs.
 * With --two-processes they are of the clock, and the search has the second process that `plan` gives it. --limit is for each
 * problem. --verify also verifies each plan and gives the time beside the search's. --enumerate compares with full enumeration on
 * small problems instead.
 */

import { join } from 'node:path';
import { openSearchHelpers } from '../dist/cli/plan/second-process.js';
import { readHardwareFile, readProfileFiles, readTraceFile } from '../dist/index.js';
import { planInSteps } from '../dist/planner/plan-configuration.js';
import { runToEnd } from '../dist/planner/run-to-end.js';
import { exactPlan } from '../dist/planner/search/exact-plan.js';
import { greedySearch } from '../dist/planner/search/greedy-search.js';
import { Feasibility } from '../dist/planner/space/feasibility.js';
import { configurationMicroUsd } from '../dist/planner/space/pricing.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { stageRunsOf, traceBounds } from '../dist/planner/space/trace-bounds.js';
import { verifyPlan } from '../dist/verifier/verify-plan.js';
import { arrivalsUsOf } from './arrivals.js';
import { gridProblems } from './grid-pipelines.js';
import { figure, printTable, ROOT } from './measure.js';
import { compareWithEnumeration, ENUMERATION_HEADER, enumerationRows } from './proof-enumeration.js';
import { planningInput, SHIPPED } from './shipped.js';

const SLOS_MS = [150, 200, 250, 300, 400, 500];
const MARKS_S = [1, 10, 60];

export async function bench({ isQuick }) {
  if (process.argv.includes('--enumerate')) {
    const outcomes = Array.from({ length: isQuick ? 30 : 2000 }, (_, i) => compareWithEnumeration(i));
    printTable('exact search against full enumeration', ENUMERATION_HEADER, enumerationRows(outcomes));
    return;
  }
  const limitS = Number.parseFloat(flagValue('--limit') ?? (isQuick ? '2s' : '60s'));
  const outcomes = [];
  for (const { input, ...problem } of proofProblems(isQuick)) {
    const outcome = { ...problem, ...(await solve(input(), limitS)) };
    process.stderr.write(`${JSON.stringify(outcome)}\n`);
    outcomes.push(outcome);
  }
  printProofs(outcomes, limitS);
}

/** Every problem with its name, its group and its set. */
export function proofProblems(isQuick) {
  const only = flagValue('--only');
  return [...(only === 'grid' ? [] : shippedProblems(isQuick)), ...(only === 'shipped' ? [] : drawnProblems(isQuick))];
}

export function printProofs(outcomes, limitS) {
  const isVerified = outcomes.some(({ accepted }) => accepted !== undefined);
  const rows = ['shipped', 'grid'].flatMap((set) => {
    const inSet = outcomes.filter((outcome) => outcome.set === set);
    if (inSet.length === 0) return [];
    const groups = [...new Set(inSet.map(({ group }) => group))];
    const each = groups.map((group) => {
      return summary(
        group,
        inSet.filter((o) => o.group === group),
        limitS,
      );
    });
    return [...each, summary(`all ${set}`, inSet, limitS)];
  });
  const proved = MARKS_S.filter((s) => s <= limitS).map((s) => `proved in ${s} s`);
  const header = ['problems', 'number', 'none holds', ...proved, 'largest gap', 'median s', 'max s'];
  const greedy = ['greedy ÷ optimum mean', 'max', 'greedy optimal'];
  const verify = isVerified ? ['accepted', 'verify median s', 'verify max s'] : [];
  printTable(`exact search, at most ${limitS} s a problem`, [...header, ...greedy, ...verify], rows);
}

function shippedProblems(isQuick) {
  const { arrivalsUs } = readTraceFile(join(ROOT, 'traces/bursty-200qps.csv'));
  return SHIPPED.flatMap((path) =>
    (isQuick ? [300] : SLOS_MS).map((latencyMs) => {
      const given = planningInput(path, isQuick ? arrivalsUs.slice(0, 6000) : arrivalsUs);
      const { name } = given.pipeline;
      return {
        name: `${name} ${latencyMs} ms`,
        group: name,
        set: 'shipped',
        input: () => ({ ...given, slo: { ...given.slo, latencyMs } }),
      };
    }),
  );
}

function drawnProblems(isQuick) {
  const profiles = readProfileFiles(['published.csv', 'measured.csv'].map((file) => join(ROOT, 'profiles', file)));
  const hardware = readHardwareFile(join(ROOT, 'profiles/hardware.yaml'));
  const problems = gridProblems().filter((_, i) => !isQuick || i % 7 === 4);
  return problems.map(({ name, pipeline, slo, rateQps, cv, queries }, i) => ({
    name: `${name} ${slo.latencyMs} ms ${rateQps}/s CV ${cv}`,
    group: name,
    set: 'grid',
    input: () => {
      const arrivalsUs = arrivalsUsOf({ rateQps, cv, count: isQuick ? 3000 : queries, seed: 100 + i });
      return { pipeline, profiles, hardware, trace: { arrivalsUs }, slo, serviceModel: 'mean', seed: 1 };
    },
  }));
}

/** Between two looks at what the second process tells, as in `plan`. */
const BREATH_MS = 50;

/** The exact search's outcome and times, beside the cost of the paper's search. */
export async function solve(input, limitS) {
  const isHelped = process.argv.includes('--two-processes');
  const elapsedS = isHelped ? wallTimer() : processorTimer();
  const { helpers, close } = isHelped ? openSearchHelpers(input, { isValidated: false, jobs: 2 }) : {};
  const space = searchSpace(input);
  const feasibility = new Feasibility(traceBounds(input, space), space);
  if (feasibility.bounds.isImpossible) return { holds: false };

  const steps = exactPlan(feasibility, undefined, { helpers });
  let step = steps.next();
  let provedS;
  let breathMs = performance.now();
  for (; !step.done; step = steps.next(elapsedS() > limitS)) {
    const { lowerBoundMicroUsd, incumbent } = step.value;
    if (isHelped && performance.now() - breathMs >= BREATH_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
    if (incumbent !== undefined && lowerBoundMicroUsd >= incumbent.costMicroUsd) provedS ??= elapsedS();
  }
  await close?.();
  const { holds, configuration, certified } = step.value;
  if (!holds) return { holds: false };
  const costMicroUsd = configurationMicroUsd(space, configuration);
  if (certified.isProved) provedS ??= elapsedS();
  const stageRuns = stageRunsOf(feasibility.bounds);
  const found = { holds: true, costMicroUsd, lowerBoundMicroUsd: certified.lowerBoundMicroUsd, provedS, stageRuns };
  // From here on nothing counts for the search's time.
  const greedy = runToEnd(greedySearch(new Feasibility(traceBounds(input, space), space)));
  const greedyCost = greedy.holds ? configurationMicroUsd(space, greedy.configuration) : undefined;
  return { ...found, greedyCost, ...(process.argv.includes('--verify') ? verification(input, limitS) : {}) };
}

/** Plans again, as `plan` does, and verifies what it wrote. */
function verification(input, limitS) {
  const planningS = processorTimer();
  const steps = planInSteps(input, { search: 'exact' });
  let step = steps.next();
  while (!step.done) step = steps.next(planningS() > limitS);
  const verifyingS = processorTimer();
  const checks = verifyPlan({ ...input, plan: step.value.plan });
  let check = checks.next();
  while (!check.done) check = checks.next();
  return { accepted: check.value.accepted, verifyS: verifyingS(), replays: check.value.replays };
}

/** Seconds of the clock from here on. */
function wallTimer() {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/** Seconds of processor time from here on. */
function processorTimer() {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
}

function summary(name, outcomes, limitS) {
  const held = outcomes.filter(({ holds }) => holds);
  const proved = held.filter(({ provedS }) => provedS !== undefined);
  const share = (part) => (held.length === 0 ? '-' : `${((100 * part.length) / held.length).toFixed(0)} %`);
  const gaps = held.map(
    ({ costMicroUsd, lowerBoundMicroUsd }) =>
      (costMicroUsd - Math.min(costMicroUsd, lowerBoundMicroUsd)) / costMicroUsd,
  );
  const times = held.map(({ provedS }) => provedS ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const compared = proved.filter(({ greedyCost }) => greedyCost !== undefined);
  const ratios = compared.map(({ costMicroUsd, greedyCost }) => greedyCost / costMicroUsd);
  const optimal = ratios.filter((ratio) => ratio === 1).length;
  const seconds = (s) => (s === undefined ? '-' : Number.isFinite(s) ? figure(s) : 'not proved');
  const checked = held.filter(({ accepted }) => accepted !== undefined);
  const checkS = checked.map(({ verifyS }) => verifyS).sort((a, b) => a - b);
  return [
    name,
    outcomes.length,
    outcomes.length - held.length,
    ...MARKS_S.filter((s) => s <= limitS).map((s) => share(proved.filter(({ provedS }) => provedS <= s))),
    held.length === 0 ? '-' : `${(100 * Math.max(...gaps)).toFixed(1)} %`,
    seconds(times[times.length >> 1]),
    seconds(times.at(-1)),
    ratios.length === 0 ? '-' : (ratios.reduce((a, b) => a + b, 0) / ratios.length).toFixed(3),
    ratios.length === 0 ? '-' : Math.max(...ratios).toFixed(2),
    `${optimal} of ${ratios.length}`,
    ...(checked.length === 0
      ? []
      : [
          `${checked.filter(({ accepted }) => accepted).length} of ${checked.length}`,
          seconds(checkS[checkS.length >> 1]),
          seconds(checkS.at(-1)),
        ]),
  ];
}

function flagValue(flag) {
  return process.argv.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}
