import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const cli = (line: string) => runCli(line.split(' '), { cwd: folder.path });

interface Replay {
  readonly version: number;
  readonly queries: number;
  readonly decisions: readonly { at_ms: number; kind: string; reason: string; changes: readonly object[] }[];
  readonly outcomes: readonly {
    readonly name: string;
    readonly slo_attainment: number;
    readonly cost_usd: number;
    readonly timelines: readonly { stage: string; replicas: readonly { at_ms: number; replicas: number }[] }[];
  }[];
}

const replayOf = async (line: string) => JSON.parse((await cli(`${line} --json`)).stdout) as Replay;

beforeAll(async () => {
  // A query takes 10 ms on the CPU; 40 a second keep a replica busy for two fifths of the time, 160 are too many for it.
  await cli('trace generate --rate 40/s --duration 2m --seed 1 -o planning.csv');
  await cli('trace generate --steps 0s=40/s,60s=160/s,120s=40/s --duration 4m --seed 2 -o busy.csv');
  const { exitCode, stderr } = await cli('plan --slo 60ms --trace planning.csv --inventory gpu=0 --no-validate');
  expect(exitCode, stderr).toBe(0);
});

describe('tune --replay', () => {
  it('tells what the tuner is worth', async () => {
    const { queries, decisions, outcomes } = await replayOf('tune --replay busy.csv');
    const [tuned, untuned, peak, clairvoyant] = outcomes;
    expect(outcomes.map(({ name }) => name)).toEqual(['tuned', 'untuned', 'peak', 'clairvoyant']);
    expect(queries).toBe(readFileSync(join(folder.path, 'busy.csv'), 'utf8').split('\n').length - 2);
    expect(decisions.filter(({ at_ms: atMs }) => atMs > 60_000 && atMs < 62_000)).not.toEqual([]);
    expect(tuned!.slo_attainment).toBeGreaterThan(untuned!.slo_attainment);
    expect(peak!.slo_attainment).toBeGreaterThanOrEqual(0.99);
    expect(clairvoyant!.slo_attainment).toBeGreaterThanOrEqual(0.99);
    expect(untuned!.cost_usd).toBeLessThan(tuned!.cost_usd);
    expect(tuned!.cost_usd).toBeLessThan(peak!.cost_usd);
    // The timeline is what the decisions say.
    const changes = decisions.map(({ at_ms: atMs, changes: [change] }) => ({
      at_ms: atMs,
      replicas: (change as { to: number }).to,
    }));
    expect(tuned!.timelines[0]!.replicas.slice(1)).toEqual(changes);
  });

  it('gives the same bytes twice', async () => {
    expect((await cli('tune --replay busy.csv')).stdout).toBe((await cli('tune --replay busy.csv')).stdout);
  });

  it('stays within limits', async () => {
    const { decisions } = await replayOf('tune --replay busy.csv --max-replicas classify=3');
    const counts = decisions.flatMap(({ changes }) => changes.map((change) => (change as { to: number }).to));
    expect(Math.max(...counts)).toBe(3);
    const { stdout } = await cli('tune --replay busy.csv --max-replicas classify=2');
    expect(stdout).toMatch(/^most replicas +at most classify 2 +classify +\S+s +\d+\.\d %$/m);
  });

  it('--check answers with the exit code', async () => {
    expect((await cli('tune --replay busy.csv --check --slo 5s')).exitCode).toBe(0);
    expect((await cli('tune --replay busy.csv --check --slo 9ms')).exitCode).toBe(3);
  });

  it('reports every problem of its flags at once', async () => {
    const { exitCode, stderr } = await cli(
      'tune --replay busy.csv --interval 1ms --max-step 0 --max-usd-per-hour free --max-replicas classify',
    );
    expect(exitCode).toBe(2);
    expect(stderr.split('\n').filter((line) => line.startsWith('infer-plan: '))).toEqual([
      'infer-plan: --interval = 1ms, must be from 10ms to 5s',
      'infer-plan: --max-replicas = classify, must be COUNT or STAGE=COUNT, such as 4 or classify=4',
      'infer-plan: --max-step = 0, must be a whole number from 1',
      'infer-plan: --max-usd-per-hour = free, must be dollars per hour, more than 0, such as 12.5',
    ]);
  });

  it('knows the stages and hardware that limits name', async () => {
    const crossed = await cli('tune --replay busy.csv --max-replicas classify=3 --min-replicas classify=4');
    expect([crossed.exitCode, crossed.stderr]).toEqual([
      2,
      'infer-plan: --max-replicas = classify=3, must be at least its fewest, 4\n',
    ]);
    const { exitCode, stderr } = await cli('tune --replay busy.csv --max-replicas clasify=3 --inventory tpu=1');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--max-replicas = clasify=3, must name a stage (did you mean classify?)');
    expect(stderr).toContain('--inventory = tpu=1, must name hardware of the hardware file');
  });
});

describe('a rehearsal', () => {
  it('decides as the replay does, tells it in lines, and leaves a journal and no lock', async () => {
    const whole = await replayOf('tune --replay busy.csv');
    const { exitCode, stdout, stderr } = await cli(
      'tune --arrivals trace=busy.csv --speed 10000 --target paper --json',
    );
    expect(exitCode, stderr).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { version: number; kind: string; decision?: object });
    expect(events[0]).toMatchObject({ version: 1, kind: 'started' });
    expect(events.flatMap(({ decision }) => decision ?? [])).toEqual(whole.decisions);
    expect(events.at(-1)).toMatchObject({ kind: 'ended' });
    expect(existsSync(join(folder.path, 'one-stage.tune.journal'))).toBe(true);
  });

  it.each([
    ['tune --target moon', '--target = moon, must be KIND or KIND=ADDRESS'],
    ['tune --arrivals trace', '--arrivals = trace, must be local[=URL], push=PORT or trace=FILE'],
    ['tune --target triton', '--arrivals is missing'],
    ['tune --apply --dry-run', '--apply cannot be combined with --dry-run'],
    ['tune --speed fast', '--speed = fast, must be a factor more than 0, such as 60x'],
    ['tune no-plan.yaml', 'no-plan.yaml: no such file'],
  ])('%s', async (line, problem) => {
    const { exitCode, stderr } = await cli(line);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(problem);
  });
});
