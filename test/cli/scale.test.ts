/** `--scale`: the traffic of a trace times a factor. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const run = (command: string) => runCli(command.split(' '), { cwd });
const json = async (command: string) => JSON.parse((await run(`${command} --json`)).stdout);

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../cases/base'), cwd, { recursive: true });
  await run('trace generate --rate 50/s --cv 2 --duration 20s -o tr.csv');
  const halved = readFileSync(join(cwd, 'tr.csv'), 'utf8').replace(/^[\d.]+$/gm, (ms) => {
    return String(Math.round(Math.round(1000 * Number(ms)) / 2) / 1000);
  });
  writeFileSync(join(cwd, 'halved.csv'), halved);
  await run('plan p.yaml --scale 2x -o scaled.yaml');
});

describe('--scale', () => {
  it('plans as for the trace with its gaps halved', async () => {
    const scaled = await json('plan p.yaml --scale 2x -o p1.yaml');
    const halved = await json('plan p.yaml --trace halved.csv -o p2.yaml');
    for (const key of ['stages', 'predicted', 'envelope', 'validated', 'certificate']) {
      expect(scaled.plan[key]).toEqual(halved.plan[key]);
    }
    expect(scaled.plan.provenance.trace_scale).toBe(2);
    expect(halved.plan.provenance).not.toHaveProperty('trace_scale');
  });

  it('is kept by the plan: simulate and verify replay the same traffic', async () => {
    const planned = (await json('plan p.yaml --scale 2x -o p3.yaml')).plan.predicted.p99_ms;
    const { latency, provenance } = await json('simulate scaled.yaml');
    expect([latency.p99_ms, provenance.trace_scale]).toEqual([planned, 2]);
    expect(await run('verify scaled.yaml')).toMatchObject({ exitCode: 0 });
    expect(await run('verify scaled.yaml --trace tr.csv')).toMatchObject({ exitCode: 0 });
  });

  it('of a plan gives way to an option, and to another trace', async () => {
    const rateOf = async (more: string) => (await json(`simulate scaled.yaml ${more}`)).mean_rate_qps;
    const twice = await rateOf('--scale 2x');
    expect(await rateOf('--scale 1x')).toBeCloseTo(twice / 2, 3);
    expect(await rateOf('--trace halved.csv')).toBe(twice);
  });

  it('scales the frontier', async () => {
    const scaled = await json('frontier p.yaml --range 150ms..200ms/50ms --scale 2x');
    expect(scaled.points).toEqual((await json('frontier p.yaml --range 150ms..200ms/50ms --trace halved.csv')).points);
  });

  it.each(['2', '0x', 'x', '-1x', '1e3x', '1001x', '2X'])('%s is refused', async (text) => {
    const { exitCode, stderr } = await run(`plan p.yaml --scale ${text}`);
    expect([exitCode, stderr]).toEqual([
      2,
      `infer-plan: --scale = ${text}, must be a multiple from 0.001x to 1000x, such as 2x or 0.5x\n`,
    ]);
  });
});
