/** The import table of docs/architecture.md, held against every import line of src/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';

const MAX_LINES = 300;
const BANNED_NAMES = ['types.ts', 'utils.ts', 'helpers.ts', 'constants.ts'];
const BASE = ['units', 'errors'];

/** Folder (or file at the root of src) → whose code it may import; its own always. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  units: [],
  errors: [],
  random: [],
  model: BASE,
  stats: BASE,
  workload: ['model', 'stats', 'random', ...BASE],
  simulation: ['model', 'stats', 'random', ...BASE],
  envelope: ['model', 'stats', 'random', ...BASE],
  planner: ['simulation', 'envelope', 'model', 'stats', 'random', ...BASE],
  files: ['model', 'stats', ...BASE],
  report: ['model', 'stats', ...BASE],
  tuner: ['envelope', 'model', 'stats', 'random', ...BASE],
  serving: ['simulation/routing', 'simulation/service-times', 'model', 'stats', 'random', ...BASE],
  fidelity: ['simulation', 'model', 'random', ...BASE],
  load: ['workload', 'model', 'stats', 'random', ...BASE],
  backends: ['model', 'stats', ...BASE],
  profiler: ['backends/contracts/profiling-target', 'model', 'stats', 'random', ...BASE],
};

/** Start of a file's name → what that file may import beyond its folder's. */
const MAY_ALSO_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'tuner/replay': ['simulation'],
  'tuner/control-loop': ['backends/contracts/scaling-target', 'backends/contracts/arrival-source'],
  'backends/local/': ['serving'],
  'backends/kubernetes/': ['files/serve-config'],
};

/** Folders that may also import types, but no code, of others. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  report: [
    'simulation',
    'planner',
    'envelope',
    'workload',
    'tuner',
    'serving',
    'load',
    'profiler',
    'backends',
    'fidelity',
  ],
};

/** Package → its one home. A package that is not listed may not be imported. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli/'],
  'csv-parse': ['files/'],
  yaml: ['files/'],
  'cli-table3': ['report/table.ts'],
  chalk: ['report/table.ts', 'cli/run.ts'],
  'fastest-levenshtein': ['model/notation/nearest-name.ts'],
  'pure-rand': ['random.ts'],
  highs: ['planner/pack/pack-solver.ts'],
  'hdr-histogram-js': ['load/'],
  undici: ['load/', 'backends/shared/http.ts'],
  'prom-client': ['serving/http/metrics.ts', 'control-loop/metrics.ts'],
  'log-update': ['cli/run.ts'],
  'onnxruntime-node': ['serving/modules/onnx-session.ts'],
  '@aws-sdk/client-ec2': ['backends/ec2/ec2-launch-api.ts', 'backends/ec2/ec2-scaling-api.ts'],
  '@kubernetes/client-node': ['backends/kubernetes/kubernetes-api.ts'],

  'node:fs': ['files/', 'cli/run.ts'],
  'node:fs/promises': ['files/', 'cli/run.ts'],
  'node:child_process': ['backends/shared/exec.ts', 'cli/plan/second-process.ts'],
  'node:worker_threads': ['serving/', 'load/', 'cli/run.ts'],
  'node:http': ['serving/', 'backends/', 'control-loop/metrics.ts'],
};

/** What lives in real time, and so may read the clock and wait. */
const CLOCKS = [
  'cli/run.ts',
  'cli/plan/search-process.ts',
  'serving/',
  'load/',
  'backends/',
  'profiler/',
  'control-loop/control-loop.ts',
];

/** Pattern in the code (comments left out) → the files that may hold it. */
const TOUCHES: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ['Math.random', /\bMath\.random\b/, []],
  ['the clock', /\bDate\b(?!\.UTC)|\bperformance\.now\b|\bsetTimeout\b|\bsetInterval\b/, CLOCKS],
  ['the console', /\bconsole\./, ['cli/run.ts']],
  [
    'the exit, arguments, environment or streams',
    /\bprocess\.(exit|argv|env|std)/,
    ['cli/run.ts', 'cli/plan/search-process.ts'],
  ],
  ['a default export', /^export default/m, []],
];

