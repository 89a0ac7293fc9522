// @module-tag slow
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { type OipServer, startOipServer } from '../helpers/oip-server.js';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

let server: OipServer;
beforeAll(async () => {
  server = await startOipServer(['tiny']);
});
afterAll(() => server.stop());

const folder = pipelineFolder();
const profile = (...args: string[]) =>
  runCli(['profile', '--target', `oip:${server.url}`, '--as', 'cpu', '--budget', '400ms', ...args], {
    cwd: folder.path,
  });
const rowsIn = (name: string) =>
  readProfileFiles([join(folder.path, name)], 'hot').flatMap(({ model, hardware, rows, otherCurve = [] }) =>
    [...rows, ...otherCurve].map(({ curve, batchSize }) => `${model} ${hardware} ${curve} ${batchSize}`),
  );

describe('profile', () => {
  it('puts rows of both curves, and their samples, into a new profile', async () => {
    const { exitCode, stdout, stderr } = await profile('--batch-sizes', '1,4', '--budget', '2s', '-o', 'new.csv');
    expect(exitCode, stderr).toBe(0);
    expect(rowsIn('new.csv').sort()).toEqual([
      'tiny cpu hot 1',
      'tiny cpu hot 4',
      'tiny cpu paced 1',
      'tiny cpu paced 4',
    ]);
    expect(existsSync(join(folder.path, 'new.samples.csv'))).toBe(true);
    expect(stdout).toMatch(
      /^4 rows of cpu at http:\/\/127\.0\.0\.1:\d+ \(round trips, an upper\s+bound\s+of\s+service\s+times\) into /,
    );
    expect(new Set(server.batches.get('tiny'))).toEqual(new Set([1, 4]));
    const [, source] = /measured: infer-plan profile oip; [^;]*; (\d{4}-\d{2}-\d{2})/.exec(
      readFileSync(join(folder.path, 'new.csv'), 'utf8'),
    )!;
    expect(source).toBeDefined();
  });

  it('leaves finished rows alone with --resume, and reports those that it replaces without', {
    tags: ['slow'],
  }, async () => {
    await profile('--batch-sizes', '1', '--curve', 'hot', '-o', 'resumed.csv');
    const resumed = await profile('--batch-sizes', '1,2', '--curve', 'hot', '-o', 'resumed.csv', '--resume');
    expect(resumed.stdout).toMatch(/^1 rows/);
    expect(resumed.stdout).not.toContain('replaced');
    expect(rowsIn('resumed.csv')).toEqual(['tiny cpu hot 1', 'tiny cpu hot 2']);
    const again = await profile('--batch-sizes', '2', '--curve', 'hot', '-o', 'resumed.csv');
    expect(again.stdout).toMatch(
      /^replaced tiny hot batch 2: was [\d.]+ ms on average\s+\(measured:\s+infer-plan\s+profile\s+oip;/m,
    );
  });

  it('tells sizes that the server refuses, and exits 4', async () => {
    const { exitCode, stdout } = await profile('--batch-sizes', '1,16', '--curve', 'hot', '-o', 'refused.csv');
    expect(exitCode).toBe(4);
    expect(stdout).toContain('left out classify hot batch 16: classify at batch size 16: answered 400');
    expect(rowsIn('refused.csv')).toEqual(['tiny cpu hot 1']);
  });

  it('measures only what a plan could use with --usable', async () => {
    const args = ['--batch-sizes', '1,2,4', '--curve', 'hot', '--usable', '--slo', '1us', '-o', 'usable.csv'];
    const { exitCode, stdout } = await profile(...args);
    expect(exitCode).toBe(0);
    expect(rowsIn('usable.csv')).toEqual(['tiny cpu hot 1']);
    expect(stdout).toContain('left out classify hot batch 4: no plan could use it');
  });

  it('writes into the profile of the pipeline file without -o, where it names one', async () => {
    const { exitCode, stdout } = await profile('--batch-sizes', '8', '--curve', 'hot');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/into \S*profiles\.csv$/m);
    expect(rowsIn('profiles.csv')).toContain('tiny cpu hot 8');
  });

  it('prints JSON', async () => {
    const { stdout } = await profile('--batch-sizes', '1', '--curve', 'hot', '-o', 'json.csv', '--json');
    const result = JSON.parse(stdout) as { rows: object[] };
    expect(result).toMatchObject({
      version: 1,
      pipeline: 'one-stage',
      hardware: 'cpu',
      is_complete: true,
      left_out: [],
    });
    expect(result.rows[0]).toMatchObject({ model: 'tiny', curve: 'hot', batch_size: 1 });
    expect(result.rows[0]).not.toHaveProperty('samples_ms');
  });
});

