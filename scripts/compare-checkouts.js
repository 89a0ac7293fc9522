/**
 * node scripts/compare-checkouts.js BASE [HERE] [--only WORD] [--speed [--runs N]]
 *
 * Runs the same commands with two built checkouts, each in a scratch copy of BASE's inputs, and prints as a diff
 * whatever they print or write differently. Exits 1 when anything differs. With --speed it measures instead: both
 * checkouts by turns, the ratio of their medians last. HERE is this checkout when it is not given.
 *
 * Every search compared runs to its proof, because a search that the time limit ends prints what the machine had time
 * for.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figure, median, printTable } from '../bench/measure.js';

const INPUTS = ['pipeline.yaml', 'profiles', 'traces', 'examples'];
const LONG = ['--time-limit', '30m'];
const IMAGE = 'examples/image-processing/pipeline.yaml';
const VIDEO = 'examples/video-monitoring/pipeline.yaml';
const CASCADE = 'examples/cascade/pipeline.yaml';
const BURSTY = 'traces/bursty-200qps.csv';
const STEP = 'traces/step-150-to-250qps.csv';
/** Searches that are not compared: none of them is proved within minutes. */
const SKIPPED = [
  `plan ${VIDEO} --top 3 and --pack at its own 300 ms (50 s each; compared at 500 ms instead)`,
  `frontier of ${VIDEO}, and of pipeline.yaml below 200 ms`,
  'plan of examples/ocr and examples/generated, whose profiles are measured where they are used',
];

const plan = (pipeline, ...more) => ['plan', pipeline, ...LONG, ...more];
const planJson = (pipeline, ...more) => plan(pipeline, ...more, '--json');

/**
 * What is run: arguments, a second spelling for a checkout that lacks the command of the first, and the files that
 * are written. A later case may read what an earlier one wrote.
 */
const CASES = [
  ...[
    ['pipeline.yaml', []],
    [IMAGE, []],
    [CASCADE, []],
    [VIDEO, ['--slo', '500ms']],
  ].flatMap(([pipeline, proved]) => [
    { args: planJson(pipeline, '-o', 'default.yaml'), writes: ['default.yaml'] },
    { args: planJson(pipeline, '--search', 'greedy', '-o', 'greedy.yaml'), writes: ['greedy.yaml'] },
    { args: planJson(pipeline, ...proved, '--top', '3', '-o', 'top.yaml'), writes: ['top.yaml'] },
    { args: planJson(pipeline, ...proved, '--pack', '-o', 'pack.yaml'), writes: ['pack.yaml'] },
    { args: ['simulate', 'default.yaml', '--json'] },
    {
      args: ['simulate', 'greedy.yaml', '--trace', STEP, '--json', '--records', 'records.csv'],
      writes: ['records.csv'],
    },
    { args: ['tune', 'default.yaml', '--replay', STEP, '--json'] },
    ...['inferline', 'lean'].map((rules) => ({
      args: ['tune', 'greedy.yaml', '--replay', BURSTY, '--rules', rules, '--json'],
    })),
    {
      args: ['verify', 'default.yaml', '--json'],
      before: ['plan', '--verify', 'default.yaml', '--json'],
    },
  ]),
  ...['pipeline.yaml', IMAGE, CASCADE].map((pipeline) => ({
    args: ['frontier', pipeline, ...LONG, '--range', '200ms..500ms/100ms', '--json'],
    before: ['plan', pipeline, ...LONG, '--frontier', '200ms..500ms/100ms', '--json'],
  })),
  { args: planJson('pipeline.yaml', '--service-time', 'empirical', '--seed', '7', '-o', '-') },
  { args: planJson('pipeline.yaml', '--inventory', 't4=1', '--max-replicas', '3', '--no-validate', '-o', '-') },
  { args: planJson(CASCADE, '--slo', '1ms', '-o', '-') },
  // What is printed for people.
  { args: plan('pipeline.yaml', '--explain', '--compare-greedy', '-o', 'plan.yaml'), writes: ['plan.yaml'] },
  { args: plan('pipeline.yaml', '--top', '3', '--pack', '-o', '-') },
  { args: plan(CASCADE, '--search', 'greedy', '--explain', '-o', '-') },
  { args: plan(CASCADE, '--slo', '1ms', '-o', '-') },
  { args: ['simulate'] },
  { args: ['tune', '--replay', STEP] },
  { args: ['verify', 'plan.yaml'], before: ['plan', '--verify', 'plan.yaml'] },
  {
    args: ['trace', 'generate', '--rate', '100/s', '--cv', '2', '--duration', '1m', '-o', 'drawn.csv'],
    writes: ['drawn.csv'],
  },
  { args: ['trace', 'info', BURSTY] },
];

