/** MArk by hand: forecast, plans of six rounds, feedback of late answers. */
import { expect, it } from 'vitest';
import { MARK, markPolicy } from '../../src/policies/mark.js';
import type { ArrivalsSeen, StageSeen } from '../../src/policies/policy.js';
import { seenOf, viewOf } from './policy-runs.js';

/** Asked for after each round of twelve ticks, at so many queries per five seconds. */
function rounds(
  perTick: readonly number[],
  given: { late?: number; attained?: number; queued?: readonly number[] } = {},
) {
  const { late = 0, attained = 0, queued = [0, 0] } = given;
  // 3,000 and 1,500 queries a minute.
  const policy = markPolicy({ perMinute: [3000, 1500], phase: 0 });
  let state = policy.start([]);
  let replicas: readonly number[] = [1, 1];
  return perTick.map((queries) => {
    for (let tick = 0; tick < 12; tick++) {
      const stages: StageSeen[] = replicas.map((n, s) => seenOf({ askedReplicas: n, queuedItems: queued[s]! }));
      const arrivals: ArrivalsSeen = { queries, arrivalsUs: new Float64Array(0), attained, late };
      const decided = policy.decide({ state, nowMs: 0, stages, arrivals });
      ({ state, replicas } = decided);
    }
    return replicas;
  });
}

it('plans for the busiest five seconds of all time and a fifth more', () => {
  // 300·12·1.2 = 4,320: 2 and 3. It never forgets.
  expect(rounds([30, 300, 30, 30])).toEqual([
    [1, 1],
    [2, 3],
    [2, 3],
    [2, 3],
  ]);
});

it('adds one where most wait when answers are late, and then waits six rounds', () => {
  // 12 ticks of 10 late ones of 20: 1 − 0.999^10 a tick is over 2 % after two.
  const made = rounds(new Array<number>(8).fill(30), { late: 10, attained: 10, queued: [3, 7] });
  // The plan of one replica is the largest of six rounds, so the one that feedback added goes at the next round.
  expect(made.map(([, b]) => b)).toEqual([2, 1, 1, 1, 1, 1, 2, 1]);
  expect(rounds([30], { attained: 20 })[0]).toEqual([1, 1]);
});

it('at a matched target has the planned replicas when the planned rate is the busiest', () => {
  const stages = [viewOf('a', { replicas: 3 })];
  const steady = [{ replicas: 3, rateQps: 60, queuedItems: 0, inServiceItems: 0, utilisation: 0.5 }];
  const request = { own: undefined, stages, sloMs: 100, phase: 0, tunerPlan: () => Promise.reject() as never };
  const policy = MARK.make({ ...request, target: { kind: 'matched', factor: 1, steady } });
  let state = policy.start(stages);
  for (let tick = 1; tick <= 12; tick++) {
    const arrivals = { queries: 300, arrivalsUs: new Float64Array(0), attained: 0, late: 0 };
    const decided = policy.decide({ state, nowMs: tick * 5000, stages: [seenOf({ askedReplicas: 3 })], arrivals });
    state = decided.state;
    if (tick === 12) expect(decided.replicas).toEqual([3]);
  }
});
