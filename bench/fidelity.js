/**
 * Predicted against measured, in real time, for three pipelines at 30, 50 and 70 % utilisation of their busiest stage, three undisturbed runs each. The speed of a shared
 * machine wanders by 5 to 10 % from one minute to the next, so the two with real models are profiled again within every run (`validate --reprofile`); what the profile
 * measured before all runs would have predicted is told beside it. Takes about an hour, and longer where others come and go: every row waits for a quiet moment, for ten
 * minutes at most, and disturbed runs are made again.
 *
 * What it makes lies in bench/results/fidelity: profiles, traces and every result as JSON. `--only=NAME` runs one of the pipelines, `--at=0.7` one utilisation,
 * `--attempts=20` tries so often, rather than six times, to find three undisturbed runs.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchMachine } from '../dist/cli/inputs/watch-machine.js';
import { CLI, markdownTable, ROOT, runNode } from './measure.js';

const RESULTS = join(ROOT, 'bench/results/fidelity');
const UTILISATIONS = [0.3, 0.5, 0.7];
const PROBE_MS = 10_000;
const MOST_PROBES = 60;
/** As of a run that counts. */
const MOST_STOLEN_CPUS = 0.005;
/** Exit code of a profile that does. */
const LACKS_ROWS = 4;
const FIGURES = ['p50_ms', 'p95_ms', 'p99_ms'];
const RUNS = 3;

/** Emulated replicas need no processor; real ones one each, so there are two of those at most. */
const CASES = [
  {
    name: 'ocr',
    pipeline: 'examples/ocr/pipeline.yaml',
    batchSizes: '1',
    budget: '16s',
    // A p99 of 45 s would rest on five queries.
    duration: '90s',
    stages: ['detect=cpu-1:1:1', 'recognise=cpu-1:1:1', 'combine=cpu-1:1:1'],
  },
  {
    name: 'generated',
    pipeline: 'examples/generated/pipeline.yaml',
    batchSizes: '1,2,4,8',
    budget: '8s',
    duration: '60s',
    stages: ['features=cpu-1:8:1', 'encode=cpu-1:8:1'],
  },
  {
    name: 'emulated',
    pipeline: 'bench/emulated.yaml',
    duration: '45s',
    stages: ['prepare-frame=cpu-half:1:12', 'detect=t4:1:17', 'identify-vehicle=t4:1:5', 'read-plate=cpu-half:1:7'],
  },
];

export function bench({ isQuick }) {
  mkdirSync(RESULTS, { recursive: true });
  const only = optionValue('--only=');
  const at = optionValue('--at=');
  const attempts = Number(optionValue('--attempts=') ?? (isQuick ? 1 : 2 * RUNS));
  const utilisations = at !== undefined ? [Number(at)] : isQuick ? [0.5] : UTILISATIONS;
  const rows = CASES.filter(({ name }) => only === undefined || name === only).flatMap((given) => {
    const isEmulated = given.batchSizes === undefined;
    const again = isEmulated ? [] : ['--profiles', profiled(given, isQuick), '--reprofile'];
    return utilisations.flatMap((utilisation) =>
      rowsOf(given.name, utilisation, validated(given, { utilisation, again, attempts, isQuick })),
    );
  });
  const header = [
    'pipeline',
    'utilisation',
    'queries/s',
    '',
    'predicted (ms)',
    'measured (ms)',
    'error',
    'of each run',
    'spread of the runs',
    'error by the profile before',
    "error at the runs' speed",
    'undisturbed',
    'most CPUs stolen',
  ];
  console.log(`\n### Predicted against measured\n\n${markdownTable(header, rows)}`);
}

/** What `validate` says of three runs at a utilisation. */
function validated(given, { utilisation, again, attempts, isQuick }) {
  const profiles = again.slice(0, 2);
  const trace = traceFor(given, { profiles, utilisation, duration: isQuick ? '6s' : given.duration });
  const runs = isQuick ? 1 : RUNS;
  const options = ['--runs', runs, '--attempts', attempts, '--calibration', isQuick ? '3s' : '10s'].map(String);
  if (!isQuick) waitForQuiet();
  const { stdout } = run(['validate', ...configurationOf(given), ...again, '--trace', trace, ...options, '--json']);
  writeFileSync(join(RESULTS, `${given.name}-${utilisation}.json`), stdout);
  return JSON.parse(stdout);
}

/** The value of a word such as --only=ocr. */
function optionValue(start) {
  return process.argv.find((word) => word.startsWith(start))?.slice(start.length);
}

