/** The import table of docs/architecture.md, held against every import line of src/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';

const MAX_LINES = 300;
const MAX_FILES = 15;
const BANNED_NAMES = ['types.ts', 'utils.ts', 'helpers.ts', 'constants.ts'];
const BASE = ['units', 'errors'];

/**
 * Folder (or file at the root of src) → whose code it may import; its own always. A name covers the folder and all folders in it;
 * a folder in another one has a row of its own.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  units: [],
  errors: [],
  random: [],

  model: ['model/notation', ...BASE],
  'model/notation': BASE,
  'model/plan': ['model', ...BASE],
  'model/measured': ['model', ...BASE],

  stats: BASE,
  workload: ['model', 'stats', 'random', ...BASE],
  envelope: ['model', 'stats', 'random', ...BASE],

  simulation: ['model', 'stats', 'random', ...BASE],
  'simulation/verdict': ['simulation', 'model', 'stats', 'random', ...BASE],

  planner: ['planner', 'simulation', 'envelope', 'model', 'stats', 'random', ...BASE],
  'planner/space': ['simulation', 'model', 'random', ...BASE],
  'planner/evidence': ['planner/space', 'simulation', 'envelope', 'model', ...BASE],
  'planner/promise': ['planner/space', 'simulation', 'model', 'random', ...BASE],
  'planner/search': ['planner/space', 'planner/evidence', 'planner/promise', 'simulation', 'model', ...BASE],
  'planner/pack': ['planner/space', 'planner/evidence', 'planner/promise', 'planner/search', 'model', ...BASE],
  'planner/frontier': [
    'planner/space',
    'planner/promise',
    'planner/search',
    'simulation',
    'envelope',
    'model',
    ...BASE,
  ],
  'planner/coarse': ['planner', 'simulation', 'model', ...BASE],
  'planner/explain': [
    'planner/space',
    'planner/evidence',
    'planner/promise',
    'planner/search',
    'planner/pack',
    'simulation',
    'model',
    ...BASE,
  ],
  verifier: ['simulation/routing', 'simulation/service-times', 'model', 'random', ...BASE],

  tuner: ['envelope', 'model', 'stats', 'random', ...BASE],
  'tuner/drift': ['tuner', 'model', 'stats', ...BASE],
  policies: ['policies/systems', 'tuner', 'envelope', 'model', 'stats', ...BASE],
  'policies/systems': BASE,
  replay: ['tuner', 'policies', 'simulation', 'envelope', 'model', ...BASE],
  compare: ['policies', 'replay', 'tuner', 'simulation', 'model', ...BASE],
  'control-loop': ['tuner', 'backends/contracts', 'http-port', 'model', ...BASE],

  files: ['files/system', 'model', 'stats', ...BASE],
  'files/system': ['model', ...BASE],
  'files/trace': ['files', 'files/system', 'model', ...BASE],
  'files/recording': [
    'files',
    'files/system',
    'files/recording/text',
    'files/recording/json',
    'files/recording/time',
    'files/recording/log',
    'model',
    ...BASE,
  ],
  'files/recording/log': ['files/recording/json', 'files/recording/time', 'model', ...BASE],
  'files/recording/text': ['files/system', 'files/trace', 'model', ...BASE],
  'files/recording/json': ['files/recording/text', 'model', ...BASE],
  'files/recording/time': ['model', ...BASE],
  'files/pipeline': ['files', 'files/system', 'model', ...BASE],
  'files/profile': ['files', 'files/system', 'files/pipeline', 'model', ...BASE],
  'files/plan': ['files', 'files/system', 'model', ...BASE],
  'files/export': ['files', 'export/exported', 'model', ...BASE],
  'files/policies': ['files', 'files/system', 'policies', 'tuner', 'model', ...BASE],
  'files/starter': ['files', 'files/system', 'files/profile', 'files/intake', 'files/intake/spans', 'model', ...BASE],
  'files/intake': ['files', 'model', ...BASE],
  'files/intake/spans': ['files', 'files/intake', 'model', ...BASE],

  'http-port': BASE,

  export: ['model', ...BASE],

  report: ['model', 'stats', ...BASE],
  'report/plan': ['report', 'model', ...BASE],
  'report/tune': ['report', 'model', ...BASE],
  'report/init': ['report', 'model', ...BASE],
  'report/page': ['report', 'report/tune', 'model', ...BASE],

  serving: ['serving', 'simulation/routing', 'simulation/service-times', 'model', 'stats', 'random', ...BASE],
  'serving/modules': ['model', ...BASE],
  'serving/items': ['serving/modules', 'model', ...BASE],
  'serving/timing': BASE,
  'serving/replicas': [
    'serving/items',
    'serving/modules',
    'serving/timing',
    'simulation/service-times',
    'model',
    ...BASE,
  ],
  'serving/http': ['serving', 'http-port', 'model', ...BASE],

  load: ['workload', 'model', 'stats', 'random', ...BASE],
  fidelity: ['simulation', 'model', 'random', ...BASE],
  profiler: ['backends/contracts', 'model', 'stats', 'random', ...BASE],

  backends: ['backends', 'model', ...BASE],
  'backends/contracts': ['model', ...BASE],
  'backends/shared': ['backends/contracts', 'model', ...BASE],
  'backends/arrivals': ['backends/contracts', 'backends/shared', 'http-port', 'model', ...BASE],
  'backends/local': ['backends/contracts', 'backends/shared', 'http-port', 'serving', 'model', ...BASE],
  'backends/triton': ['backends/contracts', 'backends/shared', 'model', ...BASE],
  'backends/ray-serve': ['backends/contracts', 'backends/shared', 'model', ...BASE],
  'backends/kubernetes': [
    'backends/contracts',
    'backends/shared',
    'files/serve-config',
    'files/system',
    'model',
    ...BASE,
  ],
  'backends/ec2': ['backends/contracts', 'backends/shared', 'model', ...BASE],
  'backends/clipper': ['backends/contracts', 'backends/shared', 'model', ...BASE],
  'backends/oip': ['backends/contracts', 'backends/shared', 'model', ...BASE],
  'backends/ssh': ['backends/contracts', 'backends/shared', 'model', ...BASE],
};

/** Who joins the ends, and so may import everything. */
const JOINS_THE_ENDS = ['cli', 'index'];

