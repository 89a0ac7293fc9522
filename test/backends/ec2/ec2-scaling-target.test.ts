import { expect, it } from 'vitest';
import type { Ec2Instance, Ec2ScalingApi } from '../../../src/backends/ec2/ec2-scaling-api.js';
import {
  DRAINING_TAG,
  ec2ScalingTarget,
  PIPELINE_TAG,
  STAGE_TAG,
} from '../../../src/backends/ec2/ec2-scaling-target.js';
import { failure } from '../../../src/backends/shared/failure.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { scalingContract } from '../scaling-contract.js';

const PLACE = 'EC2 (fake)';
const BOOT_MS = 45_000;
const DRAIN_MS = 30_000;

/** EC2 in memory: an instance is pending, then running, then healthy; a token runs once; tags and terminations as told. */
function fakeEc2(stages: readonly string[]) {
  const clock = fakeClock();
  let count = 0;
  let refusesTemplate: string | undefined;
  let state: 'up' | 'frozen' | 'gone' = 'up';
  let loseNextAnswer = false;
  let thaws: (() => void)[] = [];
  const deaths = new Set<() => void>();
  const awaiting: (() => void)[] = [];
  const calls: string[] = [];
  const instances: {
    id: string;
    tags: Record<string, string>;
    startedMs: number;
    isGone: boolean;
    clientToken: string | undefined;
  }[] = [];
  const byToken = new Map<string, readonly string[]>();
  const start = (stage: string, startedMs: number, clientToken?: string) => {
    const id = `i-${count++}`;
    instances.push({ id, startedMs, isGone: false, clientToken, tags: { [PIPELINE_TAG]: 'ocr', [STAGE_TAG]: stage } });
    return id;
  };
  for (const stage of stages) start(stage, -BOOT_MS);

  const gone = () => failure('BACKEND_UNREACHABLE', { place: PLACE, what: 'connection refused' });
  async function call<T>(name: string, answer: () => T): Promise<T> {
    calls.push(name);
    if (!/^(find|healthy)/.test(name)) for (const resolve of awaiting.splice(0)) resolve();
    let die: () => void = () => undefined;
    const death = new Promise<never>((_, reject) => {
      die = () => reject(gone());
    });
    death.catch(() => undefined);
    deaths.add(die);
    const run = async () => {
      if (state === 'frozen') await new Promise<void>((resolve) => thaws.push(resolve));
      if (state === 'gone') throw gone();
      return answer();
    };
    const result = await Promise.race([run(), death]).finally(() => deaths.delete(die));
    if (!loseNextAnswer || !name.startsWith('run')) return result;
    loseNextAnswer = false;
    throw gone();
  }
  const isHealthy = (one: { startedMs: number }) => clock.nowMs() >= one.startedMs + BOOT_MS;
  const api: Ec2ScalingApi = {
    findInstances: ({ tags }) =>
      call('find', () =>
        instances
          .filter(
            (one) => !one.isGone && Object.entries(tags).every(([key, values]) => values.includes(one.tags[key]!)),
          )
          .map(
            (one): Ec2Instance => ({
              id: one.id,
              state: isHealthy(one) ? 'running' : 'pending',
              tags: { ...one.tags },
              privateAddress: '10.0.0.1',
              clientToken: one.clientToken,
            }),
          ),
      ),
    findHealthy: (ids) =>
      call(
        'healthy',
        () => new Set(instances.filter((one) => ids.includes(one.id) && isHealthy(one)).map(({ id }) => id)),
      ),
    runInstances: ({ launchTemplate, count: wanted, tags, token }) =>
      call(`run ${wanted} of ${launchTemplate}`, () => {
        if (launchTemplate === refusesTemplate)
          throw failure('BACKEND_REJECTED', { place: PLACE, what: 'InstanceLimitExceeded' });
        const ids =
          byToken.get(token) ?? Array.from({ length: wanted }, () => start(tags[STAGE_TAG]!, clock.nowMs(), token));
        byToken.set(token, ids);
        return ids;
      }),
    tag: (ids, key, value) =>
      call(`tag ${ids.join(' ')}`, () => {
        for (const one of instances) if (ids.includes(one.id)) one.tags[key] = value;
      }),
    untag: (ids, key) =>
      call(`untag ${ids.join(' ')}`, () => {
        for (const one of instances) if (ids.includes(one.id)) delete one.tags[key];
      }),
    terminate: (ids) =>
      call(`terminate ${ids.join(' ')}`, () => {
        for (const one of instances) if (ids.includes(one.id)) one.isGone = true;
      }),
    close: () => undefined,
  };
  const launchTemplates = Object.fromEntries(stages.map((stage) => [stage, `lt-${stage}`]));
  const target = ec2ScalingTarget({
    api,
    place: PLACE,
    pipeline: 'ocr',
    stages,
    launchTemplates,
    drainMs: DRAIN_MS,
    clock,
  });
  const of = (stage: string) => instances.filter((one) => !one.isGone && one.tags[STAGE_TAG] === stage);
  return {
    target,
    clock,
    instances,
    start,
    changes: () => calls.filter((name) => !/^(find|healthy)/.test(name)),
    of,
    loseNextRun: () => {
      loseNextAnswer = true;
    },
    outside: {
      truth: async (stage: string) => of(stage).length,
      byHand: async (stage: string, replicas: number) => {
        while (of(stage).length < replicas) start(stage, -BOOT_MS);
        for (const one of of(stage).slice(replicas)) one.isGone = true;
      },
      refuse: async (stage: string) => {
        refusesTemplate = `lt-${stage}`;
        return {
          undo: async () => {
            refusesTemplate = undefined;
          },
        };
      },
      own: async (stage: string) => {
        of(stage)[0]!.tags['aws:autoscaling:groupName'] = 'asg-1';
        return { undo: async () => void delete of(stage)[0]!.tags['aws:autoscaling:groupName'] };
      },
      midway: () => new Promise<void>((resolve) => awaiting.push(resolve)),
      freeze: () => {
        state = 'frozen';
      },
      thaw: () => {
        state = 'up';
        for (const go of thaws.splice(0)) go();
        thaws = [];
      },
      kill: () => {
        state = 'gone';
        for (const die of [...deaths]) die();
      },
      revive: async () => {
        state = 'up';
      },
      stop: async () => undefined,
    },
  };
}

