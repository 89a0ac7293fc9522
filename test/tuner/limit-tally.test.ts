import { describe, expect, it } from 'vitest';
import { firstState, type TunerDecision } from '../../src/tuner/decision.js';
import { LimitTally } from '../../src/tuner/limit-tally.js';
import type { TunerLimits } from '../../src/tuner/tuner-limits.js';
import { TunerSession } from '../../src/tuner/tuner-session.js';
import { tunerPlanOf } from './tuner-plans.js';

const HOLD: TunerDecision = { kind: 'hold', reason: 'as needed' };

function limited(...names: readonly [string, 'inventory' | 'spend limit'][]): TunerDecision {
  const changes = names.map(([stage, limitedBy]) => ({ stage, from: 2, to: 2, asked: 3, limitedBy }));
  return { kind: 'hold', reason: 'limited', changes };
}

it('adds up the checks in which each limit bound each stage, and their share of all', () => {
  const tally = new LimitTally({ intervalMs: 100 });
  tally.take(limited(['a', 'spend limit'], ['b', 'inventory']), 1);
  tally.take(limited(['a', 'spend limit'], ['c', 'spend limit']), 1);
  tally.take(HOLD, 6);
  expect(tally.bound()).toEqual([
    { limit: 'inventory', stage: 'b', boundMs: 100, share: 0.125 },
    { limit: 'spend limit', stage: 'a', boundMs: 200, share: 0.25 },
    { limit: 'spend limit', stage: 'c', boundMs: 100, share: 0.125 },
  ]);
});

it('a removal that is refused binds no limit', () => {
  const tally = new LimitTally({ intervalMs: 100 });
  const changes = [{ stage: 'a', from: 4, to: 3, asked: 1, limitedBy: 'largest step' as const }];
  tally.take({ kind: 'hold', reason: 'refused', changes }, 1);
  expect(tally.bound()).toEqual([]);
});

describe('over a session', () => {
  /** Two replicas planned, 20 queries in 100 ms. At every check but the first, `perCheck` queries; `checks` of them. */
  function boundIn(limits: Partial<TunerLimits>, { perCheck, checks }: { perCheck: number; checks: number }) {
    const plan = tunerPlanOf({ a: {} }, { limits });
    const tally = new LimitTally({ intervalMs: 100 });
    const session = new TunerSession({
      plan,
      state: firstState([2], 0),
      startUs: 0,
      onDecision: (decision, count) => tally.take(decision, count),
      onIdle: () => undefined,
      onChange: () => undefined,
    });
    for (let check = 1; check <= checks; check++) {
      if (perCheck > 0) session.arrive(check * 100_000, perCheck);
      session.settle(check * 100_000);
    }
    return tally.bound();
  }

  it.each<[string, Partial<TunerLimits>]>([
    ['most replicas', { mostReplicas: { a: 2 } }],
    ['largest growth', { largestGrowth: 1 }],
    ['inventory', { inventory: { cpu: 2 } }],
    ['spend limit', { mostUsdPerHour: 2 }],
  ])('%s binds for as long as the traffic asks for more', (limit, limits) => {
    // 40 in 100 ms are twice the plan: 4 replicas from the first check on.
    expect(boundIn(limits, { perCheck: 40, checks: 50 })).toEqual([{ limit, stage: 'a', boundMs: 5000, share: 1 }]);
  });

  it('a largest step binds while the replicas of the last one activate', () => {
    // 80 in 100 ms ask for 8: a step at 0.1 s, and the next at 5.1 s.
    expect(boundIn({ largestStep: 1 }, { perCheck: 80, checks: 60 })).toEqual([
      { limit: 'largest step', stage: 'a', boundMs: 6000, share: 1 },
    ]);
  });

  it('fewest replicas bind from the first removal that they prevent, also while nothing happens', () => {
    // Arrivals are known for 30 s at 30.0 s, and from then on one replica would do.
    const [bound] = boundIn({ fewestReplicas: { a: 2 } }, { perCheck: 0, checks: 900 });
    expect(bound).toEqual({ limit: 'fewest replicas', stage: 'a', boundMs: 60_100, share: 601 / 900 });
  });

  it('what no limit kept from anything is not listed', () => {
    const limits = { mostReplicas: { a: 9 }, inventory: { cpu: 9 }, mostUsdPerHour: 9, fewestReplicas: { a: 1 } };
    expect(boundIn(limits, { perCheck: 40, checks: 400 })).toEqual([]);
  });
});