const REPORTED = [
  'simulation',
  'planner',
  'verifier',
  'envelope',
  'workload',
  'tuner',
  'replay',
  'compare',
  'control-loop',
  'serving',
  'load',
  'profiler',
  'backends',
  'fidelity',
];

/** Folders that may also import types, but no code, of others. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  report: REPORTED,
  'report/plan': REPORTED,
  'report/tune': REPORTED,
  'report/init': REPORTED,
  'report/page': REPORTED,
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
  echarts: ['report/page/charts.ts'],
  undici: ['load/', 'backends/shared/http.ts'],
  'prom-client': ['serving/http/serving-metrics.ts', 'control-loop/metrics.ts'],
  'log-update': ['cli/run.ts'],
  'onnxruntime-node': ['serving/modules/onnx-session.ts'],
  '@aws-sdk/client-ec2': ['backends/ec2/'],
  '@kubernetes/client-node': ['backends/kubernetes/kubernetes-api.ts'],

  'node:fs': ['files/', 'cli/run.ts'],
  'node:fs/promises': ['files/', 'cli/run.ts'],
  'node:child_process': ['backends/shared/exec.ts', 'cli/plan/second-process.ts'],
  'node:worker_threads': ['serving/', 'load/', 'cli/run.ts', 'cli/watchdog.ts'],
  'node:http': ['serving/', 'backends/', 'http-port/', 'control-loop/metrics.ts'],
};

/** What lives in real time, and so may read the clock and wait. */
const CLOCKS = [
  'cli/run.ts',
  'cli/watchdog.ts',
  'cli/plan/search-process.ts',
  'serving/',
  'load/',
  'backends/',
  'profiler/',
  'control-loop/loop-clock.ts',
];

/** Pattern in the code (comments left out) → the files that may hold it. */
const TOUCHES: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ['Math.random', /\bMath\.random\b/, []],
  ['the clock', /\bDate\b(?!\.UTC)|\bperformance\.now\b|\bsetTimeout\b|\bsetInterval\b/, CLOCKS],
  ['the console', /\bconsole\./, ['cli/run.ts']],
  [
    'the exit, arguments, environment or streams',
    /\bprocess\.(exit|argv|env|std)/,
    ['cli/run.ts', 'cli/plan/search-process.ts', 'backends/kubernetes/kubernetes-api.ts'],
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
  if (JOINS_THE_ENDS.includes(folder.split('/')[0]!)) return true;
  const allowed = [...(MAY_IMPORT[folder] ?? []), ...(isType ? (MAY_IMPORT_TYPES[folder] ?? []) : [])];
  const target = posix.join(posix.dirname(file), from).replace(/\.js$/, '');
  return folderOf(target) === folder || allowed.some((name) => target === name || target.startsWith(`${name}/`));
}

/** `planner/search` of `planner/search/exact-plan.ts`; the file's own name at the root of src. */
function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? path.replace(/\.[jt]s$/, '') : folder;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));
const textOf = (file: string) => readFileSync(join(SRC, file), 'utf8');