scalingContract('ec2, in memory', async () => {
  const stages = ['detect', 'read'] as const;
  const { target, outside } = fakeEc2(stages);
  return { target, stages, ...outside };
});

it('waits for the status checks, and measures what that took', async () => {
  const { target } = fakeEc2(['detect']);
  const { activationMs } = await target.setReplicas({ stage: 'detect', replicas: 2 });
  // Asked every 2 s: seen at the first reading from 45 s on.
  expect(activationMs).toBeGreaterThanOrEqual(BOOT_MS);
  expect(activationMs).toBeLessThan(BOOT_MS + 2_000);
});

it('drains the youngest before it terminates them', async () => {
  const { target, changes, instances } = fakeEc2(['detect']);
  await target.setReplicas({ stage: 'detect', replicas: 3 });
  const { activationMs } = await target.setReplicas({ stage: 'detect', replicas: 1 });
  expect(changes()).toEqual(['run 2 of lt-detect', 'tag i-1 i-2', 'terminate i-1 i-2']);
  expect(activationMs).toBeGreaterThanOrEqual(DRAIN_MS);
  expect(instances.map((one) => one.isGone)).toEqual([false, true, true]);
});

it('takes draining instances back before it runs others', async () => {
  const { target, changes, clock, of } = fakeEc2(['detect']);
  await target.setReplicas({ stage: 'detect', replicas: 2 });
  const shrinking = target.setReplicas({ stage: 'detect', replicas: 1 }).catch((error: unknown) => error);
  await clock.pause(DRAIN_MS / 2);
  await target.setReplicas({ stage: 'detect', replicas: 3 });
  expect(await shrinking).toMatchObject({ code: 'BACKEND_SUPERSEDED' });
  expect(changes()).toEqual(['run 1 of lt-detect', 'tag i-1', 'untag i-1', 'run 1 of lt-detect']);
  expect(of('detect')).toHaveLength(3);
});

it('terminates what a process that died left draining', async () => {
  const { target, instances, start, changes } = fakeEc2(['detect']);
  await target.setReplicas({ stage: 'detect', replicas: 2 });
  start('detect', -BOOT_MS, instances[1]!.clientToken);
  instances[2]!.tags[DRAINING_TAG] = 'yes';
  expect(await target.readReplicas()).toEqual([{ stage: 'detect', wanted: 2, ready: 3 }]);
  await target.setReplicas({ stage: 'detect', replicas: 2 });
  expect(changes()).toEqual(['run 1 of lt-detect', 'terminate i-2']);
});

it.each([undefined, 'a8b7c6', 'infer-plan-profile-zz-1'])(
  'terminates nothing that others have started, whatever its tags, with the token %s',
  async (clientToken) => {
    const { target, instances, start, changes } = fakeEc2(['detect']);
    start('detect', -BOOT_MS, clientToken);
    start('detect', -BOOT_MS, clientToken);
    instances[2]!.tags[DRAINING_TAG] = 'yes';
    await expect(target.setReplicas({ stage: 'detect', replicas: 1 })).rejects.toMatchObject({
      code: 'BACKEND_REJECTED',
    });
    expect(changes()).toEqual([]);
    expect(instances.map((one) => one.isGone)).toEqual([false, false, false]);
  },
);

it('makes tokens that EC2 takes, another for each launch', async () => {
  const { target, instances } = fakeEc2(['detect']);
  await target.setReplicas({ stage: 'detect', replicas: 2 });
  await target.setReplicas({ stage: 'detect', replicas: 3 });
  const tokens = instances.flatMap(({ clientToken }) => clientToken ?? []);
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) expect(token).toMatch(/^[\x21-\x7e]{1,64}$/);
});

it('starts nothing twice when the answer to a run is lost', async () => {
  const { target, of, loseNextRun } = fakeEc2(['detect']);
  loseNextRun();
  await expect(target.setReplicas({ stage: 'detect', replicas: 3 })).rejects.toMatchObject({
    code: 'BACKEND_UNREACHABLE',
  });
  await target.setReplicas({ stage: 'detect', replicas: 3 });
  expect(of('detect')).toHaveLength(3);
});
