/** What `validate` does before it starts anything; the rest is in test/integration/validate.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFlags } from '../../src/cli/flags/read-flags.js';
import { VALIDATE_FLAGS } from '../../src/cli/validate/flags.js';
import { readValidateInputs, serveArguments } from '../../src/cli/validate/inputs.js';
import { Problems } from '../../src/files/problems.js';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const BY_HAND = ['validate', '--pipeline', 'pipeline.yaml', '--stage', 'classify=cpu:2:2'];

function validationOf(given: Parameters<typeof readFlags>[1]) {
  const problems = new Problems();
  const chosen = { pipeline: 'pipeline.yaml', stage: ['classify=cpu:2:2'], ...given };
  const flags = readFlags(VALIDATE_FLAGS, chosen, problems);
  const io = { cwd: folder.path } as Parameters<typeof readValidateInputs>[2];
  return readValidateInputs(undefined, flags, io, problems);
}

it('reports what is wrong with the pipeline file once', async () => {
  folder.write('odd.yaml', 'version: 1\nname: 5\n');
  const args = ['validate', '--pipeline', 'odd.yaml', '--stage', 'classify=cpu:1:1'];
  const { stderr } = await runCli(args, { cwd: folder.path });
  expect(stderr.match(/name = 5/g)).toHaveLength(1);
});

describe('validate refuses', () => {
  it.each([
    ['no runs', ['--runs', '0'], '--runs = 0, must be a whole number from 1'],
    [
      'fewer attempts than runs',
      ['--runs', '4', '--attempts', '3'],
      '--attempts = 3, must be at least the 4 of --runs',
    ],
    ['a duration without a unit', ['--duration', '5'], '--duration = 5, must be'],
    [
      'a part of the trace without arrivals',
      ['--trace', 'late.csv', '--duration', '1s'],
      '--duration = 1s, must be longer',
    ],
    ['a calibration that is no duration', ['--calibration', 'long'], '--calibration = long, must be'],
    [
      'to profile again what is emulated',
      ['--reprofile'],
      '--reprofile needs a module in every stage, and classify has none',
    ],
    ['a stage that is not known', ['--stage', 'sort=cpu:1:1'], 'sort'],
  ])('%s', async (_, flags, message) => {
    folder.write('late.csv', 'arrival_ms\n5000\n');
    const { exitCode, stdout, stderr } = await runCli([...BY_HAND, ...flags], { cwd: folder.path });
    expect(stderr).toContain(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });
});

describe('validate', () => {
  it('replays the part of the trace that was asked for', () => {
    // Arrivals at 0, 5 and 30 ms.
    expect([...validationOf({}).trace.arrivalsUs]).toEqual([0, 5000, 30_000]);
    expect([...validationOf({ duration: '30ms' }).trace.arrivalsUs]).toEqual([0, 5000]);
  });

  it('makes at most twice as many runs as must count, unless told otherwise', () => {
    expect(validationOf({ runs: '4' }).attempts).toBe(8);
    expect(validationOf({ runs: '4', attempts: '20' }).attempts).toBe(20);
  });

  it('draws from the samples of a profile that has them, unless told otherwise', () => {
    expect(validationOf({}).inputs.serviceModel).toBe('mean');
    folder.write(
      'own.csv',
      'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\ntiny,cpu,1,10,,,,2,r,s\ntiny,cpu,2,16,,,,1,r,s\n',
    );
    folder.write(
      'own.samples.csv',
      'model,hardware,batch_size,service_time_ms\ntiny,cpu,1,9\ntiny,cpu,1,11\ntiny,cpu,2,16\n',
    );
    expect(validationOf({ profiles: ['own.csv'] }).inputs.serviceModel).toBe('empirical');
    expect(validationOf({ profiles: ['own.csv'], serviceTime: 'mean' }).inputs.serviceModel).toBe('mean');
  });

  it('simulates the seed of an emulated engine, and several where modules decide', () => {
    expect(validationOf({ seed: '5' }).seeds).toEqual([5]);
    const pipeline = readFileSync(join(folder.path, 'pipeline.yaml'), 'utf8');
    folder.write('modules.yaml', `${pipeline}    module: classify.js\n`);
    folder.write('classify.js', '');
    expect(validationOf({ pipeline: 'modules.yaml' }).seeds).toHaveLength(10);
  });

  it('serves exactly what it simulates', () => {
    const args = serveArguments(validationOf({ seed: '5' }));
    expect(args.slice(0, 1)).toEqual(['serve']);
    const pairs = args.slice(1).join(' ');
    expect(pairs).toContain('--stage classify=cpu:2:2');
    expect(pairs).toContain('--service-time mean --seed 5 --port 0');
  });
});
