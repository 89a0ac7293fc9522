/** `init` writes pipelines that plan at once, asks on a terminal, and overwrites nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INIT_FLAGS, TEMPLATES } from '../../src/cli/init/flags.js';
import { askAnswers } from '../../src/cli/init/questions.js';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const FILES = ['hardware.yaml', 'pipeline.yaml', 'profiles.csv', 'trace.csv'];

function emptyFolder(name: string): string {
  const cwd = join(folder.path, name);
  mkdirSync(cwd);
  return cwd;
}

it('has a template for each name it offers, and no other', () => {
  const names = readdirSync(join(import.meta.dirname, '../../templates'));
  expect(names.sort()).toEqual(TEMPLATES.map((name) => `${name}.yaml`).toSorted());
});

describe.each(TEMPLATES)('%s', (template) => {
  it('is a pipeline that a plan holds for, proved, without a warning of its own', async () => {
    const cwd = emptyFolder(template);
    const made = await runCli(['init', '--template', template], { cwd });
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    expect(readdirSync(cwd).sort()).toEqual(FILES);
    expect(readPipelineFile(join(cwd, 'pipeline.yaml'))).toMatchObject({ pipeline: { name: template }, warnings: [] });
    const planned = await runCli(['plan', '--no-validate'], { cwd });
    expect([planned.exitCode, planned.stderr]).toEqual([0, expect.stringMatching(/^Wrote .*\n$/)]);
    expect(planned.stdout).toContain('Proved');
  });
});

it('writes the name, the objective and the traffic that are given, into a new folder', async () => {
  const cwd = emptyFolder('given');
  const words = 'init shop --template chain --name cart --slo 150ms --rate 20/s --cv 2 --duration 1m --json';
  const { stdout } = await runCli(words.split(' '), { cwd });
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    template: 'chain',
    name: 'cart',
    folder: 'shop',
    files: ['pipeline.yaml', 'hardware.yaml', 'profiles.csv', 'trace.csv'],
  });
  const { pipeline, slo } = readPipelineFile(join(cwd, 'shop/pipeline.yaml'));
  expect([pipeline.name, slo?.latencyMs]).toEqual(['cart', 150]);
  const rows = readFileSync(join(cwd, 'shop/trace.csv'), 'utf8').trim().split('\n').length - 1;
  expect(rows).toBeGreaterThan(800);
  expect(rows).toBeLessThan(1600);
});

it('takes the folder for the name, where a pipeline can have it', async () => {
  const cwd = emptyFolder('my pipeline');
  await runCli(['init', '--template', 'chain'], { cwd });
  expect(readPipelineFile(join(cwd, 'pipeline.yaml')).pipeline.name).toBe('pipeline');
});

it('keeps of the shipped profiles and hardware what the models need, with the sources', async () => {
  const cwd = emptyFolder('kept');
  await runCli(['init', '--template', 'cascade'], { cwd });
  const [header, ...rows] = readFileSync(join(cwd, 'profiles.csv'), 'utf8').trimEnd().split('\n');
  expect(header).toContain('source');
  expect(new Set(rows.map((row) => row.split(',')[0]))).toEqual(new Set(['alexnet', 'se-resnext101-32x4d']));
  const hardware = readFileSync(join(cwd, 'hardware.yaml'), 'utf8');
  expect([hardware.includes('name: t4'), hardware.includes('name: l40s')]).toEqual([true, false]);
  expect(hardware.match(/source:/g)).toHaveLength(hardware.match(/- name:/g)!.length);
});

it.each(FILES)('writes nothing where there is a %s', async (name) => {
  const cwd = emptyFolder(`with-${name}`);
  writeFileSync(join(cwd, name), 'mine');
  const { exitCode, stderr } = await runCli(['init', '--template', 'chain'], { cwd });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${name}: exists already`)]);
  expect(readdirSync(cwd)).toEqual([name]);
  expect(readFileSync(join(cwd, name), 'utf8')).toBe('mine');
});

it.each([
  ['--template is missing: add --template chain|fan-out|branch-and-join|cascade', 'init'],
  ['--template = ring, must be one of', 'init --template ring'],
  ['--name = a/b, must be', 'init --template chain --name a/b'],
  ['--rate = 0/s, must be above 0', 'init --template chain --rate 0/s'],
  ['--duration = 0s, must be above 0, such as 5m', 'init --template chain --duration 0s'],
])('%s', async (problem, words) => {
  const cwd = folder.path;
  const { exitCode, stderr } = await runCli(words.split(' '), { cwd });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
  expect(existsSync(join(cwd, 'pipeline.yaml'))).toBe(false);
});

it('asks one question after the other, again where an answer does not do, and an empty one is the default', async () => {
  const answers = ['ring', 'cascade', '', '150ms', '80/s', '0', '2'];
  const asked: string[] = [];
  let told = '';
  const ask = async (question: string) => {
    asked.push(question);
    return answers.shift()!;
  };
  const given = { name: 'here', sloMs: 200, rateQps: 100, cv: 1, durationMs: 1, seed: 1, json: false };
  const found = await askAnswers({ ask, stderr: (text) => (told += text) }, { ...given, template: undefined });
  expect(found).toEqual({ template: 'cascade', name: 'here', sloMs: 150, rateQps: 80, cv: 2 });
  expect(asked[2]).toBe('name [here] ');
  expect(asked).toHaveLength(7);
  expect(told).toContain('template = ring, must be one of chain');
  expect(Object.keys(INIT_FLAGS)).toEqual(expect.arrayContaining(Object.keys(found)));
});