/** Names that import one another in a circle, types among them; empty when there is none. */
function circleIn(imports: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  let left = [...imports.keys()];
  for (;;) {
    const imported = new Set(left.flatMap((name) => [...imports.get(name)!]));
    const kept = left.filter((name) => imported.has(name) && left.some((other) => imports.get(name)!.has(other)));
    if (kept.length === left.length) return left;
    left = kept;
  }
}

/** Who imports whom: files, or the folders they stand in. */
function importGraph(unitOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of FILES) {
    const unit = unitOf(file.replace(/\.ts$/, ''));
    const targets = graph.get(unit) ?? new Set();
    graph.set(unit, targets);
    for (const { from } of importsOf(textOf(file))) {
      if (!from.startsWith('.')) continue;
      const target = unitOf(posix.join(posix.dirname(file), from).replace(/\.js$/, ''));
      if (target !== unit) targets.add(target);
    }
  }
  return graph;
}

it('holds for every file of src/', () => {
  expect(FILES.length).toBeGreaterThan(20);
  expect(FILES.flatMap((file) => violations(file, textOf(file)))).toEqual([]);
});

it('has a row for every folder, and no row without one', () => {
  const folders = new Set(FILES.map(folderOf).filter((folder) => !JOINS_THE_ENDS.includes(folder.split('/')[0]!)));
  expect(Object.keys(MAY_IMPORT).sort()).toEqual([...folders].sort());
});

it('names no home, clock or edge that does not exist', () => {
  const places = [
    ...Object.values(HOMES).flat(),
    ...CLOCKS,
    ...TOUCHES.flatMap(([, , homes]) => homes),
    ...Object.values(MAY_IMPORT).flat(),
  ];
  const exists = (place: string) => ['', '.ts'].some((end) => existsSync(join(SRC, `${place}${end}`)));
  expect(places.filter((place) => !exists(place))).toEqual([]);
});

const PAGE = readFileSync(join(SRC, '../docs/architecture.md'), 'utf8');

it('is what docs/architecture.md says of homes and edges', () => {
  const said = PAGE.replace(/\s+/g, ' ');
  const list = (entries: readonly (readonly [string, readonly string[]])[]) =>
    `${entries.map(([what, places]) => `${what} ${places.map((place) => `\`${place}\``).join(', ') || 'nowhere'}`).join(' · ')}.`;
  expect(said).toContain(`is imported only in its homes: ${list(Object.entries(HOMES))} `);
  expect(said).toContain(`Only here: ${list(TOUCHES.map(([what, , places]) => [what, places]))} `);
});

/** Files and folders in backticks → where a paragraph of docs/architecture.md means them to be. */
function placesNamed(): { place: string; folder: string }[] {
  const [, paragraphs] = PAGE.split('## Folder by folder\n');
  const [inside, outside] = paragraphs!.split(/^Outside `src\/`:/m);
  return [...inside!.split(/^(?=\*\*`)/m), outside!.split('\n## ')[0]!].flatMap((paragraph) => {
    const folder = /^\*\*`([\w-]+\/)`\.\*\*/.exec(paragraph)?.[1] ?? '';
    return [...paragraph.matchAll(/`([\w./-]+(?:\.ts|\/))`/g)].map(([, place]) => ({ place: place!, folder }));
  });
}

it('has every file and folder that docs/architecture.md names, in the folder of its paragraph', () => {
  const named = placesNamed();
  expect(named.length).toBeGreaterThan(60);
  const exists = ({ place, folder }: { place: string; folder: string }) =>
    ['', '..', folder].some((above) => existsSync(join(SRC, above, place))) ||
    FILES.some((file) => file.startsWith(folder) && file.endsWith(`/${place}`));
  expect(named.filter((at) => !exists(at))).toEqual([]);
});

it('has no circle of imports between files, types among them', () => {
  expect(circleIn(importGraph((file) => file))).toEqual([]);
});

it('has no circle of imports between folders', () => {
  expect(circleIn(importGraph(folderOf))).toEqual([]);
});

it('has no crowded folder', () => {
  const count = (folder: string) => FILES.filter((file) => folderOf(file) === folder).length;
  expect([...new Set(FILES.map(folderOf))].filter((folder) => count(folder) > MAX_FILES)).toEqual([]);
});

it.each([
  ['a folder it may not see', 'model/a.ts', "import { b } from '../files/b.js';"],
  ['a folder it may see the types of', 'report/a.ts', "import { b } from '../planner/b.js';"],
  ['a folder it may not see, lazily', 'planner/a.ts', "const b = await import('../files/b.js');"],
  ['a folder it may not see, exported on', 'stats/a.ts', "export { b } from '../model/b.js';"],
  ['another backend', 'backends/ssh/a.ts', "import { b } from '../ec2/b.js';"],
  ['what the verifier must not share', 'verifier/a.ts', "import { b } from '../planner/space/b.js';"],
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
