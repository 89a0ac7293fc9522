/** `profile --target ec2` against moto's EC2 and a real OpenSSH server in the place of the machine. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ec2Api, openEc2Api } from '../../src/backends/ec2/ec2-launch-api.js';
import { EXPIRES_TAG, expiredAmong, lifetimeScript, sweepExpired } from '../../src/backends/ec2/ec2-lifetime.js';
import { type Ec2TargetOptions, openEc2Target } from '../../src/backends/ec2/ec2-profiling-target.js';
import type { Clock } from '../../src/backends/shared/clock.js';
import { openSshTarget } from '../../src/backends/ssh/ssh-target.js';
import { BackendError } from '../../src/errors.js';
import { AGENT, AGENT_REQUIREMENTS, agentStage } from './agent-stages.js';
import { checkProfilingTarget } from './profiling-contract.js';
import { withTokens } from './servers/ec2-tokens.js';
import { type Moto, startMoto } from './servers/moto.js';
import { pythonWith } from './servers/python.js';
import { type Sshd, startSshd } from './servers/sshd.js';

const NOON_MS = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;

let moto: Moto;
let sshd: Sshd;
let python: string;
let api: Ec2Api;
beforeAll(async () => {
  // Nothing checks them but the SDK, which signs with some.
  process.env.AWS_ACCESS_KEY_ID = 'none';
  process.env.AWS_SECRET_ACCESS_KEY = 'none';
  [moto, sshd, python] = await Promise.all([startMoto(), startSshd(), pythonWith('agent', AGENT_REQUIREMENTS)]);
  api = withTokens(await openEc2Api({ region: 'us-east-1', endpoint: moto.url }));
});
afterAll(() => Promise.all([moto?.stop(), sshd?.stop()]));

/** Waits are skipped, so that retries take no time. */
const impatient = (): Clock => {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
    },
  };
};

let runs = 0;
const optionsOf = (given: Partial<Ec2TargetOptions> = {}): Ec2TargetOptions => ({
  api,
  machine: { type: 'c6a.large', image: 'ami-12c6146b', securityGroups: [], isSpot: false },
  runId: `run-${runs++}`,
  minutes: 30,
  connect: (host) =>
    openSshTarget({
      host,
      configPath: sshd.configPath,
      python,
      agent: AGENT,
      stages: [agentStage('classify'), agentStage('rank')],
      threads: 1,
      device: 'cpu',
    }),
  wallMs: () => NOON_MS,
  onStep: () => undefined,
  ...given,
});

const alive = async () => expiredAmong(await api.findByTags({ [EXPIRES_TAG]: undefined }), Number.POSITIVE_INFINITY);

checkProfilingTarget('EC2', async () => ({
  target: await openEc2Target(optionsOf()),
  kind: 'ec2',
  clock: 'service',
  stages: ['classify', 'rank'],
  isWatched: true,
}));

describe('P4: a machine on EC2', () => {
  beforeEach(() => moto.reset());

  it('is there while it is measured, and terminated when it is not', async () => {
    const target = await openEc2Target(optionsOf());
    expect(await alive()).toHaveLength(1);
    await target.close();
    expect(await alive()).toEqual([]);
  });

  it('says on its tag when it ends, and ends itself then', async () => {
    const target = await openEc2Target(optionsOf({ minutes: 45 }));
    const [machine] = await alive();
    expect(machine!.tags[EXPIRES_TAG]).toBe('2026-01-01T12:45:00.000Z');
    const attribute = (name: string) =>
      fetch(`${moto.url}/?Action=DescribeInstanceAttribute&InstanceId=${machine!.id}&Attribute=${name}`, {
        headers: { authorization: 'AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/ec2/aws4_request' },
      }).then((answer) => answer.text());
    const [, userData] = /<userData>\s*<value>([^<]*)</.exec(await attribute('userData'))!;
    expect(Buffer.from(userData!, 'base64').toString()).toBe(lifetimeScript(45));
    expect(lifetimeScript(45)).toContain('shutdown -h +45');
    expect(await attribute('instanceInitiatedShutdownBehavior')).toContain('<value>terminate</value>');
    await target.close();
  });

  it('is terminated when ssh never comes up', async () => {
    const connect = () => Promise.reject(new BackendError('SSH', 'connection refused'));
    await expect(openEc2Target(optionsOf({ connect, clock: impatient() }))).rejects.toThrow('connection refused');
    expect(await alive()).toEqual([]);
  });

  it('is terminated when the answer to its launch is lost', async () => {
    const lossy: Ec2Api = {
      ...api,
      launch: async (launch) => {
        await api.launch(launch);
        throw new BackendError('EC2', 'EC2 RunInstances: socket hang up');
      },
    };
    await expect(openEc2Target(optionsOf({ api: lossy }))).rejects.toThrow('socket hang up');
    expect(await alive()).toEqual([]);
  });

  it('is terminated when it stops by itself while it starts', async () => {
    const stopping: Ec2Api = {
      ...api,
      findByTags: async (tags) => (await api.findByTags(tags)).map((machine) => ({ ...machine, state: 'stopped' })),
    };
    await expect(openEc2Target(optionsOf({ api: stopping }))).rejects.toThrow('is stopped');
    expect(await alive()).toEqual([]);
  });

  it('is terminated although the first attempts fail', async () => {
    let failures = 2;
    const flaky: Ec2Api = {
      ...api,
      terminate: async (ids) => {
        if (ids.length > 0 && failures-- > 0) throw new BackendError('EC2', 'EC2 TerminateInstances: throttled');
        await api.terminate(ids);
      },
    };
    const target = await openEc2Target(optionsOf({ api: flaky, clock: impatient() }));
    await target.close();
    expect(await alive()).toEqual([]);
  });

  it('is named, with its own end, when it cannot be terminated', async () => {
    const stuck: Ec2Api = {
      ...api,
      terminate: (ids) => (ids.length > 0 ? Promise.reject(new BackendError('EC2', 'no')) : Promise.resolve()),
    };
    const target = await openEc2Target(optionsOf({ api: stuck, clock: impatient(), runId: 'stuck' }));
    await expect(target.close()).rejects.toMatchObject({
      message: expect.stringContaining('infer-plan:run=stuck'),
      hint: expect.stringContaining('2026-01-01T12:30:00.000Z'),
    });
  });

  it('of a run that was killed is terminated by the next start, once its time is over, and not before', async () => {
    await openEc2Target(optionsOf({ minutes: 30 })); // never closed, as after kill -9
    expect(await sweepExpired(api, NOON_MS + 30 * MINUTE_MS - 1)).toEqual([]);
    const steps: string[] = [];
    const later = () => NOON_MS + 30 * MINUTE_MS;
    const next = await openEc2Target(optionsOf({ wallMs: later, onStep: (line) => steps.push(line) }));
    expect(steps[0]).toMatch(/^terminated i-\w+ of an earlier run, whose time was over$/);
    expect(await alive()).toHaveLength(1);
    await next.close();
    expect(await alive()).toEqual([]);
  });
});
