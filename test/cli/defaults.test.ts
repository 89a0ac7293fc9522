/** `infer-plan.yaml`: options of a folder. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf } from '../helpers/documented-examples.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const run = (command: string) => runCli(command.split(' '), { cwd });
const PLAN = 'plan p.yaml --no-validate -o plan.yaml --json';

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../cases/base'), cwd, { recursive: true });
  await run('trace generate --rate 50/s --cv 2 --duration 20s -o tr.csv');
  await run('plan p.yaml -o plan.yaml');
});

afterEach(() => rmSync(join(cwd, 'infer-plan.yaml')));

describe('options of infer-plan.yaml', () => {
  it('hold where the command line gives none, and are printed', async () => {
    folder.write(
      'infer-plan.yaml',
      'plan:\n  seed: 7\n  max-replicas: [6, b=4]\n  slo: 180ms\nsimulate: {percentile: 95}\n',
    );
    const { stdout, stderr } = await run(PLAN);
    expect(stderr).toMatch(
      /^Options from infer-plan\.yaml: --slo 180ms --seed 7 --max-replicas 6 --max-replicas b=4\n/,
    );
    const { plan } = JSON.parse(stdout);
    expect(plan.slo.latency_ms).toBe(180);
    expect(plan.provenance).toMatchObject({ seed: 7, max_replicas: 6, stage_max_replicas: { b: 4 } });
    const alone = JSON.parse((await run(`${PLAN} --no-defaults`)).stdout).plan;
    expect([alone.slo.latency_ms, alone.provenance.seed]).toEqual([200, 1]);
  });

  it('give way to the command line, and to what they cannot be combined with there', async () => {
    folder.write('infer-plan.yaml', 'plan: {slo: 180ms, explain: true, no-validate: true, pin: b=cpu, scale: 2x}\n');
    const packed = await run('plan p.yaml --slo 190ms --pack --hold-out 20% -o plan.yaml');
    expect(packed.stderr).toContain('Options from infer-plan.yaml: --pin b=cpu --scale 2x\n');
    const greedy = await run('plan p.yaml --search greedy --sweep rate=1x..2x');
    expect(greedy.stderr).toContain('Options from infer-plan.yaml: --slo 180ms --no-validate\n');
  });

  it('leave other commands alone', async () => {
    folder.write('infer-plan.yaml', 'simulate: {slo: 180ms}\n');
    expect((await run('trace info tr.csv')).stderr).toBe('');
    expect((await run('verify plan.yaml')).stderr).not.toContain('Options from');
  });

  it('are those of the documented example', async () => {
    folder.write(
      'infer-plan.yaml',
      examplesOf('docs/file-formats.md').get('infer-plan.yaml')!.replace('classify', 'b'),
    );
    const { stderr } = await run(PLAN);
    expect(stderr).toContain('Options from infer-plan.yaml: --slo 150ms --max-replicas 6 --max-replicas b=4\n');
  });

  it.each([
    ['plan: {seeds: 1}', 'infer-plan.yaml:1: plan.seeds is not a known key (did you mean seed?)'],
    ['plan: {output: x.yaml}', 'infer-plan.yaml:1: plan.output is not a known key, must be one of slo, percentile,'],
    [
      'serve: {port: 1}',
      'infer-plan.yaml:1: serve is not a known key, must be one of plan, frontier, simulate, verify',
    ],
    ['plan: {pack: false}', 'infer-plan.yaml:1: plan.pack = false, must be true; leave it out to do without'],
    ['plan: {slo: [1ms]}', 'infer-plan.yaml:1: plan.slo = a list, must be what the option takes on the command line'],
    ['plan: {inventory: [{t4: 1}]}', 'plan.inventory[0] = a mapping, must be what the option takes'],
    ['plan: {slo: fast}', '--slo = fast, must be a duration'],
    ['plan', 'infer-plan.yaml:1: the file = plan, must be a mapping'],
  ])('%s is refused', async (text, problem) => {
    folder.write('infer-plan.yaml', `${text}\n`);
    const { exitCode, stderr } = await run('plan p.yaml -o plan.yaml');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });
});
