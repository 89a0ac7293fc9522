/** `diff`: figures of two plans beside each other, from one trace. */
import { beforeAll, expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const run = (...words: string[]) => runCli(words, { cwd: folder.path });

beforeAll(async () => {
  await run('plan', '--no-validate', '-o', 'a.yaml');
  await run('plan', '--no-validate', '--min-replicas', 'classify=3', '-o', 'b.yaml');
});

it('shows what each stage has, and the change of every figure', async () => {
  const { exitCode, stdout, stderr } = await run('diff', 'a.yaml', 'b.yaml');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('1 of 1 stages differ.');
  expect(stdout).toMatch(/classify +\d x cpu, batch \d+ +3 x cpu, batch \d+/);
  const { before, after, stages, queries } = JSON.parse((await run('diff', 'a.yaml', 'b.yaml', '--json')).stdout);
  expect(stages).toMatchObject([{ stage: 'classify', after: { replicas: 3 }, is_changed: true }]);
  for (const [plan, side] of [
    ['a.yaml', before],
    ['b.yaml', after],
  ] as const) {
    const alone = JSON.parse((await run('simulate', plan, '--json')).stdout);
    expect(side.latency).toEqual(alone.latency);
    expect([side.cost_usd_per_hour, queries]).toEqual([alone.cost_usd_per_hour, alone.queries]);
  }
});

it('multiplies the traffic as the first plan does, and takes another trace as it is', async () => {
  await run('plan', '--no-validate', '--scale', '2x', '-o', 'double.yaml');
  const { before } = JSON.parse((await run('diff', 'double.yaml', 'a.yaml', '--json')).stdout);
  const alone = JSON.parse((await run('simulate', 'double.yaml', '--json')).stdout);
  expect(before.latency).toEqual(alone.latency);
  const other = JSON.parse((await run('diff', 'double.yaml', 'a.yaml', '--trace', 'trace.csv', '--json')).stdout);
  const single = JSON.parse((await run('simulate', 'double.yaml', '--trace', 'trace.csv', '--json')).stdout);
  expect(other.before.latency).toEqual(single.latency);
});

it('says that two equal plans are the same', async () => {
  const { stdout } = await run('diff', 'a.yaml', 'a.yaml');
  expect(stdout).toContain('Every stage is the same.');
  expect(stdout).not.toMatch(/[+-]\d/);
});

it.each([
  [['diff', 'a.yaml'], 'plans = 1 file, must be two'],
  [['diff', 'a.yaml', 'b.yaml', 'a.yaml'], 'plans = 3 files, must be two'],
  [['diff', 'a.yaml', 'none.yaml'], 'none.yaml: no such file'],
  [['diff', '-', '-'], 'cannot both be -'],
  [['diff'], "missing required argument 'plans'"],
])('%s: %s', async (words, problem) => {
  const { exitCode, stderr } = await run(...words);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
});
