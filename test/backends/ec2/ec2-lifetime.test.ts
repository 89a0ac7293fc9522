import { describe, expect, it } from 'vitest';
import type { Ec2Api, Ec2Machine } from '../../../src/backends/ec2/ec2-launch-api.js';
import {
  EXPIRES_TAG,
  expiredAmong,
  launchToken,
  lifetimeMinutes,
  lifetimeScript,
  lifetimeTags,
  RUN_TAG,
  terminateRun,
} from '../../../src/backends/ec2/ec2-lifetime.js';

const MINUTE_MS = 60_000;
const NOON_MS = Date.UTC(2026, 0, 1, 12);

describe('lifetimeMinutes', () => {
  // At $2 an hour, 50 cents pay for 15 minutes; whole minutes, rounded down: $0.49 for 14.7.
  it.each([
    ['what is asked for', { lifetimeMs: 10 * MINUTE_MS, maxUsd: 0.5, usdPerHour: 2 }, 10],
    ['what the money pays for', { lifetimeMs: 60 * MINUTE_MS, maxUsd: 0.5, usdPerHour: 2 }, 15],
    ['whole minutes', { lifetimeMs: 60 * MINUTE_MS, maxUsd: 0.49, usdPerHour: 2 }, 14],
    ['nothing', { lifetimeMs: 60 * MINUTE_MS, maxUsd: 0.01, usdPerHour: 32 }, 0],
  ])('is %s', (_, asked, minutes) => {
    expect(lifetimeMinutes(asked)).toBe(minutes);
  });
});

describe('expiredAmong', () => {
  const RUN = '8c3f1f8e-8b6e-4a5e-9d5e-0d6a4f6c3b1a';
  const token = (expires: string) => launchToken({ runId: RUN, expires: new Date(expires) });
  const machine = (state: string, launched: string | undefined, tags: Record<string, string> = {}) => ({
    ...{ id: 'i-1', state, tags },
    ...(launched !== undefined && { token: launched }),
  });
  const OVER = { [EXPIRES_TAG]: '2025-01-01T12:00:00.000Z', [RUN_TAG]: RUN };
  it.each([
    ['a machine whose time is over', machine('running', token('2026-01-01T12:00:00Z')), true],
    ['one that has a moment left', machine('running', token('2026-01-01T12:00:01Z')), false],
    ['one that a foreign tag says is over', machine('running', token('2026-01-01T12:00:01Z'), OVER), false],
    ['a stopped one, which still costs its disk', machine('stopped', token('2026-01-01T11:00:00Z')), true],
    ['one that is gone', machine('terminated', token('2026-01-01T11:00:00Z')), false],
    ['one on its way out', machine('shutting-down', token('2026-01-01T11:00:00Z')), false],
    ['one that only tags say is ours', machine('running', undefined, OVER), false],
    ['one that others launched', machine('running', RUN, OVER), false],
    ['one whose token says nothing of a time', machine('running', 'infer-plan-profile--x', OVER), false],
  ])('%s: %s', (_, one, isExpired) => {
    expect(expiredAmong([one], NOON_MS)).toEqual(isExpired ? [one] : []);
  });

  it('a token is as EC2 wants it', () => {
    expect(token('2026-01-01T12:00:00Z')).toMatch(/^[\x21-\x7e]{1,64}$/);
  });
});

describe('the end of a run', () => {
  const launch = { runId: 'r', token: 'infer-plan-profile-1-r', id: 'i-1' };
  const tags = { [RUN_TAG]: 'r' };
  const api = (machines: readonly Ec2Machine[]) => {
    const terminated: string[] = [];
    return {
      terminated,
      api: {
        findByTags: async () => machines,
        terminate: async (ids: readonly string[]) => void terminated.push(...ids),
      } as unknown as Ec2Api,
    };
  };

  it('terminates its own machine, and none that somebody else gave its tag', async () => {
    const others = [
      { id: 'i-1', state: 'running', tags },
      { id: 'i-2', state: 'running', tags },
      { id: 'i-3', state: 'running', tags, token: 'r' },
    ];
    const known = api(others);
    await terminateRun(known.api, launch);
    expect(known.terminated).toEqual(['i-1']);
    const lost = api([...others, { id: 'i-4', state: 'pending', tags, token: launch.token }]);
    await terminateRun(lost.api, { ...launch, id: undefined });
    expect(lost.terminated).toEqual(['i-4']);
  });
});

it('tags a machine with its run and its end', () => {
  expect(lifetimeTags({ runId: 'r', expires: new Date(NOON_MS) })).toEqual({
    Name: 'infer-plan profile',
    'infer-plan:run': 'r',
    'infer-plan:expires': '2026-01-01T12:00:00.000Z',
  });
});

it('has the machine shut itself down, by two ways', () => {
  expect(lifetimeScript(15)).toMatch(/^#!\/bin\/sh\n/);
  expect(lifetimeScript(15)).toContain('shutdown -h +15 || (sleep 900; poweroff) &\n');
});