/** Measures the pipeline's models on this machine, and returns the profile's path. */
function profiled({ name, pipeline, batchSizes, budget }, isQuick) {
  const profile = join(RESULTS, `${name}.csv`);
  if (!isQuick) waitForQuiet();
  const options = isQuick ? ['--budget', '3s', '--foreign', 'any'] : ['--budget', budget];
  const what = ['--as', 'cpu-1', '--batch-sizes', batchSizes];
  // In a hurry some sizes are measured too rarely to count.
  run(['profile', pipeline, ...what, ...options, '-o', profile], isQuick ? [0, LACKS_ROWS] : [0]);
  return profile;
}

/** Keeps a processor half busy, since nothing is stolen from those that sleep, until nothing to speak of is. */
function waitForQuiet() {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let probe = 0; probe < MOST_PROBES; probe++) {
    const disturbanceSince = watchMachine({ nowMs: () => performance.now() });
    const endMs = performance.now() + PROBE_MS;
    while (performance.now() < endMs) {
      const pauseMs = performance.now() + 5;
      while (performance.now() < pauseMs);
      Atomics.wait(never, 0, 0, 5);
    }
    const { stolenCpus } = disturbanceSince() ?? { stolenCpus: 0 };
    if (stolenCpus <= MOST_STOLEN_CPUS) return;
    console.error(`waiting: ${stolenCpus.toFixed(3)} CPUs stolen`);
  }
}

/** A Poisson trace at the rate at which the busiest stage is as busy as wanted, found by simulation. */
function traceFor(given, { profiles, utilisation, duration }) {
  const trace = join(RESULTS, `${given.name}-${utilisation}-trace.csv`);
  const draw = (rate, length) =>
    runNode([CLI, 'trace', 'generate', '--rate', `${rate}/s`, ...length, '--seed', '1', '-o', trace]);
  let [low, high] = [0.1, 2000];
  while (high / low > 1.01) {
    const rate = Math.sqrt(low * high);
    draw(rate.toFixed(4), ['--count', '5000']);
    const result = JSON.parse(
      runNode([CLI, 'simulate', ...configurationOf(given), ...profiles, '--trace', trace, '--json']),
    );
    if (Math.max(...result.stages.map((stage) => stage.utilisation)) < utilisation) low = rate;
    else high = rate;
  }
  draw(low.toFixed(2), ['--duration', duration]);
  return trace;
}

/** A row a percentile. Of emulated replicas there is one prediction: they are as fast as their profile says. */
function rowsOf(name, utilisation, { figures, runs, counted_runs, is_clean, mean_rate_qps }) {
  const counted = is_clean ? runs.filter((run) => run.is_clean) : runs;
  const stolen = Math.max(...counted.map(({ disturbance }) => disturbance?.stolen_cpus ?? 0));
  return FIGURES.map((key) => {
    const { predicted, measured, error_ratio: error, spread_ratio: spread, reprofiled, at_run_speed } = figures[key];
    const best = reprofiled ?? { predicted, error_ratio: error };
    return [
      name,
      percent(utilisation),
      mean_rate_qps.toFixed(1),
      key.replace('_ms', ''),
      best.predicted.toFixed(1),
      measured.toFixed(1),
      signed(best.error_ratio),
      counted.map((run) => signed((run.reprofiled?.[key] ?? predicted) / run.latency[key] - 1)).join(', '),
      `±${percent(spread)}`,
      reprofiled === undefined ? '' : signed(error),
      at_run_speed === undefined ? '' : signed(at_run_speed.error_ratio),
      `${is_clean ? counted_runs : 0} of ${runs.length}`,
      stolen.toFixed(3),
    ];
  });
}

function percent(ratio) {
  return `${(100 * ratio).toFixed(1)} %`;
}

function signed(ratio) {
  return `${ratio > 0 ? '+' : ''}${percent(ratio)}`;
}

function configurationOf({ pipeline, stages }) {
  return ['--pipeline', pipeline, ...stages.flatMap((stage) => ['--stage', stage])];
}

/** Runs the command line, its progress visible; gives its exit code and what it printed. */
function run(args, expected = [0]) {
  const stdio = ['ignore', 'pipe', 'inherit'];
  const { status, stdout } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio,
    maxBuffer: 2 ** 28,
  });
  if (!expected.includes(status)) throw new Error(`infer-plan ${args.join(' ')} exited ${status}`);
  return { status, stdout };
}
