/** `compare`: scoreboard, parameters by file, and what is refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const run = (...words: string[]) => runCli(['compare', ...words], { cwd: folder.path });

beforeAll(async () => {
  await runCli('trace generate --rate 40/s --cv 1 --duration 1m --seed 2 -o planned.csv'.split(' '), {
    cwd: folder.path,
  });
  await runCli('trace generate --rate 80/s --cv 1 --duration 90s --seed 3 -o busy.csv'.split(' '), {
    cwd: folder.path,
  });
  await runCli('plan --no-validate --slo 60ms --trace planned.csv'.split(' '), { cwd: folder.path });
});

it('prints one row per policy, and as JSON every bin and step', async () => {
  const { exitCode, stdout, stderr } = await run('busy.csv', '--policies', 'inferline,fixed,peak,clairvoyant');
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const name of ['inferline', 'fixed', 'peak', 'clairvoyant']) {
    expect(stdout).toMatch(new RegExp(`^${name} +(met|not met) +\\d`, 'm'));
  }
  const { rows, queries, provenance } = JSON.parse(
    (await run('busy.csv', '--policies', 'inferline,fixed', '--json')).stdout,
  );
  const replay = JSON.parse((await runCli('tune --replay busy.csv --json'.split(' '), { cwd: folder.path })).stdout);
  const [tuned, untuned, , clairvoyant] = replay.outcomes;
  const named = { name: 'inferline' };
  expect(rows[0].outcome).toEqual({ ...tuned, ...named });
  expect(rows[1].outcome).toEqual({ ...untuned, name: 'fixed' });
  expect(rows[0].cost_ratio).toBeCloseTo(tuned.cost_usd / clairvoyant.cost_usd, 12);
  expect(queries).toBe(replay.queries);
  expect(provenance).toEqual(replay.provenance);
});

it('takes another activation delay, and limits', async () => {
  const outcomes = async (...words: string[]) => {
    const { stdout } = await run('busy.csv', '--policies', 'inferline', '--json', ...words);
    return JSON.parse(stdout).rows[0].outcome;
  };
  const [quick, slow, limited] = await Promise.all([
    outcomes('--activation', '0s'),
    outcomes('--activation', '20s'),
    outcomes('--max-replicas', '1'),
  ]);
  expect(slow.misses).toBeGreaterThan(quick.misses);
  expect(limited.changes).toBe(0);
});

it('explains the ticks of a policy', async () => {
  const { stdout } = await run('busy.csv', '--policies', 'inferline', '--explain', 'inferline');
  expect(stdout).toContain('Ticks of inferline');
  expect(stdout).toMatch(/classify +queries\/s, beyond the/);
});

it('starts from coarse-grained plans too, made for the planning trace', async () => {
  const { stdout, stderr } = await run(
    'busy.csv',
    '--policies',
    'fixed',
    '--plans',
    'plan.yaml,cg-mean,cg-peak-cheapest',
    '--json',
  );
  expect(stderr).toBe('');
  const { rows } = JSON.parse(stdout);
  const replicas = Object.fromEntries(
    rows.map(({ plan, outcome }: { plan: string; outcome: { timelines: { replicas: { replicas: number }[] }[] } }) => {
      return [plan, outcome.timelines[0]!.replicas[0]!.replicas];
    }),
  );
  // The gpu does 4 items in 5 ms, 800/s: one is enough for 40/s. On cpus, 2 in 16 ms make 125/s, and the busiest 60 ms
  // of the planning trace hold more than the 7 that one of them does in 60 ms.
  expect(replicas['cg-mean']).toBe(1);
  expect(replicas['cg-peak-cheapest']).toBeGreaterThan(1);
});

describe('--config', () => {
  it('gives policies parameters, under their own names or others', async () => {
    folder.write('p.yaml', 'inferline: { rules: lean }\nslow:\n  policy: inferline\n  interval: 5s\n  cooldown: 60s\n');
    const { stdout, stderr } = await run(
      'busy.csv',
      '--config',
      'p.yaml',
      '--policies',
      'inferline,slow,inferline-lean',
      '--json',
    );
    expect(stderr).toBe('');
    const { rows } = JSON.parse(stdout);
    expect(rows.map(({ policy }: { policy: string }) => policy)).toEqual(['inferline', 'slow', 'inferline-lean']);
    expect({ ...rows[0].outcome, name: '' }).toEqual({ ...rows[2].outcome, name: '' });
    expect(rows[1].outcome.timelines[0].replicas[1].at_ms % 5000).toBe(0);
  });

  it('is refused with every place that is wrong', async () => {
    folder.write(
      'p.yaml',
      'inferlin: {}\nmine:\n  policy: fix\ninferline:\n  rules: slow\n  tolerance: 3\n  cool: 1s\nfixed: { replicas: 3 }\n',
    );
    const { exitCode, stderr } = await run('busy.csv', '--config', 'p.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('p.yaml:1: inferlin = inferlin, must be one of inferline,');
    expect(stderr).toContain('p.yaml:3: mine.policy = fix, must be one of inferline,');
    expect(stderr).toContain('p.yaml:5: inferline.rules = slow, must be one of guarded, lean, inferline');
    expect(stderr).toContain('p.yaml:6: inferline.tolerance = 3, must be a fraction from 0 to 1');
    expect(stderr).toContain('p.yaml:7: inferline.cool is not a known key');
    expect(stderr).toContain('p.yaml:8: fixed.replicas is not a known key');
  });
});

it('refuses stamps that do not count from the start', async () => {
  folder.write('epoch.csv', 'arrival_ms\n1700000000000\n1700000000100\n');
  const { exitCode, stderr } = await run('epoch.csv', '--policies', 'fixed');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/epoch\.csv: the first query arrives .* after the trace's zero, must be at most 1d/);
});

it.each([
  [['none.csv'], 'none.csv: no such file'],
  [['busy.csv', '--policies', 'inferline,hpb'], '--policies = hpb, must be one of inferline,'],
  [['busy.csv', '--policies', 'fixed,fixed'], 'each given once'],
  [['busy.csv', '--policies', 'fixed', '--explain', 'inferline'], '--explain = inferline, must be one of fixed'],
  [['busy.csv', '--targets', 'best'], '--targets = best, must be one of shipped, matched, swept'],
  [['busy.csv', '--phase', '1'], '--phase = 1, must be a number from 0 to below 1'],
  [['busy.csv', '--plans', 'cg-mean'], '--plans = cg-mean, must begin with a plan file'],
  [['busy.csv', '--plans', 'other.yaml'], 'other.yaml: no such file'],
  [[], "missing required argument 'trace'"],
])('%j: %s', async (words, problem) => {
  const { exitCode, stderr } = await run(...words);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
});
