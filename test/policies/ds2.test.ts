/** DS2 by hand: true rates, all stages at once, one fewer ignored, warm-up and activation in intervals. */
import { expect, it } from 'vitest';
import { ds2Policy } from '../../src/policies/ds2.js';
import { decisions, viewOf } from './policy-runs.js';

const VIEWS = [viewOf('a', { replicas: 2 }), viewOf('b', { replicas: 2, scaleFactor: 0.5, activationDelayMs: 9000 })];
const policy = (given: Partial<Parameters<typeof ds2Policy>[0]> = {}) =>
  ds2Policy({
    ...{ name: 'ds2', factors: [1, 1], intervalMs: 10_000, warmUpTime: 0, activationTime: 1, hasStop: false, phase: 0 },
    ...given,
  });
/** 10 s at `qps`; a: 60 items per second of work, b: 25. */
const interval = (qps: number) => ({
  queries: qps * 10,
  stages: [
    { completedItems: 900, busyMs: 15_000 },
    { completedItems: 450, busyMs: 18_000 },
  ],
});

it('asks for what the rate needs at true rates', () => {
  // a: 200 ÷ 60 = 3.3; b: 100 ÷ 25 = 4.
  const [decided] = decisions(policy(), VIEWS, [interval(200)]);
  expect(decided!.replicas).toEqual([4, 4]);
  expect(decided!.reasons.map(({ value, proposal }) => [value, proposal])).toEqual([
    [60, 4],
    [25, 4],
  ]);
  expect(decided!.stopMs).toBeUndefined();
  expect(decisions(policy({ factors: [1.5, 2] }), VIEWS, [interval(200)])[0]!.replicas).toEqual([5, 8]);
});

it('keeps the last true rate of a stage that completed nothing, and the planned one before', () => {
  const idle = { queries: 1000, stages: [{}, {}] };
  // Planned 50/s both: a 100 ÷ 50 = 2, b 50 ÷ 50 = 1, one fewer, which is ignored.
  const made = decisions(policy(), VIEWS, [idle, interval(200), idle]);
  expect(made.map(({ replicas }) => replicas)).toEqual([
    [2, 2],
    [4, 4],
    [2, 2],
  ]);
});

it('ignores one fewer, and acts on two', () => {
  const made = decisions(policy(), VIEWS, [interval(200), interval(150), interval(90)]);
  // 150/s: 3 and 3, each one fewer. 90/s: 2 and 2.
  expect(made.map(({ replicas }) => replicas)).toEqual([
    [4, 4],
    [4, 4],
    [2, 2],
  ]);
  expect(made[1]!.reasons[0]!.limitedBy).toBe('one fewer is ignored');
});

it('waits for activation, ignores the warm-up, and stops every stage for the longest activation delay', () => {
  const made = decisions(policy({ activationTime: 2, warmUpTime: 1, hasStop: true }), VIEWS, [
    ...[interval(200), interval(200), interval(400), interval(400), interval(400)],
  ]);
  expect(made.map(({ replicas: [a] }) => a)).toEqual([2, 4, 4, 4, 7]);
  expect(made.map(({ stopMs }) => stopMs)).toEqual([undefined, 9000, undefined, undefined, 9000]);
  expect(made.map(({ reasons: [a] }) => a!.limitedBy)).toEqual([
    ...['activation_time', undefined, 'warm_up_time', 'activation_time', undefined],
  ]);
});
