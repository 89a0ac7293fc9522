/**
 * Stage visits per processor second on one thread: a four-stage diamond with a join and a four-stage chain, all batching, at 1000
 * queries/s. Beside the estimator the same model as a textbook event loop, with equal results, and in SimPy where Python has it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceOf } from '../dist/model/trace.js';
import { Feasibility } from '../dist/planner/space/feasibility.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { traceBounds } from '../dist/planner/space/trace-bounds.js';
import { simulate } from '../dist/simulation/simulate.js';
import { arrivalsUsOf } from './arrivals.js';
import { figure, median, printTable, timesOf } from './measure.js';
import { runTextbook } from './textbook.js';

const VENV_PYTHON = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
const PYTHON = existsSync(VENV_PYTHON) ? VENV_PYTHON : 'python3';
const SIMPY_MODEL = fileURLToPath(new URL('simpy_model.py', import.meta.url));
/** Service time in ms of b items: base + perItem · b. At 1000 queries/s the stages are 50 to 80 % busy. */
const STAGES = [
  { name: 'prepare', baseMs: 1, perItemMs: 0.6, maxBatchSize: 8, replicas: 1 },
  { name: 'detect', baseMs: 4, perItemMs: 1, maxBatchSize: 8, replicas: 2 },
  { name: 'classify', baseMs: 10, perItemMs: 0.5, maxBatchSize: 16, replicas: 2 },
  { name: 'combine', baseMs: 0.5, perItemMs: 0.3, maxBatchSize: 8, replicas: 1 },
];
const SHAPES = { diamond: [[-1], [0], [0], [1, 2]], chain: [[-1], [0], [1], [2]] };

export function bench({ isQuick }) {
  if (spawnSync(PYTHON, ['-c', 'import simpy']).status !== 0) {
    console.log('SimPy is left out: install it with  python3 -m venv .venv && .venv/bin/pip install simpy');
  }
  const queries = isQuick ? 20_000 : 1_000_000;
  const runs = isQuick ? 2 : 7;
  const rows = Object.entries(SHAPES).flatMap(([shape, parents]) => {
    checkEqual(parents, 20_000);
    const input = modelOf(parents, queries);
    const visits = queries * STAGES.length;
    const ours = timesOf(runs, () => simulate({ ...input, arrivals: sourceOf(input.trace) }));
    const searching = judgingTimes(runs, input);
    const textbook = timesOf(isQuick ? 1 : 3, () => runTextbook(textbookOf(parents, input.trace.arrivalsUs)));
    const base = visits / median(ours);
    const row = (name, times, count) => [
      `${shape}: ${name}`,
      count,
      figure(count / times[0] / 1e6),
      figure(count / median(times) / 1e6),
      figure(base / (count / median(times))),
    ];
    return [
      row('simulate', ours, visits),
      row('as the search runs it', searching, visits),
      row('textbook event loop', textbook, visits),
      ...simpyRows(parents, { queries: queries / 50, row }),
    ];
  });
  printTable(
    `estimator: ${queries} queries through four stages, processor time, ${runs} runs`,
    ['model', 'stage visits', 'best M/s', 'median M/s', 'times slower than simulate'],
    rows,
  );
}

function modelOf(parents, queries) {
  const stages = STAGES.map(({ name }, s) => ({
    name,
    kind: 'model',
    model: name,
    parents: parents[s].map((p) => ({ from: p < 0 ? 'query' : STAGES[p].name, probability: 1, fanOut: 1 })),
  }));
  return {
    pipeline: { name: 'bench', stages },
    profiles: STAGES.map(({ name, baseMs, perItemMs, maxBatchSize }) => ({
      model: name,
      hardware: 'any',
      rows: [1, maxBatchSize].map((batchSize) => {
        return { batchSize, meanMs: baseMs + perItemMs * batchSize, runtime: 'bench', source: 'bench' };
      }),
    })),
    hardware: [{ name: 'any', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 }],
    configuration: STAGES.map(({ name, maxBatchSize, replicas }) => {
      return { stage: name, hardware: 'any', maxBatchSize, replicas };
    }),
    trace: { arrivalsUs: arrivalsUsOf({ rateQps: 1000, cv: 1, count: queries, seed: 1 }) },
    // Loose enough to hold, so that no run stops early.
    slo: { latencyMs: 10_000, percentile: 99 },
    serviceModel: 'mean',
    seed: 1,
  };
}

function textbookOf(parents, arrivalsUs) {
  const stages = STAGES.map(({ baseMs, perItemMs, maxBatchSize, replicas }, s) => ({
    parents: parents[s],
    serviceUs: Array.from({ length: maxBatchSize + 1 }, (_, b) => Math.round((baseMs + perItemMs * b) * 1000)),
    maxBatchSize,
    replicas,
  }));
  return { stages, arrivalsUs };
}

/** Seconds of a judgement by the search's simulator in which nothing is remembered: the one before it differs from the first stage on. */
function judgingTimes(runs, input) {
  const space = searchSpace(input);
  const times = Array.from({ length: runs }, () => {
    const feasibility = new Feasibility(traceBounds(input, space), space);
    feasibility.judge(input.configuration.with(0, { ...input.configuration[0], replicas: 2 }));
    const [time] = timesOf(1, () => feasibility.judge(input.configuration));
    if (!feasibility.judge(input.configuration).holds) throw new Error('the configuration must hold');
    return time;
  });
  return times.sort((a, b) => a - b);
}

/** Every latency and every number of batches the same in both models. */
function checkEqual(parents, queries) {
  const input = modelOf(parents, queries);
  const { latenciesUs, batches } = runTextbook(textbookOf(parents, input.trace.arrivalsUs));
  let unequal = 0;
  const { stages } = simulate({
    ...input,
    arrivals: sourceOf(input.trace),
    onEnd: ({ from, to, mask, arrivalUs, endUs }) => {
      for (let q = from; q < to; q++) if (endUs[q & mask] - arrivalUs[q & mask] !== latenciesUs[q]) unequal++;
    },
  });
  if (unequal > 0 || stages.some((stage, s) => stage.batches !== batches[s])) {
    throw new Error(`the textbook event loop differs in ${unequal} of ${queries} latencies`);
  }
}

function simpyRows(parents, { queries, row }) {
  const { trace } = modelOf(parents, queries);
  const model = textbookOf(parents, trace.arrivalsUs);
  const input = JSON.stringify({ ...model, arrivalsUs: Array.from(trace.arrivalsUs) });
  const { status, stdout } = spawnSync(PYTHON, [SIMPY_MODEL], { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) return [];
  const { version, seconds, meanUs } = JSON.parse(stdout);
  const { latenciesUs } = runTextbook(model);
  const ours = latenciesUs.reduce((a, b) => a + b, 0) / latenciesUs.length;
  // SimPy may take items that arrive at one instant in another order; on average that is nothing.
  if (Math.abs(meanUs / ours - 1) > 0.01) throw new Error(`SimPy's mean latency is ${meanUs} µs, must be near ${ours}`);
  return [row(`SimPy ${version}`, [seconds], queries * STAGES.length)];
}