describe('profile refuses', () => {
  it('all that is wrong with flags at once', async () => {
    const args = [
      '--target',
      'oip',
      '--as',
      'gpus',
      '--batch-sizes',
      '0',
      '--budget',
      '5',
      '--duty',
      '100%',
      '--foreign',
      'few',
      '--only',
      'clasify',
      '--slo',
      '1ms',
    ];
    const { exitCode, stderr } = await runCli(['profile', ...args], { cwd: folder.path });
    expect(exitCode).toBe(2);
    expect(
      stderr
        .replace(/^hint:.*\n/m, '')
        .trim()
        .split('\n'),
    ).toEqual([
      'infer-plan: --target = oip, must be local, ssh:HOST, oip:URL, clipper:URL or ec2:TYPE, such as oip:http://localhost:8000',
      'infer-plan: --batch-sizes = 0, must be whole numbers from 1, such as 1,2,4,8',
      'infer-plan: --budget = 5, must be a duration with a unit (d, h, m, s, ms, us), such as 200ms, 1.5s, 10m or 2h30m',
      'infer-plan: --slo needs --usable',
      'infer-plan: --duty = 100%, must be from 1% to 99%',
      'infer-plan: --foreign = few, must be a number of CPUs, such as 0.1, or any',
      'infer-plan: clasify is no stage (did you mean classify?)',
    ]);
  });

  it.each([
    [
      'hardware that is not in the file',
      ['--target', 'local', '--as', 'gpus'],
      '--as = gpus, must be in the hardware file (did you mean gpu?)',
    ],
    [
      'no hardware where there are several',
      ['--target', 'local'],
      '--as is missing: add the kind of hardware that is measured, of cpu, gpu',
    ],
    [
      'a stage without a module, here',
      ['--target', 'local', '--as', 'cpu'],
      'stage classify has no module, must have one to be measured here',
    ],
    [
      'no model for ssh',
      ['--target', 'ssh:nowhere', '--as', 'cpu'],
      '--model-file is missing: add it for at least one stage, --model-file STAGE=model.onnx',
    ],
    [
      'a model of an unknown kind',
      ['--target', 'ssh:nowhere', '--as', 'cpu', '--model-file', 'classify=m.bin'],
      '--model-file = m.bin, must be a file .onnx, .pt or .py:NAME, with host: before it when it lies on the host',
    ],
    [
      'a model that is not there',
      ['--target', 'ssh:nowhere', '--as', 'cpu', '--model-file', 'classify=m.onnx'],
      'm.onnx: no such file',
    ],
    [
      'a host that is an option',
      ['--target', 'ssh:-oProxyCommand=x', '--as', 'cpu'],
      '--target = ssh:-oProxyCommand=x, must be local, ssh:HOST, oip:URL, clipper:URL or ec2:TYPE, such as oip:http://localhost:8000',
    ],
    [
      'no image for EC2',
      ['--target', 'ec2:t4g.nano', '--as', 'cpu', '--model-file', 'classify=host:m.onnx'],
      '--image is missing: add an image with Python and the runtime, --image ami-…',
    ],
    [
      'an input of a wrong form',
      ['--target', 'oip:http://127.0.0.1:1', '--as', 'cpu', '--input', 'classify.x=FP99:3'],
      '--input = classify.x=FP99:3, must be STAGE.TENSOR=TYPE:DIMS with a type of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES, such as detect.x=FP32:3x320x320',
    ],
    [
      'an input that Clipper cannot have',
      ['--target', 'clipper:http://127.0.0.1:1', '--as', 'cpu'],
      '--input of stage classify is missing: add --input classify.input=TYPE:LENGTH with a type of FP32, FP64, INT32, UINT8, BYTES',
    ],
  ])('%s', async (_, args, problem) => {
    const { exitCode, stderr } = await runCli(['profile', '-o', 'x.csv', ...args], { cwd: folder.path });
    expect(stderr.replace(/\S*infer-plan-\w+\//g, '')).toContain(`infer-plan: ${problem}\n`);
    expect(exitCode).toBe(2);
    expect(existsSync(join(folder.path, 'x.csv'))).toBe(false);
  });

  it('a server that does not answer, with exit code 4', async () => {
    const { exitCode, stderr } = await runCli(['profile', '--target', 'oip:http://127.0.0.1:1', '--as', 'cpu'], {
      cwd: folder.path,
    });
    expect(stderr).toContain('http://127.0.0.1:1/v2: no answer');
    expect(exitCode).toBe(4);
  });
});

describe('hardware refresh refuses', () => {
  it('kinds that are not there, and types that are none, before it asks anybody', async () => {
    const args = ['hardware', 'refresh', 'hardware.yaml', '--only', 'gpus', '--add', 'large', '--add', 'gpu'];
    const { exitCode, stderr } = await runCli(args, { cwd: folder.path });
    expect(exitCode).toBe(2);
    expect(
      stderr
        .replace(/\S*infer-plan-\w+\//g, '')
        .trim()
        .split('\n'),
    ).toEqual([
      'infer-plan: --add = large, must be an EC2 type such as g5.xlarge',
      'infer-plan: --add = gpu, must be an EC2 type such as g5.xlarge',
      'infer-plan: --only = gpus, must be in hardware.yaml (did you mean gpu?)',
    ]);
  });
});
