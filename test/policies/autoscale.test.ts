/** AutoScale by hand: up at once, down when fewer have been enough for t_wait. */
import { expect, it } from 'vitest';
import { AUTOSCALE } from '../../src/policies/autoscale.js';
import type { PolicyRequest } from '../../src/policies/policy.js';
import { decisions, type Shown, viewOf } from './policy-runs.js';

const request = (given: Partial<PolicyRequest<object>>): PolicyRequest<object> => ({
  ...{ own: undefined, stages: [], target: { kind: 'shipped' }, sloMs: 100, phase: 0 },
  tunerPlan: () => {
    throw new Error('not asked for');
  },
  ...given,
});
/** So many queries in each of so many seconds. */
const seconds = (...parts: readonly (readonly [count: number, queries: number])[]): Shown[] =>
  parts.flatMap(([count, queries]) => Array.from({ length: count }, () => ({ queries })));

it('follows the rate of ten seconds up at once, and down after t_wait', () => {
  const stages = [viewOf('a', { replicas: 2 })];
  const policy = AUTOSCALE.make(request({ own: { waitMs: 4000 }, stages }));
  // c 50/s. 90/s: 2. A second at 190/s makes (9·90 + 190) ÷ 10 = 100/s: 2; two make 110/s: 3. Then 30/s: the mean falls by 6 or
  // 16 a second, is at most 100/s from the second such second on, and 50/s once the last 90s are gone.
  const made = decisions(policy, stages, seconds([10, 90], [2, 190], [15, 30]));
  const asked = made.map(({ replicas: [count] }) => count);
  expect(asked.slice(0, 12)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
  // Means: 104, 98 (2 are enough from here, tick 14), 92, 86, 80 (4 s later, tick 18: 2), …
  expect(asked.slice(12, 18)).toEqual([3, 3, 3, 3, 3, 2]);
  expect(made[13]!.reasons).toEqual([{ metric: 'rate', value: 98, proposal: 2, limitedBy: 't_wait' }]);
});

it('scales a plan of units by the slowest stage, and any other stage by stage', () => {
  const fast = { throughputQps: 200, scaleFactor: 0.5 };
  const shown = seconds([1, 220]);
  const units = [viewOf('a'), viewOf('b', fast)];
  expect(decisions(AUTOSCALE.make(request({ stages: units })), units, shown)[0]!.replicas).toEqual([5, 5]);
  const others = [viewOf('a', { replicas: 2 }), viewOf('b', fast)];
  expect(decisions(AUTOSCALE.make(request({ stages: others })), others, shown)[0]!.replicas).toEqual([5, 1]);
});

it('at a matched target has the planned replicas at the planned rate', () => {
  const stages = [viewOf('a', { replicas: 3 }), viewOf('b', { replicas: 2, scaleFactor: 0.5 })];
  const of = { queuedItems: 0, inServiceItems: 0, utilisation: 0.5 };
  const steady = [
    { ...of, replicas: 3, rateQps: 60 },
    { ...of, replicas: 2, rateQps: 30 },
  ];
  const at = (factor: number, queries: number) =>
    decisions(
      AUTOSCALE.make(request({ stages, target: { kind: 'matched', factor, steady } })),
      stages,
      seconds([1, queries]),
    );
  expect(at(1, 60)[0]!.replicas).toEqual([3, 2]);
  expect(at(0.5, 60)[0]!.replicas).toEqual([6, 4]);
  expect(at(1, 61)[0]!.replicas).toEqual([4, 3]);
});
