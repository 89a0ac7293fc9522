/** Every key of every file and of every JSON result stands in docs/glossary.md, and nothing stands there that is no key. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openJournalFile } from '../src/files/journal-file.js';
import { fidelityJson } from '../src/report/fidelity-report.js';
import { refreshJson } from '../src/report/hardware-report.js';
import { planJson } from '../src/report/plan/plan-report.js';
import { profilingJson } from '../src/report/profiling-report.js';
import { loopEventJson } from '../src/report/tune/tune-events.js';
import { examplesOf } from './helpers/documented-examples.js';
import { fidelityResult } from './helpers/fidelity-result.js';
import { JOURNAL_RECORDS, LOOP_EVENTS } from './helpers/loop-events.js';
import { pipelineFolder } from './helpers/pipeline-folder.js';
import { profilingResultOf, refreshReportOf } from './helpers/profiling-result.js';
import { infeasiblePlanOf } from './helpers/results.js';
import { runCli } from './helpers/run-cli.js';
import { tinyEndpoint } from './load/tiny-endpoint.js';

const ROOT = join(import.meta.dirname, '..');
const folder = pipelineFolder();
mkdirSync(join(folder.path, 'repository/only'), { recursive: true });
folder.write('repository/only/config.pbtxt', 'max_batch_size: 4');

/** Values whose keys are names that a user chose, or numbers. */
const TABLES_OF_NAMES = [
  'inventory',
  'stage_max_replicas',
  'stage_min_replicas',
  'fan_out',
  'names',
  'resources',
  'takes',
];

/** Command lines whose results show all keys between them, run in a folder with a small pipeline. */
const RESULTS = [
  'init new --template chain --duration 1m --json',
  'init --from triton repository --on t4 --output taken --json',
  'trace generate --rate 20/s --cv 2 --duration 10m -o drawn.csv --json',
  'trace info trace.csv --json',
  'plan --json --slo 1ms',
  'plan --json --search greedy --no-validate',
  'plan --json --compare-greedy --max-replicas 4 --max-replicas classify=3 --min-replicas classify=1 --inventory gpu=3',
  'simulate --json --scale 2x --records records.csv',
  'simulate --json --sweep rate=1x..2x',
  'plan --json --slo 60ms --trace drawn.csv --hold-out 20%',
  'frontier --json --range 5ms..15ms',
  'plan --json --top 2 --explain',
  'plan --json --pack --pin classify=gpu',
  'verify --json plan.yaml',
  'export plan.yaml --to triton --json',
  'diff plan.yaml plan.yaml --json',
  'report plan.yaml --json',
  'load --json --url ENDPOINT',
  'tune --json --replay drawn.csv',
  'compare drawn.csv --json --policies inferline,fixed --targets swept --explain inferline',
];

const found = new Set<string>();

function collect(value: unknown): void {
  if (Array.isArray(value)) value.forEach(collect);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      found.add(key);
      if (!TABLES_OF_NAMES.includes(key)) collect(inner);
    }
  }
}

function collectFile(name: string, text: string): void {
  if (name.endsWith('.csv')) for (const column of text.slice(0, text.indexOf('\n')).split(',')) found.add(column);
  else collect(parse(text));
}

beforeAll(async () => {
  for (const page of ['docs/file-formats.md', 'docs/serving.md']) {
    for (const [name, text] of examplesOf(page)) collectFile(name, text);
  }
  const shipped = ['profiles', 'traces', 'examples'].flatMap((name) =>
    readdirSync(join(ROOT, name), { recursive: true, encoding: 'utf8' }).map((path) => join(name, path)),
  );
  for (const path of ['pipeline.yaml', ...shipped].filter((path) => /\.(csv|yaml)$/.test(path))) {
    collectFile(path, readFileSync(join(ROOT, path), 'utf8'));
  }
  const endpoint = await tinyEndpoint();
  const journal = openJournalFile<object>(join(folder.path, 'journal'), () => ({}));
  for (const record of JOURNAL_RECORDS) journal.append(record, () => record);
  journal.close();
  const lines = readFileSync(join(folder.path, 'journal'), 'utf8').trimEnd().split('\n');
  for (const line of [...lines, ...LOOP_EVENTS.map((event) => loopEventJson(event, 0))]) collect(JSON.parse(line));
  for (const line of RESULTS) {
    const { stdout, stderr } = await runCli(line.replace('ENDPOINT', endpoint.url).split(' '), { cwd: folder.path });
    expect(stdout, stderr).toMatch(/^\{/);
    collect(JSON.parse(stdout));
  }
  await endpoint.stop();
  collect(JSON.parse(fidelityJson(fidelityResult())));
  collect(JSON.parse(profilingJson(profilingResultOf())));
  const cut = infeasiblePlanOf({ sloOnTraceMs: 30, sloLowerBoundMs: 20 });
  collect(JSON.parse(planJson(cut, { latencyMs: 10, percentile: 99 })));
  collect(JSON.parse(refreshJson(refreshReportOf(), {})));
  for (const name of ['plan.yaml', 'records.csv']) collectFile(name, readFileSync(join(folder.path, name), 'utf8'));
}, 60_000);

/** Names in the first column of the tables under "Keys". */
function documentedKeys(): string[] {
  const [, keys = ''] = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8').split('\n## Keys\n');
  return [...keys.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, k]) => k!),
  );
}

it('names every key', () => {
  const known = documentedKeys();
  expect([...found].filter((key) => !known.includes(key)).sort()).toEqual([]);
});

it('names each once, and none that does not exist', () => {
  const known = documentedKeys();
  expect(known.filter((key, index) => known.indexOf(key) !== index)).toEqual([]);
  expect(known.filter((key) => !found.has(key)).sort()).toEqual([]);
});
