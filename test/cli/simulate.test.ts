import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const cwd = folder.path;
const ONE_CPU = ['simulate', '--stage', 'classify=cpu:1:1'];

it('writes one row per query: the second waits 5 ms for the first, the third finds the stage free', async () => {
  const { exitCode, stderr } = await runCli([...ONE_CPU, '--records', 'out.csv'], { cwd });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(readFileSync(join(cwd, 'out.csv'), 'utf8')).toBe('query,arrival_ms,latency_ms\n0,0,10\n1,5,15\n2,30,10\n');
});

it('leaves no records, and no temporary file, of a simulation that failed', async () => {
  folder.write('late.csv', 'arrival_ms\n0\n7\nnoon\n');
  const { exitCode, stderr } = await runCli([...ONE_CPU, '--trace', 'late.csv', '--records', 'late-out.csv'], { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('late.csv:4: arrival_ms = noon');
  expect(readdirSync(cwd).filter((name) => name.includes('late-out'))).toEqual([]);
});

it.each([
  ['two of three queries within 12 ms are not 99 %', [], 3],
  ['two of three queries within 12 ms are 66.6 %', ['--percentile', '66.6'], 0],
  ['all within 15 ms, the SLO included', ['--slo', '15ms'], 0],
  ['a second replica serves every query in 10 ms', ['--stage', 'classify=cpu:1:2'], 0],
])('--check: %s', async (_, args, exitCode) => {
  const stage = args.includes('--stage') ? [] : ['--stage', 'classify=cpu:1:1'];
  expect((await runCli(['simulate', ...stage, ...args, '--check'], { cwd })).exitCode).toBe(exitCode);
});

it('reports a missed SLO and still exits 0 without --check', async () => {
  const { exitCode, stdout } = await runCli(ONE_CPU, { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('SLO p99 <= 12ms: not met at 15ms, attainment 66.66 % (1 late, 0 allowed)');
});

it('prints the same bytes for the same input', async () => {
  const [first, second] = [
    await runCli([...ONE_CPU, '--json'], { cwd }),
    await runCli([...ONE_CPU, '--json'], { cwd }),
  ];
  expect(first).toEqual(second);
  await expect(first.stdout).toMatchFileSnapshot('../golden/cli/simulate.json');
});

it.each([
  ['draws tables on a terminal', [], { isTerminal: true }, { drawn: true, coloured: false }],
  ['colours them where that is possible', [], { isTerminal: true, color: true }, { drawn: true, coloured: true }],
  [
    'leaves colour out when asked to',
    ['--no-color'],
    { isTerminal: true, color: true },
    { drawn: true, coloured: false },
  ],
  ['prints plain columns into a pipe', [], {}, { drawn: false, coloured: false }],
])('%s', async (_, args, terminal, { drawn, coloured }) => {
  for (const line of [
    [...args, ...ONE_CPU],
    [...ONE_CPU, ...args],
  ]) {
    const { exitCode, stdout } = await runCli(line, { cwd, ...terminal });
    expect({ exitCode, drawn: stdout.includes('┌'), coloured: stdout.includes('\u001b[') }).toEqual({
      exitCode: 0,
      drawn,
      coloured,
    });
  }
});

it('names the stage that is offered more than it can serve: 1 query per 5 ms at 10 ms each', async () => {
  folder.write('rush.csv', `arrival_ms\n${Array.from({ length: 101 }, (_, i) => 5 * i).join('\n')}\n`);
  const { stdout } = await runCli([...ONE_CPU, '--trace', 'rush.csv'], { cwd });
  expect(stdout).toMatch(/^stage classify is overloaded: offered load is 2\.0\d x its capacity$/m);
});

it.each([
  ['a flag without a unit', ['--slo', '200'], '--slo = 200, must be a duration with a unit'],
  ['an objective of no time', ['--slo', '0ms'], '--slo = 0ms, must be more than 0 and at most 1d'],
  ['a percentile of none', ['--percentile', '0'], '--percentile = 0, must be a percentile from 1 to 100'],
  ['a seed with a fraction', ['--seed', '1.5'], '--seed = 1.5, must be a whole number from 0'],
  [
    'a stage without replicas',
    ['--stage', 'classify=cpu:1'],
    '--stage = classify=cpu:1, must be STAGE=HARDWARE:BATCH:REPLICAS',
  ],
  ['a stage with no replica', ['--stage', 'classify=cpu:1:0'], '--stage = classify=cpu:1:0, must be STAGE='],
  [
    'a stage the pipeline lacks',
    ['--stage', 'clasify=cpu:1:1'],
    'stage = clasify, must be a stage of one-stage (did you mean classify?)',
  ],
  [
    'hardware nobody sells',
    ['--stage', 'classify=gpv:1:1'],
    'hardware = gpv, must be listed hardware (did you mean gpu?)',
  ],
  ['a batch nobody measured', ['--stage', 'classify=cpu:3:1'], 'max_batch_size = 3, must be at most 2'],
  [
    'a stage named twice',
    ['--stage', 'classify=cpu:1:1', '--stage', 'classify=cpu:1:2'],
    'stage = classify, must be given once',
  ],
  ['a percentile nobody measured', ['--stage', 'classify=cpu:1:1', '--service-time', 'p99'], 'p99_ms of tiny on cpu'],
  ['a trace that is not there', ['--stage', 'classify=cpu:1:1', '--trace', 'trace.cvs'], 'trace.cvs: no such file'],
  ['a pipeline that is a folder', ['--pipeline', '.', '--stage', 'classify=cpu:1:1'], 'is a folder, must be a file'],
])('refuses %s', async (_, args, problem) => {
  const stage = args.includes('--stage') ? [] : ['--stage', 'classify=cpu:1:1'];
  const { exitCode, stdout, stderr } = await runCli(['simulate', ...stage, ...args], { cwd });
  expect(stderr).toContain(problem);
  expect(stderr).toMatch(/^infer-plan: /);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(exitCode).toBe(2);
});

it('reports the problems of flags and of every file at once', async () => {
  folder.write('broken/profiles.csv', 'model,hardware\n');
  folder.write('broken/hardware.yaml', 'version: 1\nhardware: []\n');
  const args = ['--slo', '5', '--seed', 'x', '--profiles', 'broken/profiles.csv', '--hardware', 'broken/hardware.yaml'];
  const { exitCode, stderr } = await runCli([...ONE_CPU, ...args, '--trace', 'none.csv'], { cwd });
  expect(exitCode).toBe(2);
  for (const place of ['--slo = 5', '--seed = x', 'broken/profiles.csv', 'broken/hardware.yaml', 'none.csv']) {
    expect(stderr).toContain(place);
  }
});

it('says how to get a plan where there is none', async () => {
  expect(existsSync(join(cwd, 'plan.yaml'))).toBe(false);
  expect(await runCli(['simulate'], { cwd })).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'infer-plan: plan.yaml: no such file\n' +
      'hint: Make one with `infer-plan plan`, or name every stage with --stage.\n',
  });
});

it('carries items down a chain as the file says, and asks where it does not say', async () => {
  const pipeline = readFileSync(join(cwd, 'pipeline.yaml'), 'utf8');
  const chainOf = (per: string) =>
    `${pipeline}    parents: [{ from: query, fan_out: 3 }]\n` +
    `  - name: attribute\n    model: tiny\n    parents: [{ from: classify${per} }]\n`;
  folder.write('item.yaml', chainOf(', per: item'));
  folder.write('query.yaml', chainOf(', per: query'));
  folder.write('open.yaml', chainOf(''));
  const itemsOf = async (file: string) => {
    const args = [
      'simulate',
      '--pipeline',
      file,
      '--stage',
      'classify=cpu:1:1',
      '--stage',
      'attribute=cpu:1:1',
      '--json',
    ];
    const { stdout, stderr } = await runCli(args, { cwd });
    const { stages } = JSON.parse(stdout) as { stages: { items: number }[] };
    return { items: stages.map(({ items }) => items), stderr };
  };
  // Three queries with three items each.
  expect(await itemsOf('item.yaml')).toEqual({ items: [9, 9], stderr: '' });
  expect(await itemsOf('query.yaml')).toEqual({ items: [9, 3], stderr: '' });
  expect(await itemsOf('open.yaml')).toEqual({
    items: [9, 3],
    stderr: expect.stringMatching(
      /^warning: .*open\.yaml:13: stages\[1\]\.parents\[0\] = classify: a query can have 3/,
    ),
  });
});