const SRC = join(import.meta.dirname, '../src');

/** Everything wrong with one file of src/, one line each. */
function violations(file: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
  const found: string[] = [];
  for (const { from, isType } of importsOf(code)) {
    const home = from.startsWith('.') ? undefined : homesOf(from);
    if (home !== undefined && !home.some((place) => file.startsWith(place))) found.push(`${from} is not at home here`);
    if (home === undefined && !mayImport(file, from, isType)) found.push(`may not import ${from}`);
  }
  for (const [what, pattern, homes] of TOUCHES) {
    if (pattern.test(code) && !homes.some((home) => file.startsWith(home))) found.push(`touches ${what}`);
  }
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) found.push(`${lines} lines are more than ${MAX_LINES}`);
  const name = posix.basename(file);
  if (BANNED_NAMES.includes(name) || !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name)) found.push('is badly named');
  return found.map((line) => `src/${file}: ${line}`);
}

function importsOf(code: string): { from: string; isType: boolean }[] {
  const lines = code.matchAll(
    /^(?:import|export)(\s+type)?\s[^;'()=]*\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  );
  return [...lines].map(([, type, ...from]) => ({ isType: type !== undefined, from: from.join('') }));
}

function homesOf(from: string): readonly string[] {
  if (from.startsWith('node:')) return HOMES[from] ?? [''];
  const name = from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
  return HOMES[name] ?? [];
}

function mayImport(file: string, from: string, isType: boolean): boolean {
  const folder = folderOf(file);
  if (folder === 'cli' || folder === 'index') return true;
  const also = Object.entries(MAY_ALSO_IMPORT).filter(([start]) => file.startsWith(start));
  const allowed = [
    folder,
    ...(MAY_IMPORT[folder] ?? []),
    ...also.flatMap(([, more]) => more),
    ...(isType ? (MAY_IMPORT_TYPES[folder] ?? []) : []),
  ];
  const target = posix.join(posix.dirname(file), from).replace(/\.js$/, '');
  return allowed.includes(folderOf(target)) || allowed.includes(target);
}

function folderOf(path: string): string {
  return path.split('/')[0]!.replace(/\.[jt]s$/, '');
}

it('holds for every file of src/', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(20);
  expect(
    files.flatMap((file) => violations(file.replaceAll('\\', '/'), readFileSync(join(SRC, file), 'utf8'))),
  ).toEqual([]);
});

it.each([
  ['a folder it may not see', 'model/a.ts', "import { b } from '../files/b.js';"],
  ['a folder it may see the types of', 'report/a.ts', "import { b } from '../planner/b.js';"],
  ['a folder it may not see, lazily', 'planner/a.ts', "const b = await import('../files/b.js');"],
  ['a folder it may not see, exported on', 'stats/a.ts', "export { b } from '../model/b.js';"],
  ['a folder nobody knows', 'misc/a.ts', "import { b } from '../model/b.js';"],
  ['a package away from home', 'cli/a.ts', "import { parse } from 'yaml';"],
  ['an unknown package', 'files/a.ts', "import _ from 'lodash';"],
  ['the file system', 'planner/a.ts', "import { readFileSync } from 'node:fs';"],
  ['the clock', 'simulation/a.ts', 'const now = Date.now();'],
  ['the console', 'cli/plan.ts', "console.log('done');"],
  ['chance', 'workload/a.ts', 'const u = Math.random();'],
  ['a banned name', 'model/types.ts', ''],
  ['a name in camel case', 'model/stageQueue.ts', ''],
  ['too many lines', 'model/a.ts', '\n'.repeat(MAX_LINES + 1)],
])('refuses %s', (_, file, text) => {
  expect(violations(file, text)).toHaveLength(1);
});

it.each([
  ['types of what it reports', 'report/a.ts', "import type { B } from '../planner/b.js';"],
  ['a comment that names the clock', 'planner/a.ts', '// Date is not used here\n/* nor console.log */'],
  ['a long list of imports from below', 'planner/a.ts', "import {\n  b,\n  type C,\n} from '../simulation/b.js';"],
])('accepts %s', (_, file, text) => {
  expect(violations(file, text)).toEqual([]);
});