const TIMED = [
  { name: 'start-up: --version', args: ['--version'] },
  { name: 'start-up: plan --help', args: ['plan', '--help'] },
  { name: 'estimator: simulate, 600,000 queries', args: ['simulate', 'plan.yaml', '--trace', 'long.csv', '--json'] },
  { name: 'search: plan, exact', args: plan('pipeline.yaml', '--no-validate', '-o', '-') },
  { name: 'search: plan, greedy', args: plan('pipeline.yaml', '--search', 'greedy', '--no-validate', '-o', '-') },
  { name: 'search: plan --top 3, cascade', args: plan(CASCADE, '--top', '3', '-o', '-') },
  { name: 'replay: tune --replay', args: ['tune', 'plan.yaml', '--replay', BURSTY, '--json'] },
];

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, speed: { type: 'boolean' }, runs: { type: 'string', default: '5' } },
  });
  const [base, here = fileURLToPath(new URL('..', import.meta.url))] = positionals.map((path) => resolve(path));
  if (base === undefined) {
    console.error('name the checkout to compare with: node scripts/compare-checkouts.js BASE [HERE]');
    return 2;
  }
  for (const root of [base, here]) {
    if (existsSync(join(root, 'bin/infer-plan.js'))) continue;
    console.error(`${root} holds no bin/infer-plan.js, must be a checkout of infer-plan`);
    return 2;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'compare-checkouts-'));
  try {
    const checkouts = [base, here].map((root, i) => checkoutAt(root, join(scratch, 'ab'[i]), base));
    const isAsked = (name) => values.only === undefined || name.includes(values.only);
    if (values.speed) return measure(checkouts, Number(values.runs), isAsked);
    return await compare(checkouts, scratch, isAsked);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A checkout, a folder with BASE's inputs to run it in, and the commands it has. */
function checkoutAt(root, folder, base) {
  mkdirSync(folder);
  for (const input of INPUTS) {
    if (existsSync(join(base, input))) cpSync(join(base, input), join(folder, input), { recursive: true });
  }
  const program = join(root, 'bin/infer-plan.js');
  const help = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' }).stdout;
  const commands = new Set([...help.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name));
  return { root, folder, program, commands };
}

/** 0 when every case says and writes the same in both checkouts, otherwise 1. */
async function compare(checkouts, scratch, isAsked) {
  const cases = CASES.map((one) => ({ ...one, name: one.args.join(' ') })).filter(({ name }) => isAsked(name));
  let different = 0;
  for (const one of cases) {
    // Side by side, because the checkouts share nothing.
    const results = await Promise.all(checkouts.map((checkout) => resultOf(checkout, one, scratch)));
    const isSame = results[0] === results[1];
    console.log(`${isSame ? 'same     ' : 'DIFFERENT'} ${one.name}`);
    if (isSame) continue;
    different++;
    console.log(diffOf(results, scratch));
  }
  for (const search of isAsked('') ? SKIPPED : []) console.log(`skipped   ${search}`);
  console.log(
    `${cases.length - different} of ${cases.length} the same in ${checkouts.map(({ root }) => root).join(' and ')}`,
  );
  return different > 0 ? 1 : 0;
}

/** Exit code, output and written files as one text, without what names the machine or the version. */
async function resultOf(checkout, { args, before, writes = [] }, scratch) {
  const { folder, root } = checkout;
  const { code, stdout, stderr } = await run(checkout, spellingFor(checkout, args, before));
  const files = writes.map((name) => {
    const path = join(folder, name);
    return `--- ${name}\n${existsSync(path) ? readFileSync(path, 'utf8') : 'not written\n'}`;
  });
  const text = [`exit code ${code}\n`, '--- stdout\n', stdout, '--- stderr\n', stderr, ...files].join('');
  return text
    .replaceAll(folder, '.')
    .replaceAll(scratch, '.')
    .replaceAll(root, 'ROOT')
    .replace(/\binfer-plan \d+\.\d+\.\d+\b/g, 'infer-plan VERSION');
}

function spellingFor({ commands }, args, before) {
  return before === undefined || commands.has(args[0]) ? args : before;
}

function run({ program, folder }, args) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text) => {
        said[name] += text;
      });
    }
    child.on('error', fail);
    child.on('close', (code) => done({ code, ...said }));
  });
}

function diffOf(results, scratch) {
  const paths = results.map((text, i) => {
    const path = join(scratch, ['base.txt', 'here.txt'][i]);
    writeFileSync(path, text);
    return path;
  });
  const { stdout } = spawnSync('diff', ['-u', '--label', 'base', '--label', 'here', ...paths], { encoding: 'utf8' });
  const lines = stdout.split('\n');
  return lines.length > 60 ? [...lines.slice(0, 60), `… and ${lines.length - 60} lines more`].join('\n') : stdout;
}

/** Whole processes, the checkouts by turns, so that both see the machine as fast. Always 0. */
function measure(checkouts, runs, isAsked) {
  for (const checkout of checkouts) {
    const law = ['--rate', '1000/s', '--duration', '10m'];
    runOnce(checkout, ['trace', 'generate', ...law, '-o', 'long.csv']);
    runOnce(checkout, plan('pipeline.yaml', '-o', 'plan.yaml'));
  }
  const rows = TIMED.filter(({ name }) => isAsked(name)).map(({ name, args }) => {
    const times = checkouts.map(() => []);
    for (let i = -1; i < runs; i++) {
      checkouts.forEach((checkout, c) => {
        const ms = runOnce(checkout, args);
        // The first turn reads the files from disk.
        if (i >= 0) times[c].push(ms);
      });
    }
    const [before, after] = times.map((list) => list.sort((a, b) => a - b));
    return [
      name,
      ...[before[0], median(before), after[0], median(after)].map(figure),
      figure(after[0] / before[0]),
      figure(median(after) / median(before)),
    ];
  });
  printTable(
    `whole processes, ${runs} runs of each checkout by turns`,
    ['command', 'base min ms', 'median', 'here min ms', 'median', 'here / base, min', 'median'],
    rows,
  );
  return 0;
}

/** Milliseconds. */
function runOnce({ program, folder }, args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited ${status}\n${stderr}`);
  return performance.now() - start;
}

process.exitCode = await main();
