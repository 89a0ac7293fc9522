/**
 * Predicted against measured, in real time: `validate` for three pipelines at 30, 50 and 70 % utilisation of their busiest stage. The two with real models are
 * profiled on this machine right before, at that duty: its speed wanders. Takes about 50 minutes; runs on which others used the machine do not count and are made again.
 *
 * What it makes lies in bench/results/fidelity: profiles, traces and every result as JSON. With `--keep-profiles` profiles that are there stay; `--only=NAME` runs one of
 * the pipelines, `--at=0.7` one utilisation, `--attempts=20` makes so many runs, rather than six, to find three undisturbed ones.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, markdownTable, ROOT, runNode } from './measure.js';

const RESULTS = join(ROOT, 'bench/results/fidelity');
const UTILISATIONS = [0.3, 0.5, 0.7];
/** What a run may have of it, a profile's block may have as well. */
const MOST_FOREIGN_CPUS = '0.05';
/** Exit code of a profile that lacks rows. */
const BACKEND_FAILED = 4;
const FIGURES = ['p50_ms', 'p95_ms', 'p99_ms'];

/** Emulated replicas need no processor; real ones one each, so there are two of those at most. */
const CASES = [
  {
    name: 'ocr',
    pipeline: 'examples/ocr/pipeline.yaml',
    batchSizes: '1,2',
    stages: ['detect=cpu-1:1:1', 'recognise=cpu-1:1:1', 'combine=cpu-1:1:1'],
  },
  {
    name: 'generated',
    pipeline: 'examples/generated/pipeline.yaml',
    batchSizes: '1,2,4,8',
    stages: ['features=cpu-1:8:1', 'encode=cpu-1:8:1'],
  },
  {
    name: 'emulated',
    pipeline: 'bench/emulated.yaml',
    stages: ['prepare-frame=cpu-half:1:12', 'detect=t4:1:17', 'identify-vehicle=t4:1:5', 'read-plate=cpu-half:1:7'],
  },
];

export function bench({ isQuick }) {
  mkdirSync(RESULTS, { recursive: true });
  const only = optionValue('--only=');
  const at = optionValue('--at=');
  const attempts = optionValue('--attempts=');
  const rows = CASES.filter(({ name }) => only === undefined || name === only).flatMap((given) => {
    const runs = [];
    for (const utilisation of at !== undefined ? [Number(at)] : isQuick ? [0.5] : UTILISATIONS) {
      const profiles = given.batchSizes === undefined ? [] : ['--profiles', profiled(given, { utilisation, isQuick })];
      const trace = traceFor(given, { profiles, utilisation, duration: isQuick ? '6s' : '45s' });
      const options = isQuick ? ['--runs', '1', '--calibration', '3s'] : ['--runs', '3', '--calibration', '15s'];
      if (attempts !== undefined) options.push('--attempts', attempts);
      const result = JSON.parse(
        run(['validate', ...configurationOf(given), ...profiles, '--trace', trace, ...options, '--json']),
      );
      writeFileSync(join(RESULTS, `${given.name}-${utilisation}.json`), JSON.stringify(result, undefined, 2));
      runs.push(rowOf(given.name, utilisation, result));
    }
    return runs;
  });
  const header = [
    'pipeline',
    'utilisation',
    'queries/s',
    ...['p50', 'p95', 'p99'].flatMap((name) => [
      `${name} predicted (ms)`,
      'measured',
      'error',
      "error at the runs' speed",
      'spread of runs',
    ]),
  ];
  console.log(
    `\n### Predicted against measured\n\n${markdownTable([...header, 'clean runs', 'most foreign CPUs'], rows)}`,
  );
}

/** The value of a word such as --only=ocr. */
function optionValue(start) {
  return process.argv.find((word) => word.startsWith(start))?.slice(start.length);
}

/** Measures the pipeline's models on this machine, paced as they will be served, and returns the profile's path. */
function profiled({ name, pipeline, batchSizes }, { utilisation, isQuick }) {
  const profile = join(RESULTS, `${name}-at-${utilisation}.csv`);
  if (existsSync(profile) && process.argv.includes('--keep-profiles')) return profile;
  const options = isQuick
    ? ['--budget', '3s', '--foreign', 'any']
    : ['--budget', '20s', '--foreign', MOST_FOREIGN_CPUS];
  run(
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
    {
      // In a hurry some sizes are measured too rarely to count.
      mayLack: isQuick,
    },
  );
  return profile;
}

/** A Poisson trace at the rate at which the busiest stage is as busy as wanted, found by simulation. */
function traceFor(given, { profiles, utilisation, duration }) {
  const trace = join(RESULTS, `${given.name}-${utilisation}.csv`);
  const draw = (rate, length) =>
    runNode([CLI, 'trace', 'generate', '--rate', `${rate}/s`, ...length, '--seed', '7', '-o', trace]);
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

function rowOf(name, utilisation, { figures, runs, mean_rate_qps: rateQps }) {
  const percent = (ratio) => (ratio === null ? '-' : `${(100 * ratio).toFixed(1)} %`);
  const signed = (ratio) => `${ratio > 0 ? '+' : ''}${percent(ratio)}`;
  const foreign = Math.max(...runs.map(({ disturbance }) => disturbance?.foreign_cpus ?? 0));
  return [
    name,
    percent(utilisation),
    rateQps.toFixed(1),
    ...FIGURES.flatMap((key) => {
      const { predicted, measured, error_ratio: error, at_run_speed: atRunSpeed, spread_ratio: spread } = figures[key];
      return [
        predicted.toFixed(1),
        measured.toFixed(1),
        signed(error),
        atRunSpeed === undefined ? '' : signed(atRunSpeed.error_ratio),
        `±${percent(spread)}`,
      ];
    }),
    `${runs.filter((one) => one.is_clean).length} of ${runs.length}`,
    foreign.toFixed(2),
  ];
}

function configurationOf({ pipeline, stages }) {
  return ['--pipeline', pipeline, ...stages.flatMap((stage) => ['--stage', stage])];
}

/** Runs the command line, its progress visible, and returns what it printed. */
function run(args, { mayLack = false } = {}) {
  const stdio = ['ignore', 'pipe', 'inherit'];
  const { status, stdout } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0 && !(mayLack && status === BACKEND_FAILED))
    throw new Error(`infer-plan ${args.join(' ')} exited ${status}`);
  return stdout;
}
