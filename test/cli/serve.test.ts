/** What `serve` reads before it serves; the server itself is test/integration/serve-api.test.ts's. */
import { describe, expect, it } from 'vitest';
import { readFlags } from '../../src/cli/flags/read-flags.js';
import { SERVE_FLAGS } from '../../src/cli/serve/flags.js';
import { readServing } from '../../src/cli/serve/inputs.js';
import { Problems } from '../../src/files/problems.js';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
folder.write('work.js', 'export const createStage = () => ({ run: (items) => items.map(() => ({})) });\n');
const stagesOf = (stages: string) =>
  `version: 1\nname: two\nprofiles: profiles.csv\nhardware: hardware.yaml\nstages:\n${stages}`;
folder.write(
  'modules.yaml',
  stagesOf('  - { name: a, module: work.js }\n  - { name: b, module: work.js, parents: [a] }\n'),
);
folder.write('mixed.yaml', stagesOf('  - { name: a, module: work.js }\n  - { name: b, model: tiny, parents: [a] }\n'));
folder.write(
  'starved.yaml',
  stagesOf('  - { name: a, model: tiny }\n  - { name: b, module: gone.js, parents: [a] }\n'),
);

const io = { cwd: folder.path } as Parameters<typeof readServing>[1]['io'];
const load = (given: Parameters<typeof readFlags>[1]) => {
  const problems = new Problems();
  return readServing(undefined, { flags: readFlags(SERVE_FLAGS, given, problems), io, problems });
};

describe('a pipeline to serve', () => {
  it('whose stages all have modules needs neither profiles nor hardware', () => {
    const { stages, seed } = load({ pipeline: 'modules.yaml', stage: ['a=x:64:2', 'b=y:1:1'], profiles: ['none.csv'] });
    expect(stages).toEqual([
      { stage: 'a', hardware: 'x', maxBatchSize: 64, replicas: 2, emulated: null },
      { stage: 'b', hardware: 'y', maxBatchSize: 1, replicas: 1, emulated: null },
    ]);
    expect(seed).toBe(1);
  });

  it('emulates stages without a module: their profile up to its largest batch, their hardware’s delay', () => {
    const { stages } = load({ pipeline: 'mixed.yaml', stage: ['a=x:1:1', 'b=gpu:2:1'] });
    expect(stages[0]!.emulated).toBeNull();
    expect(stages[1]!.emulated!.activationDelayMs).toBe(5000);
    expect([...stages[1]!.emulated!.service.tableUs]).toEqual([0, 4000, 4333, 4667, 5000]);
  });

  it('emulates everything when asked to, and takes the delay that is asked for', () => {
    folder.write(
      'fallback.csv',
      'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\na,cpu,1,1,,,,,r,s\nb,cpu,1,1,,,,,r,s\n',
    );
    const flags = { pipeline: 'modules.yaml', stage: ['a=cpu:1:1', 'b=cpu:1:1'], profiles: ['fallback.csv'] };
    const { stages } = load({ ...flags, emulate: true, activationDelay: '20ms' });
    expect(stages.map(({ emulated }) => emulated?.activationDelayMs)).toEqual([20, 20]);
  });
});

it.each<[string, string[], string[]]>([
  ['a stage left out', ['--pipeline', 'modules.yaml', '--stage', 'a=x:1:1'], ['configuration: stage b is missing']],
  [
    'a stage given twice',
    ['--pipeline', 'modules.yaml', '--stage', 'a=x:1:1', '--stage', 'b=x:1:1', '--stage', 'b=x:2:1'],
    ['configuration: stage = b, must be given once'],
  ],
  [
    'a stage nobody knows',
    ['--pipeline', 'modules.yaml', '--stage', 'a=x:1:1', '--stage', 'b=x:1:1', '--stage', 'c=x:1:1'],
    ['configuration: stage = c, must be a stage of two'],
  ],
  [
    'a module that is not there, after a stage without one',
    ['--pipeline', 'starved.yaml', '--stage', 'a=cpu:1:1', '--stage', 'b=x:1:1'],
    ['module = ', 'stage b has a module, so its parent a must have one too'],
  ],
  [
    'hardware nobody measured',
    ['--pipeline', 'mixed.yaml', '--stage', 'a=x:1:1', '--stage', 'b=tpu:1:1'],
    ['stage b: hardware = tpu, must be listed hardware'],
  ],
  [
    'flags that are wrong, all at once',
    [
      '--port',
      '70000',
      '--queue-limit',
      '0',
      '--query-timeout',
      '5',
      '--pipeline',
      'modules.yaml',
      '--stage',
      'a=x:1:1',
    ],
    ['--port = 70000', '--queue-limit = 0', '--query-timeout = 5', 'stage b is missing'],
  ],
  ['no address', ['--host', ''], ['--host = (empty), must be an address such as 127.0.0.1']],
  ['no token', ['--token-file', 'no-token'], ['no-token: no such file']],
  [
    'more threads than a machine can run',
    ['--pipeline', 'modules.yaml', '--stage', 'a=x:1:257', '--stage', 'b=x:1:256'],
    ['stage a: replicas = 257, must be at most 256: each is a thread'],
  ],
  ['no plan', [], ['plan.yaml: no such file']],
])('refuses %s', async (_, args, problems) => {
  const { exitCode, stderr, stdout } = await runCli(['serve', ...args], { cwd: folder.path });
  expect([exitCode, stdout]).toEqual([2, '']);
  for (const problem of problems) expect(stderr).toContain(problem);
});
