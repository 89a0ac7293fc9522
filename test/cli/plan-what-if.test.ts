/** `frontier`, and `plan` with `--top`, `--pack` and `--explain`, on a pipeline of two stages, and `verify` of packed plans. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const plan = (...args: string[]) => runCli(['plan', '--no-validate', ...args], { cwd });

/** How many simulations it takes is no promise. */
const scrubbed = (text: string) => text.replace(/[\d,]+( stage)? simulations/, 'N$1 simulations');

const HARDWARE = `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1, takes: { vcpu: 1 } }
  - { name: gpu, kind: gpu, price_usd_per_hour: 1, takes: { gpu: 1, vcpu: 1 } }
  - { name: slice, kind: gpu, price_usd_per_hour: 0.5, instance: sliced, share: 0.25 }
instances:
  - { name: box, price_usd_per_hour: 1.2, resources: { gpu: 1, vcpu: 4 } }
  - { name: small, price_usd_per_hour: 0.2, resources: { vcpu: 2 } }
`;

beforeAll(async () => {
  folder.write(
    'pipeline.yaml',
    `version: 1
name: two-stages
slo: 60ms
profiles: profiles.csv
hardware: hardware.yaml
trace: trace.csv
stages:
  - { name: prepare, kind: transform, model: small }
  - { name: classify, model: large, parents: [prepare] }
`,
  );
  folder.write(
    'profiles.csv',
    `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
small,cpu,1,8,,,,,by hand,test
small,cpu,4,20,,,,,by hand,test
large,cpu,1,45,,,,,by hand,test
large,gpu,1,6,,,,,by hand,test
large,gpu,4,9,,,,,by hand,test
large,slice,1,12,,,,,by hand,test
large,slice,4,20,,,,,by hand,test
`,
  );
  folder.write('hardware.yaml', HARDWARE);
  const law = ['--rate', '60/s', '--cv', '2', '--duration', '30s', '--seed', '1'];
  await runCli(['trace', 'generate', ...law, '-o', 'trace.csv'], { cwd });
});

const frontier = (range: string, ...args: string[]) =>
  runCli(['frontier', '--no-validate', '--range', range, ...args], { cwd });

describe('frontier', () => {
  it('prints a table and a picture, and writes nothing', async () => {
    const { exitCode, stdout } = await frontier('15ms..155ms/20ms');
    expect(exitCode).toBe(0);
    await expect(scrubbed(stdout)).toMatchFileSnapshot('../golden/cli/plan-frontier.txt');
    expect(existsSync(join(cwd, 'plan.yaml'))).toBe(false);
  });

  it('says as JSON what a plan for one SLO says', async () => {
    const made = JSON.parse((await frontier('40ms..80ms/20ms', '--json')).stdout);
    expect(made.points.map(({ slo }: { slo: object }) => slo)).toEqual(
      [40, 60, 80].map((latency_ms) => ({ latency_ms, percentile: 99 })),
    );
    const alone = JSON.parse((await plan('--slo', '60ms', '--json')).stdout);
    expect(made.points[1]).toMatchObject({ is_proved: true, cost_usd_per_hour: alone.plan.cost_usd_per_hour });
  });

  it('exits 3 when no SLO of the range can be met', async () => {
    const { exitCode, stdout } = await frontier('1ms..2ms');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('9 of 9 proved');
  });

  it.each([
    ['one latency', ['100ms'], '--range = 100ms, must be FROM..TO'],
    ['a range backwards', ['200ms..100ms'], 'must be a range from a latency to a longer one'],
    ['more steps than anybody reads', ['1ms..1s/1ms'], 'must be a range of at most 200 steps'],
    ['a range beside an SLO', ['1s..2s', '--slo', '1s'], "unknown option '--slo'"],
  ])('refuses %s', async (_, args, problem) => {
    const [range = '', ...others] = args;
    const { exitCode, stderr } = await frontier(range, ...others);
    expect(stderr).toContain(problem);
    expect(exitCode).toBe(2);
  });
});

it('lists the cheapest plans with --top', async () => {
  const { stdout } = await plan('--top', '3', '-o', 'top.yaml');
  await expect(scrubbed(stdout)).toMatchFileSnapshot('../golden/cli/plan-top.txt');
});

it('says what other hardware would cost with --explain', async () => {
  const { stdout } = await plan('--explain', '-o', 'explained.yaml');
  await expect(scrubbed(stdout)).toMatchFileSnapshot('../golden/cli/plan-explain.txt');
});

describe('--pack', () => {
  const verified = async (name: string) => {
    const { exitCode, stdout } = await runCli(['verify', name, '--json'], { cwd });
    const { findings } = JSON.parse(stdout);
    const failing = findings.filter(({ ok }: { ok: boolean }) => !ok).map(({ check }: { check: string }) => check);
    return { exitCode, failing };
  };

  let printed = '';
  beforeAll(async () => {
    printed = (await plan('--pack', '-o', 'packed.yaml')).stdout;
  });

  it('prints the instances with what runs on them', async () => {
    await expect(scrubbed(printed)).toMatchFileSnapshot('../golden/cli/plan-pack.txt');
  });

  it('is accepted as written', async () => {
    expect(await verified('packed.yaml')).toEqual({ exitCode: 0, failing: [] });
  });

  it.each([
    ['an instance removed', /count: (\d+)/, (n: number) => n + 1, 'packing'],
    ['other instances', /instance: (\w+)/, () => 'sliced', 'packing'],
    ['fewer replicas on one', /runs:\n *- stage: \w+\n *replicas: (\d+)/, (n: number) => n + 1, 'packing'],
    ['another price of an instance', /price_usd_per_hour: ([\d.]+)/, (n: number) => n / 2, 'packing'],
    ['another sum', /packing:\n *cost_usd_per_hour: ([\d.]+)/, (n: number) => n - 0.1, 'packing'],
    ['another bound', /lower_bound_usd_per_hour: ([\d.]+)/, (n: number) => n + 0.1, 'certificate'],
  ])('is rejected with %s', async (_, pattern, change, check) => {
    const text = readFileSync(join(cwd, 'packed.yaml'), 'utf8');
    const [match, figure] = pattern.exec(text)!;
    folder.write('tampered.yaml', text.replace(match, match.replace(figure!, String(change(Number(figure))))));
    expect((await verified('tampered.yaml')).failing).toContain(check);
  });

  it('is rejected after the price of an instance has changed', async () => {
    folder.write('hardware.yaml', HARDWARE.replace('price_usd_per_hour: 1.2', 'price_usd_per_hour: 1.1'));
    expect((await verified('packed.yaml')).failing).toEqual(expect.arrayContaining(['inputs']));
    folder.write('hardware.yaml', HARDWARE);
  });

  it.each([
    ['the greedy search', ['--search', 'greedy'], '--pack cannot be combined with --search greedy'],
    ['explanations', ['--explain'], '--explain cannot be combined with --pack'],
  ])('refuses %s', async (_, args, problem) => {
    const { exitCode, stderr } = await plan('--pack', ...args);
    expect(stderr).toContain(problem);
    expect(exitCode).toBe(2);
  });
});
