/** `init --from`: the files of a running system become a pipeline that is read again, and nothing is made up. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { INTAKE_KINDS, INTAKE_SOURCES } from '../../src/files/starter/read-intake.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const { path: cwd } = temporaryFolder();
function write(name: string, text: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

write(
  'serve.yaml',
  `applications:
  - name: shop
    deployments:
      - { name: Detect, num_replicas: 2, ray_actor_options: { num_gpus: 1 } }
      - { name: Read, autoscaling_config: { max_replicas: 8 } }
`,
);
write('table.csv', 'Model,Batch,Concurrency,Server Compute Infer time (ms)\nres,1,1,4\nres,8,1,12\n');
write('repo/only/config.pbtxt', 'max_batch_size: 4');
write(
  'graph.yaml',
  `kind: InferenceService
---
kind: InferenceGraph
metadata: { name: switch }
spec: { nodes: { root: { routerType: Switch, steps: [{ serviceName: a }, { serviceName: b }] } } }
`,
);

const run = (words: string) => runCli(words.split(' '), { cwd });

it('every kind says what it reads', () => {
  expect(Object.keys(INTAKE_SOURCES).sort()).toEqual([...INTAKE_KINDS].sort());
});

it('with service times it plans at once', async () => {
  const made = await run('init --from model-analyzer table.csv --on t4 --rate 50/s --output m');
  expect([made.exitCode, made.stderr]).toEqual([0, '']);
  expect(readdirSync(join(cwd, 'm')).sort()).toEqual(['hardware.yaml', 'pipeline.yaml', 'profiles.csv', 'trace.csv']);
  expect(made.stdout).toContain('Next: cd m && infer-plan plan');
  const planned = await run('plan m/pipeline.yaml --output m/plan.yaml');
  expect([planned.exitCode, planned.stdout]).toEqual([0, expect.stringContaining('Proved')]);
});

it('without them it writes no profile, and says what comes next', async () => {
  const made = await run('init --from ray serve.yaml --on t4 --on cpu-2 --output r');
  expect(made.exitCode).toBe(0);
  expect(readdirSync(join(cwd, 'r')).sort()).toEqual(['hardware.yaml', 'pipeline.yaml', 'trace.csv']);
  expect(made.stdout).toMatch(
    /edges: which deployment calls which is in the code[\s\S]*Next: cd r && infer-plan profile/,
  );
  const { pipeline } = readPipelineFile(join(cwd, 'r/pipeline.yaml'));
  expect(pipeline.name).toBe('shop');
  expect(pipeline.stages.map(({ name, parents }) => [name, parents[0]!.from])).toEqual([
    ['Detect', 'query'],
    ['Read', 'Detect'],
  ]);
});

it('a share that the source does not tell stays blank, and is asked for by line', async () => {
  const made = await run('init --from kserve graph.yaml --on cpu-1 --output k');
  expect(made.stdout).toContain('Fill in each blank probability');
  const planned = await run('plan k/pipeline.yaml');
  expect(planned.exitCode).toBe(2);
  expect(planned.stderr).toMatch(/pipeline\.yaml:\d+: stages\[0\]\.parents\[0\]\.probability = \(empty\)/);
});

it('a price that is not known stays blank, and is asked for by line', async () => {
  const made = await run('init --from triton repo --on h100 --output t');
  expect(made.stdout).toContain('Fill in the price of h100');
  const planned = await run('plan t/pipeline.yaml');
  expect(planned.stderr).toMatch(/hardware\.yaml:\d+: hardware\[0\]\.price_usd_per_hour = \(empty\)/);
});

it('a folder with a version is a model of Triton, with or without a configuration', async () => {
  mkdirSync(join(cwd, 'completed/res/1'), { recursive: true });
  mkdirSync(join(cwd, 'completed/notes'), { recursive: true });
  const made = await run('init --from triton completed --on t4 --output c');
  expect([made.exitCode, made.stderr]).toEqual([0, '']);
  expect(readPipelineFile(join(cwd, 'c/pipeline.yaml')).pipeline.stages.map(({ name }) => name)).toEqual(['res']);
});

it('--json holds the stages, what is missing, and the rate that was drawn', async () => {
  const { stdout } = await run('init --from triton repo --on t4 --output j --json');
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    name: 'only',
    stages: [{ name: 'only', parents: [{ from: 'query' }] }],
    profiles: [],
    arrivals: null,
    drawn_rate_qps: 100,
    missing: [expect.stringContaining('service times'), expect.anything(), expect.anything()],
  });
});

describe('refused, and nothing is written', () => {
  it.each([
    ['init --from triton repo', '--on is missing: add --on HARDWARE'],
    ['init --from triton nowhere --on t4', 'nowhere: no such file'],
    ['init --from triton serve.yaml --on t4', 'serve.yaml: is a file'],
    ['init --from ray graph.yaml --on t4', 'graph.yaml'],
    ['init --from model-analyzer table.csv --on t4 --on cpu-1', '--on is given twice'],
    ['init --from aiperf table.csv --on t4', 'table.csv: not JSON'],
    ['init --from otl x', 'otl'],
    ['init --on t4', '--on'],
  ])('%s', async (words, problem) => {
    const before = readdirSync(cwd);
    const { exitCode, stderr } = await run(words);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(readdirSync(cwd)).toEqual(before);
  });

  it('where something stands already', async () => {
    await run('init --from triton repo --on t4 --output twice');
    const { exitCode, stderr } = await run('init --from triton repo --on t4 --output twice');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('exists already')]);
  });
});
