/** `verify` on a plan as it was written, and after each way of tampering with it or with what it was made from. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const text = (name: string) => readFileSync(join(cwd, name), 'utf8');

const PIPELINE = `version: 1
name: two-stages
slo: 60ms
profiles: profiles.csv
hardware: hardware.yaml
trace: trace.csv
stages:
  - { name: prepare, kind: transform, model: small }
  - { name: classify, model: large, parents: [prepare] }
`;
const PROFILES = `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
small,cpu,1,8,,,,,by hand,test
small,cpu,4,20,,,,,by hand,test
large,cpu,1,45,,,,,by hand,test
large,gpu,1,6,,,,,by hand,test
large,gpu,4,9,,,,,by hand,test
`;
const HARDWARE = `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1 }
  - { name: gpu, kind: gpu, price_usd_per_hour: 1 }
`;

function reset(): void {
  folder.write('pipeline.yaml', PIPELINE);
  folder.write('profiles.csv', PROFILES);
  folder.write('hardware.yaml', HARDWARE);
}

beforeAll(async () => {
  reset();
  const law = ['--rate', '100/s', '--cv', '2', '--duration', '30s'];
  await runCli(['trace', 'generate', ...law, '--seed', '1', '-o', 'first.csv'], { cwd });
  await runCli(['trace', 'generate', ...law, '--seed', '2', '-o', 'other.csv'], { cwd });
  copyFileSync(join(cwd, 'first.csv'), join(cwd, 'trace.csv'));
  expect((await runCli(['plan', '-o', 'promised.yaml'], { cwd })).exitCode).toBe(0);
  expect((await runCli(['plan', '--no-validate', '-o', 'bare.yaml'], { cwd })).exitCode).toBe(0);
});

beforeEach(() => {
  reset();
  copyFileSync(join(cwd, 'first.csv'), join(cwd, 'trace.csv'));
});

async function verified(plan: string, ...flags: string[]): Promise<{ exitCode: number; failing: string[] }> {
  const { exitCode, stdout } = await runCli(['verify', plan, '--json', ...flags], { cwd });
  const { accepted, findings } = JSON.parse(stdout);
  expect(exitCode).toBe(accepted ? 0 : 3);
  const bad = findings.filter(({ ok }: { ok: boolean }) => !ok);
  return { exitCode, failing: bad.map(({ check }: { check: string }) => check) };
}

/** The file with one edit, which must change something. */
function edited(name: string, pattern: RegExp, replacement: string): string {
  const before = text(name);
  const after = before.replace(pattern, replacement);
  expect(after).not.toBe(before);
  return after;
}

describe.each(['promised.yaml', 'bare.yaml'])('%s', (plan) => {
  it('is accepted as written', async () => {
    expect(await verified(plan)).toEqual({ exitCode: 0, failing: [] });
  });

  it.each([
    ['of hardware it uses', /(name: gpu.*price_usd_per_hour: )1/, '$11.1', ['inputs', 'cost']],
    ['of other hardware too', /(name: cpu.*price_usd_per_hour: )0\.1/, '$10.2', ['inputs', 'cost']],
  ])('is rejected after a price %s has changed', async (_, pattern, replacement, checks) => {
    folder.write('hardware.yaml', edited('hardware.yaml', pattern, replacement));
    expect((await verified(plan)).failing).toEqual(expect.arrayContaining(checks));
  });

  it.each([
    ['that it uses', /large,gpu,4,9,/, 'large,gpu,4,9.5,', 'stages'],
    ['that it does not use', /large,cpu,1,45,/, 'large,cpu,1,44,', 'inputs'],
    ['that makes a cheaper plan', /large,cpu,1,45,/, 'large,cpu,1,5,', 'lower bound'],
  ])('is rejected after a profile row has changed %s', async (_, pattern, replacement, check) => {
    folder.write('profiles.csv', edited('profiles.csv', pattern, replacement));
    const { failing } = await verified(plan);
    expect(failing).toEqual(expect.arrayContaining(['inputs', check]));
  });

  it('is rejected after the trace has changed, and with another trace', async () => {
    expect((await verified(plan, '--trace', 'other.csv')).failing).toContain('latencies');
    copyFileSync(join(cwd, 'other.csv'), join(cwd, 'trace.csv'));
    expect((await verified(plan)).failing).toEqual(expect.arrayContaining(['inputs', 'latencies']));
  });

  it.each([
    ['a replica removed', /replicas: (\d+)/, 'cost', (n: number) => n - 1],
    ['a replica added', /replicas: (\d+)/, 'cost', (n: number) => n + 1],
    ['another lower bound', /lower_bound_usd_per_hour: ([\d.]+)/, 'certificate', (n: number) => n * 1.05],
    ['another gap', /gap_ratio: ([\d.]+)/, 'certificate', () => 0.1],
    ['other misses', /\n {2}misses: (\d+)/, 'certificate', (n: number) => n + 1],
    ['other allowed misses', /allowed_misses: (\d+)/, 'certificate', (n: number) => n + 5],
    ['another cost', /\ncost_usd_per_hour: ([\d.]+)/, 'cost', (n: number) => n / 2],
    ['another p99', /\n {2}p99_ms: ([\d.]+)/, 'latencies', (n: number) => n - 1],
    ['another envelope', /queries: (\d+), rate_qps/, 'envelope', (n: number) => n + 1],
    ['another objective', /latency_ms: ([\d.]+)/, 'objective', (n: number) => n / 3],
  ])('is rejected with %s', async (_, pattern, check, change) => {
    const found = pattern.exec(text(plan))!;
    const [match, figure] = found;
    const tampered = text(plan).replace(match, match.replace(figure!, String(change(Number(figure)))));
    folder.write('tampered.yaml', tampered);
    expect((await verified('tampered.yaml')).failing).toContain(check);
  });

  it('is rejected with its proof denied', async () => {
    folder.write('tampered.yaml', edited(plan, /is_proved: true/, 'is_proved: false'));
    expect((await verified('tampered.yaml')).failing).toEqual(['certificate']);
  });
});

it('is rejected when what it promises on fresh traffic is edited', async () => {
  folder.write('tampered.yaml', edited('promised.yaml', /mean_attainment: [\d.]+/, 'mean_attainment: 0.9999'));
  expect((await verified('tampered.yaml')).failing).toEqual(['promise']);
});

describe('a plan that held out the tail of its trace', () => {
  beforeAll(async () => {
    expect((await runCli(['plan', '--hold-out', '25%', '-o', 'held.yaml'], { cwd })).exitCode).toBe(0);
    expect((await runCli(['plan', '--hold-out', '20%', '-o', 'fifth.yaml'], { cwd })).exitCode).toBe(0);
  });

  it('is verified on the part that it was planned on', async () => {
    expect(text('held.yaml')).toMatch(/hold_out:\n +time_ratio: 0.25\n/);
    expect(await verified('held.yaml')).toEqual({ exitCode: 0, failing: [] });
  });

  it('fails when it says that another part was held out', async () => {
    folder.write('other.yaml', text('held.yaml').replace('time_ratio: 0.25', 'time_ratio: 0.2'));
    expect((await verified('other.yaml')).exitCode).toBe(3);
  });

  it('is verified where it does not say how much: earlier versions held out a fifth', async () => {
    folder.write('earlier.yaml', text('fifth.yaml').replace(/\n +time_ratio: 0.2\n/, '\n'));
    expect(text('earlier.yaml')).not.toContain('time_ratio');
    expect(await verified('earlier.yaml')).toEqual({ exitCode: 0, failing: [] });
  });
});
