/** `report` and `--report`: one page of HTML, the same whether made at once or from what was written down. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const cwd = folder.path;
const run = (words: string) => runCli(words.split(' '), { cwd });
const page = (name: string) => readFileSync(join(cwd, name), 'utf8');

beforeAll(async () => {
  await run('plan --no-validate --report plan.html');
});

/** What must hold of every page: it needs nothing else. */
function expectWhole(html: string): void {
  expect(html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  expect(html).not.toMatch(/<script|<link|<img|@import|url\((?!#)|https?:\/\/(?!www\.w3\.org)/);
  expect(html).toContain("default-src 'none'");
  expect(html.length).toBeLessThan(1_500_000);
}

it('a plan has its choices, latencies, cost, queueing, proof, envelope and inputs', () => {
  const html = page('plan.html');
  expectWhole(html);
  const headings = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, text]) => text);
  expect(headings).toEqual([
    'Pipeline and choices',
    'Latency',
    'Cost',
    'Queueing delay',
    'Proof and promise',
    'Traffic envelope',
    'Provenance',
  ]);
  const plan = readFileSync(join(cwd, 'plan.yaml'), 'utf8');
  for (const [, stage] of plan.matchAll(/^ {2}- stage: (\S+)/gm)) expect(html).toContain(`>${stage}</th>`);
});

it('`report plan.yaml` writes the very page that `plan --report` wrote', async () => {
  const { exitCode, stderr } = await run('report plan.yaml --output again.html');
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Wrote')]);
  expect(page('again.html')).toBe(page('plan.html'));
});

describe('what --json printed makes the page that --report wrote', () => {
  it.each([
    ['simulate', 'simulate', /Queueing/],
    ['frontier', 'frontier --range 5ms..15ms --no-validate', /Frontier/],
    ['tune --replay', 'tune --replay trace.csv', /Replicas/],
  ])('%s', async (_, words, heading) => {
    const { stdout, exitCode } = await run(`${words} --json --report at-once.html`);
    expect(exitCode).toBe(0);
    folder.write('result.json', stdout);
    await run('report result.json --output later.html');
    expectWhole(page('later.html'));
    const tables = (name: string) => [...page(name).matchAll(/<tbody>[\s\S]*?<\/tbody>/g)].map(([body]) => body);
    expect(tables('later.html')).toEqual(tables('at-once.html'));
    expect(page('later.html')).toMatch(heading);
  });
});

it('profiles have a picture for each model', async () => {
  await run('report profiles.csv --output profiles.html');
  expectWhole(page('profiles.html'));
  expect(page('profiles.html')).toContain('Service time of');
});

it('several files are one page', async () => {
  await run('report plan.yaml profiles.csv --output both.html');
  expect(page('both.html')).toContain('Plan of');
  expect(page('both.html')).toContain('Profiles, profiles.csv');
});

it('--text and --json say the same figures', async () => {
  const text = (await run('report plan.yaml --text')).stdout;
  const json = JSON.parse((await run('report plan.yaml --json')).stdout);
  expect(json).toMatchObject({ version: 1, sections: expect.any(Array) });
  for (const { heading, tables } of json.sections) {
    expect(text).toContain(heading);
    for (const { rows } of tables) expect(text).toContain(rows[0][0]);
  }
});

it('names of a user are text and never markup', async () => {
  folder.write(
    'evil.yaml',
    readFileSync(join(cwd, 'pipeline.yaml'), 'utf8').replace(/^name: .*/m, 'name: "<script>alert(1)</script>"'),
  );
  await run('simulate --pipeline evil.yaml --stage detect=cpu:1:1 --report evil.html');
  if (existsSync(join(cwd, 'evil.html'))) expectWhole(page('evil.html'));
  await run('plan evil.yaml --no-validate --output evil-plan.yaml --report evil-plan.html');
  expectWhole(page('evil-plan.html'));
  expect(page('evil-plan.html')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

describe('refused by name', () => {
  it.each([
    ['report nothing.json', 'nothing.json'],
    ['report list.json', 'list.json: no result'],
    ['report other.json', 'other.json: no result that a page can show'],
    ['report pipeline.yaml', 'pipeline.yaml'],
    ['report damaged.json', 'damaged.json: not a whole result'],
    ['report hollow.json', 'hollow.json: not a whole result'],
    ['tune --report x.html', '--report'],
  ])('%s', async (words, problem) => {
    folder.write('list.json', '[]');
    folder.write('other.json', '{"a": 1}');
    folder.write('damaged.json', '{"latency":{},"stages":[{}],"cost_usd_per_hour":1}');
    folder.write('hollow.json', '{"outcomes":[],"decisions":[]}');
    const { exitCode, stderr } = await run(words);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(existsSync(join(cwd, 'report.html'))).toBe(false);
  });
});

it('shows a simulation whose pipeline file has other stages by now, without the drawing', async () => {
  const result = JSON.parse((await runCli(['simulate', 'plan.yaml', '--json'], { cwd: folder.path })).stdout);
  const stages = result.stages.map((one: object, s: number) => ({ ...one, stage: `old-${s}` }));
  folder.write('old.json', JSON.stringify({ ...result, stages }));
  const { exitCode, stdout, stderr } = await runCli(['report', 'old.json', '--text'], { cwd: folder.path });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('old-0');
});
