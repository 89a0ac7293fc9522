/** `--sweep`: a plan, or a configuration, at multiples of the traffic. */
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../src/cli/flags/sweep.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const run = (command: string) => runCli(command.split(' '), { cwd });
const json = async (command: string) => JSON.parse((await run(`${command} --json`)).stdout);

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../cases/base'), cwd, { recursive: true });
  await run('trace generate --rate 50/s --cv 2 --duration 20s -o tr.csv');
});

describe('a range of multiples', () => {
  it.each([
    ['rate=0.5x..4x', [0.5, 1, 2, 4]],
    ['rate=1x..5x', [1, 2, 4, 5]],
    ['rate=1x..2x/0.25x', [1, 1.25, 1.5, 1.75, 2]],
    ['rate=0.1x..0.5x/0.2x', [0.1, 0.3, 0.5]],
    ['rate=1x..2x/0.4x', [1, 1.4, 1.8, 2]],
    ['rate=1x..1.5x/2x', [1, 1.5]],
  ])('%s', (text, scales) => {
    expect(sweep.parse(text, '--sweep')).toEqual(scales);
  });

  it.each([
    'rate',
    'rate=1x',
    'rate=2x..1x',
    'rate=1x..1x',
    'slo=1x..2x',
    'rate=1..2',
    'rate=1x..2x/0x',
    'rate=0.001x..1x/0.001x',
  ])('%s is refused', (text) => {
    expect(folder.refusalOf(() => sweep.parse(text, '--sweep')).problems[0]).toMatch(/^--sweep = /);
  });
});

describe('plan --sweep', () => {
  it('costs at each multiple what --scale costs there, and writes no plan', async () => {
    const { points } = await json('plan p.yaml --sweep rate=1x..2x/0.5x');
    expect(existsSync(join(cwd, 'plan.yaml'))).toBe(false);
    for (const point of points) {
      const { plan } = await json(`plan p.yaml --scale ${point.scale}x -o other.yaml`);
      expect([point.cost_usd_per_hour, point.is_proved]).toEqual([plan.cost_usd_per_hour, true]);
      expect(point.stages).toEqual(plan.stages.map(pick));
    }
    expect(points.map(({ scale }: { scale: number }) => scale)).toEqual([1, 1.5, 2]);
  });

  it('says where there is no plan, and exits 3 when there is none at all', async () => {
    const some = await run('plan p.yaml --sweep rate=1x..100x --max-replicas 4');
    expect(some).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\n +1x .*proved[\s\S]*\n +100x .*no plan/),
    });
    expect(await run('plan p.yaml --slo 1ms --sweep rate=1x..2x')).toMatchObject({ exitCode: 3 });
  });
});

describe('simulate --sweep', () => {
  it('does at each multiple what --scale does there', async () => {
    await run('plan p.yaml -o plan.yaml');
    const { points } = await json('simulate --sweep rate=1x..2x');
    for (const { scale, ...figures } of points) {
      const { version: _, provenance: __, ...alone } = await json(`simulate --scale ${scale}x`);
      expect(figures).toEqual(alone);
    }
    expect(points).toHaveLength(2);
  });

  it('exits 3 with --check when a multiple does not hold', async () => {
    expect(await run('simulate --sweep rate=1x..50x --check')).toMatchObject({ exitCode: 3 });
    expect(await run('simulate --sweep rate=0.5x..1x --check')).toMatchObject({ exitCode: 0 });
  });
});

function pick({ stage, hardware, max_batch_size, replicas }: Record<string, unknown>) {
  return { stage, hardware, max_batch_size, replicas };
}
