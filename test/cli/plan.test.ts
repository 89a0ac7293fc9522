import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const cwd = folder.path;
const PLAN = join(cwd, 'plan.yaml');
const planText = (path = PLAN) => readFileSync(path, 'utf8');

beforeEach(() => rmSync(PLAN, { force: true }));

it('finds that one cpu at $0.1 serves every query within 15 ms', async () => {
  const { exitCode, stdout, stderr } = await runCli(['plan', '--slo', '15ms'], { cwd });
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^warning: .* of such traffic would do\nWrote .*plan\.yaml\n$/);
  await expect(stdout).toMatchFileSnapshot('../golden/cli/plan.txt');
  expect(planText()).toContain('cost_usd_per_hour: 0.1\n');
});

it('finds that 5 ms need the gpu at $1, which takes 4 ms', async () => {
  const { stdout } = await runCli(['plan', '--slo', '5ms', '--json'], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({
    feasible: true,
    plan: { cost_usd_per_hour: 1, predicted: { max_ms: 4 } },
  });
});

it('names the binding stage and the smallest SLO, and writes nothing, when there is no plan', async () => {
  const { exitCode, stdout } = await runCli(['plan', '--slo', '3ms'], { cwd });
  expect(exitCode).toBe(3);
  expect(stdout).toContain('Binding stage: classify\nSmallest SLO that could be met: 4ms\n');
  expect(existsSync(PLAN)).toBe(false);
  expect((await runCli(['plan', '--slo', '4ms'], { cwd })).exitCode).toBe(0);
});

it('prints and writes the same bytes for the same input', async () => {
  const run = async () => [await runCli(['plan', '--slo', '15ms', '--json'], { cwd }), planText()];
  expect(await run()).toEqual(await run());
});

it('lists every move with --explain', async () => {
  const { stdout } = await runCli(['plan', '--slo', '15ms', '--search', 'greedy', '--explain'], { cwd });
  expect(stdout).toMatch(/^ *\d+ +DowngradeHW +classify +gpu:\d+:1 +cpu:\d+:1 +0\.1000 +kept$/m);
});

it('prints the plan alone on standard output with -o -', async () => {
  await runCli(['plan', '--slo', '15ms'], { cwd });
  const written = planText();
  rmSync(PLAN);
  const { stdout, stderr } = await runCli(['plan', '--slo', '15ms', '-o', '-'], { cwd });
  expect(stdout).toBe(written);
  expect(stderr).toContain('SLO p99 <= 15ms: met');
  expect(existsSync(PLAN)).toBe(false);
});

it('leaves hardware out that the inventory does not hold', async () => {
  const { stdout } = await runCli(['plan', '--slo', '15ms', '--inventory', 'cpu=0', '--json'], { cwd });
  expect(JSON.parse(stdout).plan.stages).toMatchObject([{ hardware: 'gpu' }]);
});

it('keeps an earlier plan when there is none for the new objective', async () => {
  await runCli(['plan', '--slo', '15ms'], { cwd });
  const earlier = planText();
  await runCli(['plan', '--slo', '3ms'], { cwd });
  expect(planText()).toBe(earlier);
});

it.each([
  ['no replicas', ['--max-replicas', '0'], '--max-replicas = 0, must be a whole number from 1'],
  ['an inventory without a count', ['--inventory', 'gpu'], '--inventory = gpu, must be HARDWARE=COUNT'],
  ['two counts of one hardware', ['--inventory', 'gpu=1', '--inventory', 'gpu=2'], 'gpu has a limit already'],
  [
    'an inventory of unknown hardware',
    ['--inventory', 'gpv=1'],
    'must name hardware of the hardware file (did you mean gpu?)',
  ],
  ['two documents on standard output', ['--json', '-o', '-'], '--output - cannot be combined with --json'],
  ['a folder nobody made', ['-o', 'none/plan.yaml'], 'none/plan.yaml: its folder does not exist'],
  ['profiles without the percentile', ['--service-time', 'p99'], 'p99_ms of tiny on cpu'],
])('refuses %s', async (_, args, problem) => {
  const { exitCode, stderr } = await runCli(['plan', '--slo', '15ms', ...args], { cwd });
  expect(stderr).toContain(problem);
  expect(exitCode).toBe(2);
  expect(existsSync(PLAN)).toBe(false);
});

it('asks for an objective when neither the file nor a flag has one', async () => {
  folder.write('aimless.yaml', readFileSync(join(cwd, 'pipeline.yaml'), 'utf8').replace('slo: 12ms\n', ''));
  const { exitCode, stderr } = await runCli(['plan', 'aimless.yaml'], { cwd });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: expect.stringMatching(/--slo is missing, and .*aimless\.yaml states no slo/),
  });
});

