/** `export` on the command line: what is asked for, printed, written and refused. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const run = (words: string) => runCli(['export', ...words.split(' ')], { cwd: folder.path });

beforeAll(async () => {
  const { exitCode, stderr } = await runCli(['plan', '--no-validate'], { cwd: folder.path });
  expect([exitCode, stderr.includes('Wrote')]).toEqual([0, true]);
});

it('prints one file, ready for kubectl, and what it cannot say on standard error', async () => {
  const { exitCode, stdout, stderr } = await run('--to kubernetes --image registry.example/{stage}:1');
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Note: ')]);
  const kinds = parseAllDocuments(stdout).map((document) => document.toJS().kind);
  expect(new Set(kinds)).toEqual(expect.objectContaining(new Set(['Deployment', 'Service'])));
  expect(await run('--to kubernetes --image registry.example/{stage}:1')).toMatchObject({ stdout });
});

it('writes several files into a folder, which it makes', async () => {
  const cwd = join(folder.path, 'two');
  await runCli(['init', 'two', '--template', 'chain', '--duration', '1m'], { cwd: folder.path });
  await runCli(['plan', '--no-validate'], { cwd });
  const refused = await runCli(['export', '--to', 'triton'], { cwd });
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('--output = -, must be a folder')]);
  const { exitCode, stdout } = await runCli(['export', '--to', 'triton', '-o', 'deep/models'], { cwd });
  expect(exitCode).toBe(0);
  for (const [, path] of stdout.matchAll(/^Wrote (.*)$/gm)) expect(existsSync(path!)).toBe(true);
  const paths = [...stdout.matchAll(/^Wrote (.*)$/gm)].map(([, path]) => path!);
  expect(paths).toHaveLength(2);
  expect(readFileSync(paths[0]!, 'utf8')).toContain('max_batch_size: ');
});

it.each([
  ['--to is missing', '--port 1'],
  ['--to = helm, must be one of kubernetes', '--to helm'],
  ['--image is missing for', '--to kubernetes'],
  ['--image = nobody=…, must name a stage', '--to kubernetes --image x:1 --image nobody=y:1'],
  ['--image = a b, must be', '--to kubernetes --image=a\u00a0b'],
  ['--image = y:2, must be given once for all stages', '--to kubernetes --image x:1 --image y:2'],
  ['--namespace = Prod, must be', '--to kubernetes --image x:1 --namespace Prod'],
  ['--prometheus = prometheus:9090, must be', '--to keda --image x:1 --selector s --prometheus prometheus:9090'],
  ['--import-path = app, must be', '--to ray-serve --import-path app'],
])('%s', async (problem, words) => {
  const { exitCode, stdout, stderr } = await run(words);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr.replace('\u00a0', ' ')).toContain(problem);
});
