/**
 * `plan` on every shipped pipeline with ten minutes of traffic: the whole process, beside one `simulate` of the plan it
 * wrote; and inside the process, what a judgement costs that refutes, and one that repeats most of another.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTraceFile } from '../dist/index.js';
import { runToEnd } from '../dist/planner/run-to-end.js';
import { greedySearch } from '../dist/planner/search/greedy-search.js';
import { Feasibility } from '../dist/planner/space/feasibility.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { traceBounds } from '../dist/planner/space/trace-bounds.js';
import { CLI, figure, median, printTable, processTimesOf, runNode, timesOf } from './measure.js';
import { planningInput, SHIPPED } from './shipped.js';

const TRAFFIC = [
  { rate: 200, cv: 1 },
  { rate: 200, cv: 4 },
  { rate: 1000, cv: 1 },
];

export function bench({ isQuick }) {
  const runs = isQuick ? 1 : 5;
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-bench-'));
  try {
    const traces = (isQuick ? TRAFFIC.slice(0, 1) : TRAFFIC).map(({ rate, cv }) => {
      const path = join(folder, `${rate}-${cv}.csv`);
      const law = ['--rate', `${rate}/s`, '--cv', String(cv), '--duration', isQuick ? '30s' : '10m'];
      runNode([CLI, 'trace', 'generate', ...law, '-o', path]);
      return { traffic: `${rate}/s, CV ${cv}`, path };
    });
    const cases = SHIPPED.flatMap((pipeline) => traces.map((trace) => ({ pipeline, ...trace })));
    const whole = cases.map((at) => wholeProcess({ ...at, runs, folder }));
    const header = [
      'pipeline, traffic',
      'min s',
      'median s',
      'max s',
      '× simulate',
      '$/h',
      'greedy median s',
      'greedy $/h',
    ];
    printTable(`plan: whole process, ${runs} runs`, header, whole);
    const inside = cases.map((at) => insideProcess({ ...at, runs }));
    const candidates = [
      'the plan',
      'one replica fewer',
      '× plan',
      'half of each',
      '× plan',
      'last stage moved',
      '× plan',
    ];
    printTable(
      `plan: one judgement on the whole trace in processor ms, least of ${runs} runs`,
      ['pipeline, traffic', ...candidates, 'first stage moved', '× plan'],
      inside,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `plan` as it comes, and with the paper's search; every search to its end, or to the default time limit. */
function wholeProcess({ pipeline, traffic, path, runs, folder }) {
  const plan = join(folder, 'plan.yaml');
  const args = [CLI, 'plan', pipeline, '--trace', path, '-o', plan];
  const greedy = [...args, '--search', 'greedy'];
  const greedyTimes = processTimesOf(runs, greedy, { mayFail: true });
  const greedyAnswer = JSON.parse(runNode([...greedy, '--json'], { mayFail: true }));
  const times = processTimesOf(runs, args, { mayFail: true });
  const answer = JSON.parse(runNode([...args, '--json'], { mayFail: true }));
  const costMicroUsd = (result) => (result.feasible ? figure(result.plan.cost_usd_per_hour) : 'none');
  const simulating = answer.feasible ? processTimesOf(runs, [CLI, 'simulate', plan, '--trace', path]) : undefined;
  return [
    `${nameOf(pipeline)}, ${traffic}`,
    ...[times[0], median(times), times.at(-1)].map(figure),
    simulating === undefined ? '-' : figure(median(times) / median(simulating)),
    costMicroUsd(answer),
    figure(median(greedyTimes)),
    costMicroUsd(greedyAnswer),
  ];
}

/**
 * The simulator of the search, past the capacity bound, which would refute most of these for nothing. Before each judgement it
 * has judged one configuration that differs from the first stage on, or, for a move, the plan itself.
 */
function insideProcess({ pipeline, traffic, path, runs }) {
  const input = planningInput(pipeline, readTraceFile(path).arrivalsUs);
  const name = `${nameOf(pipeline)}, ${traffic}`;
  const space = searchSpace(input);
  const { holds, configuration } = runToEnd(greedySearch(new Feasibility(traceBounds(input, space), space)));
  if (!holds) return [name, 'none holds', ...Array(8).fill('-')];
  const replicas = (s, change) =>
    configuration.with(s, { ...configuration[s], replicas: change(configuration[s].replicas) });
  const other = replicas(0, (n) => 2 * n + 1);
  const judgementMs = (candidate, before) => {
    const feasibility = new Feasibility(traceBounds(input, space), space);
    const judge = (at) => feasibility.bounds.simulator.judge(feasibility.choices(at));
    judge(before);
    return 1000 * timesOf(1, () => judge(candidate))[0];
  };
  const leastMs = (candidates, before) => {
    const times = Array.from({ length: runs }, () => {
      return candidates.reduce((sum, candidate) => sum + judgementMs(candidate, before), 0) / candidates.length;
    });
    return Math.min(...times);
  };

  const fewer = configuration.flatMap((c, s) => (c.replicas > 1 ? [replicas(s, (n) => n - 1)] : []));
  const half = configuration.map((c) => ({ ...c, replicas: Math.ceil(c.replicas / 2) }));
  const planMs = leastMs([configuration], other);
  const compared = (candidates, before) => {
    if (candidates.length === 0) return ['-', '-'];
    const ms = leastMs(candidates, before);
    return [figure(ms), figure(ms / planMs)];
  };
  return [
    name,
    figure(planMs),
    ...compared(fewer, other),
    ...compared(fewer.length > 0 ? [half] : [], other),
    ...compared([replicas(configuration.length - 1, (n) => n + 1)], configuration),
    ...compared([replicas(0, (n) => n + 1)], configuration),
  ];
}

function nameOf(pipeline) {
  return planningInput(pipeline).pipeline.name;
}
