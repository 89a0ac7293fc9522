/** `--pin`: stages whose choice is given. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const run = (command: string) => runCli(command.split(' '), { cwd });

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../cases/base'), cwd, { recursive: true });
  await run('trace generate --rate 50/s --cv 2 --duration 20s -o tr.csv');
});

describe('plan --pin', () => {
  it('keeps to the pins, says so, and verify holds the plan to them', async () => {
    const { stdout } = await run('plan p.yaml --pin b=cpu:2:4 --pin a=t4:4 -o plan.yaml --json');
    const { plan } = JSON.parse(stdout);
    expect(plan.stages).toMatchObject([
      { stage: 'a', hardware: 't4', max_batch_size: 4 },
      { stage: 'b', hardware: 'cpu', max_batch_size: 2, replicas: 4 },
    ]);
    expect(plan.provenance.pins).toEqual([
      { stage: 'b', hardware: 'cpu', max_batch_size: 2, replicas: 4 },
      { stage: 'a', hardware: 't4', max_batch_size: 4 },
    ]);
    expect(await run('verify plan.yaml')).toMatchObject({ exitCode: 0 });
    expect((await run('plan p.yaml --pin b=cpu:2 -o p2.yaml')).stdout).toContain('\nPinned: b=cpu:2\n');
  });

  it('proves that there is no plan within them', async () => {
    const { exitCode, stdout } = await run('plan p.yaml --pin b=cpu:1:1 --no-validate -o none.yaml');
    expect([exitCode, stdout]).toEqual([
      3,
      expect.stringContaining('no configuration within the limits on\n  replicas and the pins holds the objective'),
    ]);
  });

  it.each([
    ['c=t4', '--pin = c=t4, must name a stage: a, b'],
    ['b=t5', '--pin = b=t5, must name hardware of the hardware file (did you mean t4?)'],
    ['b=t4', '--pin = b=t4, must name hardware that b is profiled on: cpu'],
    ['b=cpu:3', '--pin = b=cpu:3, must have a batch of at most 2, the largest that is profiled there'],
    ['b=cpu:0', '--pin = b=cpu:0, must be STAGE=HARDWARE[:BATCH[:REPLICAS]] with batch and replicas from 1'],
    ['b', '--pin = b, must be STAGE=HARDWARE'],
    ['b=cpu:1:1:1', '--pin = b=cpu:1:1:1, must be STAGE=HARDWARE'],
    ['b=cpu --pin b=cpu:1', '--pin = b=cpu:1, must be given once per stage: b is pinned already'],
    ['b=cpu:1:1 --min-replicas b=2', '--pin = b=cpu:1:1, must have at least the 2 replicas that b must have'],
    ['b=cpu:1:9 --max-replicas 4', '--pin = b=cpu:1:9, must have at most the 4 replicas of --max-replicas'],
    ['b=cpu --search greedy', '--pin cannot be combined with --search greedy'],
  ])('%s is refused', async (pin, problem) => {
    const { exitCode, stderr } = await run(`plan p.yaml --pin ${pin}`);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });
});
