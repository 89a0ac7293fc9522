/**
 * Predicted against measured, in real time, for three pipelines at 30, 50 and 70 % utilisation of their busiest stage, three undisturbed runs each. The speed of a shared
 * machine wanders by 10 to 20 % in a quarter of an hour, so every run of the two with real models has a profile of its own, measured right before, at that duty: what is
 * told is the mean error of three predictions, each of which is older than what it predicts by two minutes. Takes about 90 minutes, and longer where others come and go:
 * every attempt waits for a quiet moment, for ten minutes at most.
 *
 * What it makes lies in bench/results/fidelity: profiles, traces and every result as JSON. `--only=NAME` runs one of the pipelines, `--at=0.7` one utilisation,
 * `--attempts=20` tries so often, rather than six times, to find three undisturbed runs.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchMachine } from '../dist/cli/watch-machine.js';
import { CLI, markdownTable, ROOT, runNode } from './measure.js';

const RESULTS = join(ROOT, 'bench/results/fidelity');
const UTILISATIONS = [0.3, 0.5, 0.7];
/** What a run may have of it, a profile's block may have as well. */
const MOST_FOREIGN_CPUS = '0.05';
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
    duration: '45s',
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
  const rows = CASES.filter(({ name }) => only === undefined || name === only).flatMap((given) =>
    utilisations.map((utilisation) => {
      const validate = given.batchSizes === undefined ? validatedAtOnce : validatedOneByOne;
      return rowOf(given.name, utilisation, validate(given, { utilisation, attempts, isQuick }));
    }),
  );
  const header = [
    'pipeline',
    'utilisation',
    'queries/s',
    ...['p50', 'p95', 'p99'].flatMap((name) => [
      `${name} predicted (ms)`,
      'measured',
      'error',
      'of each run',
      "error at the runs' speed",
    ]),
  ];
  console.log(
    `\n### Predicted against measured\n\n${markdownTable([...header, 'undisturbed', 'most CPUs stolen'], rows)}`,
  );
}

/** One prediction for all runs: emulated replicas are as fast as their profile says. */
function validatedAtOnce(given, { utilisation, attempts, isQuick }) {
  const runs = isQuick ? 1 : RUNS;
  return runsOf(validated(given, { utilisation, profiles: [], number: 1, runs, attempts, isQuick }));
}

/** A profile, a trace and a prediction for each run, until enough runs were undisturbed. */
function validatedOneByOne(given, { utilisation, attempts, isQuick }) {
  const runs = [];
  for (let number = 1; number <= attempts && runs.filter(({ isClean }) => isClean).length < RUNS; number++) {
    const profile = profiled(given, { utilisation, number, isQuick });
    if (profile === undefined) continue;
    const profiles = ['--profiles', profile];
    runs.push(...runsOf(validated(given, { utilisation, profiles, number, runs: 1, attempts: 1, isQuick })));
  }
  return runs;
}

/** What was predicted for each run of a validation, and what it was. */
function runsOf({ figures, runs, mean_rate_qps: rateQps }) {
  return runs.map(({ latency, disturbance, is_clean: isClean }) => ({
    rateQps,
    isClean,
    stolenCpus: disturbance?.stolen_cpus ?? 0,
    figures: FIGURES.map((key) => ({
      predictedMs: figures[key].predicted,
      measuredMs: latency[key],
      error: figures[key].predicted / latency[key] - 1,
      errorAtRunSpeed: figures[key].at_run_speed?.error_ratio,
    })),
  }));
}

function validated(given, { utilisation, profiles, number, runs, attempts, isQuick }) {
  const trace = traceFor(given, { profiles, utilisation, number, duration: isQuick ? '6s' : given.duration });
  const options = ['--runs', runs, '--attempts', attempts, '--calibration', isQuick ? '3s' : '10s'].map(String);
  if (profiles.length === 0 && !isQuick) waitForQuiet();
  const { stdout } = run(['validate', ...configurationOf(given), ...profiles, '--trace', trace, ...options, '--json']);
  const result = JSON.parse(stdout);
  writeFileSync(join(RESULTS, `${given.name}-${utilisation}-${number}.json`), JSON.stringify(result, undefined, 2));
  return result;
}

/** The value of a word such as --only=ocr. */
function optionValue(start) {
  return process.argv.find((word) => word.startsWith(start))?.slice(start.length);
}

/** Measures the pipeline's models on this machine, paced as they will be served, and returns the profile's path; undefined where others used it for too much of the time. */
function profiled({ name, pipeline, batchSizes, budget }, { utilisation, number, isQuick }) {
  const profile = join(RESULTS, `${name}-at-${utilisation}-${number}.csv`);
  if (!isQuick) waitForQuiet();
  const options = isQuick
    ? ['--budget', '3s', '--foreign', 'any']
    : ['--budget', budget, '--foreign', MOST_FOREIGN_CPUS];
  const { status } = run(
    [
      'profile',
      pipeline,
      '--as',
      'cpu-1',
      '--batch-sizes',
      batchSizes,
      '--duty',
      `${Math.round(100 * utilisation)}%`,
      ...options,
      '-o',
      profile,
    ],
    [0, LACKS_ROWS],
  );
  // In a hurry some sizes are measured too rarely to count.
  return status === 0 || isQuick ? profile : undefined;
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

/** A Poisson trace, another for each number, at the rate at which the busiest stage is as busy as wanted, found by simulation. */
function traceFor(given, { profiles, utilisation, number, duration }) {
  const trace = join(RESULTS, `${given.name}-${utilisation}-${number}-trace.csv`);
  const draw = (rate, length) =>
    runNode([CLI, 'trace', 'generate', '--rate', `${rate}/s`, ...length, '--seed', String(number), '-o', trace]);
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

/** Means over the undisturbed runs, or over all where there is none. */
function rowOf(name, utilisation, runs) {
  // Others used the machine in every profile.
  if (runs.length === 0) return [name, percent(utilisation), ...Array(5 * FIGURES.length + 1).fill('-'), '0 of 0', '-'];
  const clean = runs.filter(({ isClean }) => isClean);
  const counted = clean.length > 0 ? clean : runs;
  const mean = (of) => counted.reduce((sum, run) => sum + of(run), 0) / counted.length;
  return [
    name,
    percent(utilisation),
    mean(({ rateQps }) => rateQps).toFixed(1),
    ...FIGURES.flatMap((_, n) => [
      mean(({ figures }) => figures[n].predictedMs).toFixed(1),
      mean(({ figures }) => figures[n].measuredMs).toFixed(1),
      signed(mean(({ figures }) => figures[n].error)),
      counted.map(({ figures }) => signed(figures[n].error)).join(', '),
      counted[0].figures[n].errorAtRunSpeed === undefined
        ? ''
        : signed(mean(({ figures }) => figures[n].errorAtRunSpeed)),
    ]),
    `${clean.length} of ${runs.length}`,
    Math.max(...counted.map(({ stolenCpus }) => stolenCpus)).toFixed(3),
  ];
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