describe('simulate with a plan', () => {
  beforeEach(async () => {
    folder.write('trace.csv', 'arrival_ms\n0\n5\n30\n');
    await runCli(['plan', '--slo', '15ms'], { cwd });
  });

  it('predicts what the plan says, with the plan objective', async () => {
    const { exitCode, stdout, stderr } = await runCli(['simulate', '--check', '--json'], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ latency: { max_ms: 15 }, slo: { latency_ms: 15, holds: true } });
  });

  it('finds the inputs of a plan from any folder', async () => {
    const { exitCode, stdout } = await runCli(['simulate', PLAN, '--json'], { cwd: '/' });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ queries: 3 });
  });

  it('answers a what-if: a second replica leaves nobody waiting', async () => {
    const { stdout } = await runCli(['simulate', '--stage', 'classify=cpu:1:2', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ latency: { max_ms: 10 }, cost_usd_per_hour: 0.2 });
  });

  it('warns when an input has changed, and says nothing of one that is not used', async () => {
    folder.write('trace.csv', 'arrival_ms\n0\n30\n');
    folder.write('other.csv', 'arrival_ms\n0\n');
    expect((await runCli(['simulate'], { cwd })).stderr).toBe(
      'warning: trace.csv has changed since the plan was made\n',
    );
    expect((await runCli(['simulate', '--trace', 'other.csv'], { cwd })).stderr).toBe('');
  });

  it('refuses a plan whose pipeline has lost a stage', async () => {
    folder.write('plan.yaml', planText().replace('stage: classify', 'stage: detect'));
    const { exitCode, stderr } = await runCli(['simulate'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('stage = detect, must be a stage of one-stage');
    expect(stderr).toContain('stage classify is missing');
  });
});

/** A second passes between any two looks at it. */
function hastyClock(): () => number {
  let nowMs = 0;
  return () => {
    nowMs += 1000;
    return nowMs;
  };
}

describe('a search that is stopped', () => {
  const gapOf = (stdout: string) => JSON.parse(stdout).plan.certificate.gap_ratio;
  const exact = ['plan', '--slo', '15ms', '--json'];

  it('writes the best plan so far at its time limit, with what is proved of it', async () => {
    const { exitCode, stdout, stderr } = await runCli([...exact, '--time-limit', '1s'], { cwd, nowMs: hastyClock() });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Stopped by the time limit');
    expect(gapOf(stdout)).toBeGreaterThan(0);
  });

  it('is stopped by Ctrl-C too', async () => {
    const isInterrupted = () => true;
    const { stderr } = await runCli([...exact, '--time-limit', '1h'], { cwd, nowMs: hastyClock(), isInterrupted });
    expect(stderr).toContain('Stopped by the interrupt');
  });

  it('comes to its end within a limit that is longer', async () => {
    const { stdout, stderr } = await runCli([...exact, '--time-limit', '1h'], { cwd, nowMs: hastyClock() });
    expect(stderr).not.toContain('Stopped');
    expect(gapOf(stdout)).toBe(0);
  });
});
