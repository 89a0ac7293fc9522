/** `profile` and `hardware refresh` as a user runs them, over ssh, on moto's EC2 and against a running `serve`. Needs the build. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ec2Api, openEc2Api } from '../../src/backends/ec2/ec2-launch-api.js';
import { EXPIRES_TAG, expiredAmong, sweepExpired } from '../../src/backends/ec2/ec2-lifetime.js';
import { type RunningProcess, startProcess } from '../../src/backends/shared/exec.js';
import { readHardwareFile } from '../../src/files/profile/hardware-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { AGENT_REQUIREMENTS } from './agent-stages.js';
import { withTokens } from './servers/ec2-tokens.js';
import { startLocalEngine } from './servers/local-engine.js';
import { type Moto, startMoto } from './servers/moto.js';
import { pythonWith } from './servers/python.js';
import { type Sshd, startSshd } from './servers/sshd.js';
import { smallModel } from './small-model.js';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'bin/infer-plan.js');
const DAY_MS = 86_400_000;

const folder = mkdtempSync(join(tmpdir(), 'infer-plan-command-'));
const path = (name: string) => join(folder, name);
let moto: Moto;
let sshd: Sshd;
let python: string;
let api: Ec2Api;
beforeAll(async () => {
  if (!existsSync(join(ROOT, 'dist/cli/run.js'))) throw new Error('dist/ is missing: npm run build');
  // Nothing checks them but the SDK, which signs with some.
  process.env.AWS_ACCESS_KEY_ID = 'none';
  process.env.AWS_SECRET_ACCESS_KEY = 'none';
  [moto, sshd, python] = await Promise.all([startMoto(), startSshd(), pythonWith('agent', AGENT_REQUIREMENTS)]);
  api = withTokens(await openEc2Api({ region: 'us-east-1', endpoint: moto.url }));
  writeFileSync(path('model.onnx'), smallModel());
  writeFileSync(
    path('pipeline.yaml'),
    'version: 1\nname: small\nprofiles: profiles.csv\nhardware: hardware.yaml\nstages:\n  - name: classify\n    model: tiny\n',
  );
  writeFileSync(
    path('hardware.yaml'),
    `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.0383, instance: c6a.large, share: 0.5 } # half of it
  - { name: own, kind: cpu, price_usd_per_hour: 0.01 }
`,
  );
});
afterAll(async () => {
  await Promise.all([moto?.stop(), sshd?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const start = (...args: string[]): Promise<RunningProcess> =>
  startProcess(process.execPath, [CLI, ...args], { cwd: folder });
async function run(...args: string[]): Promise<{ exitCode: number | string; output: string }> {
  const command = await start(...args);
  return { exitCode: await command.exited, output: command.output() };
}

const overSsh = () => ['--ssh-config', sshd.configPath, '--python', python, '--model-file', 'classify=model.onnx'];
const quick = ['--foreign', 'any', '--budget', '1s', '--batch-sizes', '1,8'];
const onEc2 = () => [
  ...[
    'profile',
    '--as',
    'cpu',
    '--target',
    'ec2:c6a.large',
    '--image',
    'ami-12c6146b',
    '--ssh-user',
    userInfo().username,
  ],
  ...['--region', 'us-east-1', '--endpoint', moto.url, ...overSsh()],
];
const alive = async () => expiredAmong(await api.findByTags({ [EXPIRES_TAG]: undefined }), Number.POSITIVE_INFINITY);

describe('over ssh', () => {
  it('profiles a model of this machine on a host', async () => {
    const { exitCode, output } = await run(
      'profile',
      '--as',
      'own',
      '--target',
      `ssh:${sshd.host}`,
      ...overSsh(),
      ...quick,
      '-o',
      'ssh.csv',
    );
    expect(exitCode, output).toBe(0);
    const [profile] = readProfileFiles([path('ssh.csv')]);
    expect(profile!.rows.map(({ batchSize, curve }) => [batchSize, curve])).toEqual([
      [1, 'paced'],
      [8, 'paced'],
    ]);
    expect(profile!.rows[0]!.runtime).toBe('onnxruntime 1.23.2 cpu 1 thread');
    expect(profile!.rows[0]!.source).toMatch(/^measured: infer-plan profile ssh; loopback; \d{4}-\d{2}-\d{2}$/);
  });

  it('runs a model that lies on the host', async () => {
    const args = [
      '--ssh-config',
      sshd.configPath,
      '--python',
      python,
      '--model-file',
      `classify=host:${path('model.onnx')}`,
    ];
    const { exitCode, output } = await run(
      'profile',
      '--as',
      'own',
      '--target',
      `ssh:${sshd.host}`,
      ...args,
      ...quick,
      '--curve',
      'hot',
    );
    expect(exitCode, output).toBe(0);
  });

  it('runs a workload of a Python file', async () => {
    writeFileSync(
      path('work.py'),
      'import time\nWORKLOADS = {"nap": (lambda threads: lambda size: lambda: time.sleep(0.003 + 0.001 * size), "numpy")}\n',
    );
    const args = [
      '--ssh-config',
      sshd.configPath,
      '--python',
      python,
      '--model-file',
      'classify=work.py:nap',
      '-o',
      'work.csv',
    ];
    const { exitCode, output } = await run(
      'profile',
      '--as',
      'own',
      '--target',
      `ssh:${sshd.host}`,
      ...args,
      ...quick,
      '--curve',
      'hot',
    );
    expect(exitCode, output).toBe(0);
    const [profile] = readProfileFiles([path('work.csv')]);
    // 3 + b ms of sleep, and a little more.
    expect(profile!.rows[0]!.meanMs).toBeGreaterThanOrEqual(4);
    expect(profile!.rows[1]!.meanMs).toBeGreaterThanOrEqual(11);
  });
});

describe('on EC2', () => {
  beforeEach(() => moto.reset());

  it('launches, measures over ssh and terminates', async () => {
    const { exitCode, output } = await run(...onEc2(), ...quick, '-o', 'ec2.csv');
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/launched i-\w+ \(c6a\.large\), which terminates itself at \S+Z\n/);
    expect(output).toMatch(/terminated i-\w+\n/);
    expect(await alive()).toEqual([]);
    expect(readProfileFiles([path('ec2.csv')])[0]!.rows).toHaveLength(2);
  });

  it('prepares the machine with --setup', async () => {
    const { exitCode, output } = await run(
      ...onEc2(),
      ...quick,
      '--curve',
      'hot',
      '--setup',
      `touch ${path('was-here')}`,
    );
    expect(exitCode, output).toBe(0);
    expect(existsSync(path('was-here'))).toBe(true);
  });

  it('terminates the machine when preparing it fails', async () => {
    const { exitCode, output } = await run(...onEc2(), '--setup', 'false');
    expect(exitCode, output).toBe(4);
    expect(await alive()).toEqual([]);
  });

  async function killedBy(signal: NodeJS.Signals): Promise<RunningProcess> {
    const command = await start(...onEc2(), '--foreign', 'any', '--budget', '30s', '-o', 'killed.csv');
    await expect.poll(() => command.output(), { timeout: 60_000 }).toContain('runs at');
    command.signal(signal);
    await command.exited;
    return command;
  }

  it('P4: leaves a machine with a limit when it is killed with kill -9, which the next start ends', async () => {
    await killedBy('SIGKILL');
    const [machine] = await alive();
    const expiresMs = Date.parse(machine!.tags[EXPIRES_TAG]!);
    expect(expiresMs).toBeGreaterThan(Date.now());
    expect(expiresMs).toBeLessThanOrEqual(Date.now() + 3_600_000);
    expect(await sweepExpired(api, Date.now())).toEqual([]);
    expect(await sweepExpired(api, expiresMs + DAY_MS)).toEqual([machine!.id]);
    expect(await alive()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('terminates the machine on %s', async (signal) => {
    await killedBy(signal);
    expect(await alive()).toEqual([]);
  });

  it('launches nothing that costs more than it may', async () => {
    // The machine costs twice what half of it does: 0.0766 an hour. A tenth of a cent pays for 47 s.
    const { exitCode, output } = await run(...onEc2(), '--max-usd', '0.001');
    expect(exitCode).toBe(2);
    expect(output).toContain(
      '--max-usd = 0.001 and --lifetime = 1h: $0.0766 per hour pay for 0 minutes, must be at least 5',
    );
    expect(await alive()).toEqual([]);
  });

  it('launches nothing without a price', async () => {
    const { exitCode, output } = await run(...onEc2().map((arg) => (arg === 'ec2:c6a.large' ? 'ec2:m5.large' : arg)));
    expect(exitCode).toBe(2);
    expect(output).toContain('no price is known');
    expect(await alive()).toEqual([]);
  });
});

describe('hardware refresh', () => {
  const refresh = (...args: string[]) =>
    run('hardware', 'refresh', 'hardware.yaml', '--region', 'us-east-1', '--endpoint', moto.url, ...args);

  it('writes spot prices and keeps the rest', async () => {
    const before = readFileSync(path('hardware.yaml'), 'utf8');
    const { exitCode, output } = await refresh('--json');
    expect(exitCode, output).toBe(0);
    expect(output).toContain('"reason": "names no instance"');
    // moto's spot prices are all $0.00001 an hour; half of it, in whole micro-dollars, is 0.000005.
    const [cpu, own] = readHardwareFile(path('hardware.yaml'));
    expect(cpu).toMatchObject({ name: 'cpu', costUsdPerHour: 0.000005, share: 0.5 });
    expect(own!.costUsdPerHour).toBe(0.01);
    expect(readFileSync(path('hardware.yaml'), 'utf8')).toContain('# half of it');
    writeFileSync(path('hardware.yaml'), before);
  });

  it('adds a kind by its type, and changes nothing in a dry run', async () => {
    const before = readFileSync(path('hardware.yaml'), 'utf8');
    const dry = await refresh('--add', 'g4dn.xlarge', '--dry-run');
    expect(dry.exitCode, dry.output).toBe(0);
    expect(readFileSync(path('hardware.yaml'), 'utf8')).toBe(before);
    await refresh('--add', 'g4dn.xlarge');
    expect(readHardwareFile(path('hardware.yaml')).at(-1)).toMatchObject({
      name: 'g4dn.xlarge',
      kind: 'gpu',
      instance: 'g4dn.xlarge',
    });
    writeFileSync(path('hardware.yaml'), before);
  });

  it('says that a type does not exist', async () => {
    const { exitCode, output } = await refresh('--add', 'x99.huge');
    expect(exitCode).toBe(4);
    expect(output).toContain('--add x99.huge: EC2 has no such type in this region');
  });
});

describe('against a running serve', () => {
  it('profiles a stage as the model pipeline.stage', async () => {
    writeFileSync(
      path('profiles.csv'),
      'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\ntiny,own,1,6,,,,,test,test\ntiny,own,8,20,,,,,test,test\n',
    );
    const serve = await startLocalEngine(folder, [
      '--pipeline',
      'pipeline.yaml',
      '--stage',
      'classify=own:8:1',
      '--emulate',
    ]);
    try {
      const args = [
        '--as',
        'own',
        '--target',
        `oip:${serve.url}`,
        '--input',
        'classify.items=BYTES',
        ...quick,
        '-o',
        'served.csv',
      ];
      const { exitCode, output } = await run('profile', ...args);
      expect(exitCode, output).toBe(0);
      // A round trip takes what the replica takes, 6 and 20 ms, and the way there and back.
      const [profile] = readProfileFiles([path('served.csv')], 'hot');
      expect(profile!.rows[0]!.meanMs).toBeGreaterThanOrEqual(6);
      expect(profile!.rows[1]!.meanMs).toBeGreaterThanOrEqual(20);
    } finally {
      await serve.stop();
    }
  });
});
