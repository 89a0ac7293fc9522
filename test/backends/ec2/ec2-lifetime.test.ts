import { describe, expect, it } from 'vitest';
import {
  EXPIRES_TAG,
  expiredAmong,
  lifetimeMinutes,
  lifetimeScript,
  lifetimeTags,
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
  const machine = (state: string, expires: string | undefined) => ({
    id: 'i-1',
    state,
    tags: expires === undefined ? {} : { [EXPIRES_TAG]: expires },
  });
  it.each([
    ['a machine whose time is over', machine('running', '2026-01-01T12:00:00.000Z'), true],
    ['one that has a moment left', machine('running', '2026-01-01T12:00:00.001Z'), false],
    ['a stopped one, which still costs its disk', machine('stopped', '2026-01-01T11:00:00.000Z'), true],
    ['one that is gone', machine('terminated', '2026-01-01T11:00:00.000Z'), false],
    ['one on its way out', machine('shutting-down', '2026-01-01T11:00:00.000Z'), false],
    ['one whose time cannot be read', machine('running', 'soon'), true],
    ['one without a time', machine('pending', undefined), true],
  ])('%s: %s', (_, one, isExpired) => {
    expect(expiredAmong([one], NOON_MS)).toEqual(isExpired ? [one] : []);
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
