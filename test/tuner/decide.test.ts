import { describe, expect, it } from 'vitest';
import { afterHandChange, decide, type Observation } from '../../src/tuner/decide.js';
import { firstState, type TunerState } from '../../src/tuner/decision.js';
import { type StageGiven, tunerPlanOf } from './tuner-plans.js';

/** A minute into the day, everything known since its start. */
const NOW_MS = 60_000;
const QUIET: Observation = {
  knownSinceMs: 0,
  knownToMs: NOW_MS,
  live: [0, 0, 0],
  lookBack: [0, 0, 0],
  recentQueries: 500,
};

function outcomeOf(
  observation: Partial<Observation>,
  given: {
    stages?: Readonly<Record<string, StageGiven>>;
    replicas?: readonly number[];
    state?: Partial<TunerState>;
    plan?: Parameters<typeof tunerPlanOf>[1];
    nowMs?: number;
  } = {},
) {
  const plan = tunerPlanOf(given.stages, given.plan);
  const replicas = given.replicas ?? plan.stages.map((stage) => stage.replicas);
  const state = { ...firstState(replicas, 0), ...given.state };
  const { decision, state: next } = decide({
    plan,
    state,
    observation: { ...QUIET, ...observation },
    nowMs: given.nowMs ?? NOW_MS,
  });
  return { decision, next, kind: decision.kind, reason: decision.reason, replicas: next.replicas };
}

describe('up', () => {
  // k = ceil(r_max·s / (μ·ρ)); λ 100, n 2, μ 80, ρ 0.625, so μ·ρ = 50 queries/s a replica.
  it.each<[string, [number, number, number], number[]]>([
    ['exactly the envelope: nothing', [20, 150, 1200], [2]],
    ['one query more in 100 ms: 21 is 210/s, ceil(210 / 50)', [21, 150, 1200], [5]],
    ['in 1 s: 151/s, ceil(3.02)', [20, 151, 1200], [4]],
    ['in 10 s: 1201 is 120.1/s, ceil(2.402)', [20, 150, 1201], [3]],
    ['the largest rate of those that exceed: 151/s, not 120.1/s', [20, 151, 1201], [4]],
    ['a window that does not exceed does not count: 200/s in 100 ms', [20, 150, 1201], [3]],
    ['exactly a whole number: 1500 in 10 s is 150/s, 150 / 50 = 3', [20, 150, 1500], [3]],
  ])('by the paper: %s', (_, live, expected) => {
    expect(outcomeOf({ live }, { plan: { rules: 'inferline' } }).replicas).toEqual(expected);
  });

  // Guarded: n·x at most, x the largest multiple of its plan that a window reaches.
  it.each<[string, [number, number, number], number[]]>([
    ['exactly the envelope: nothing', [20, 150, 1200], [2]],
    ['21 of 20 in 100 ms: ceil(2·1.05), not 5', [21, 150, 1200], [3]],
    ['twice as many as planned in 100 ms: 4', [40, 150, 1200], [4]],
    ['the fullest window counts, though another has the larger rate: ceil(2·1.5)', [21, 225, 1200], [3]],
    ['no more than the paper asks for: 1800 in 10 s is 180/s, ceil(3.6), not ceil(2·2.05)', [41, 0, 1800], [5]],
  ])('guarded: %s', (_, live, expected) => {
    expect(outcomeOf({ live }).replicas).toEqual(expected);
  });

  // 10 % of 1200 in 10 s; the narrower windows have no tolerance.
  it.each<[string, [number, number, number], number[]]>([
    ['a wide window within it: nothing', [20, 150, 1320], [2]],
    ['one query beyond it', [20, 150, 1321], [3]],
    ['a narrow window', [21, 150, 1200], [3]],
  ])('a tolerance of 10 %%: %s', (_, live, expected) => {
    expect(outcomeOf({ live }, { plan: { tolerance: 0.1 } }).replicas).toEqual(expected);
  });

  // b: s 0.5, n 1, μ 80: ρ = 50/80 = 0.625. ceil(150·0.5 / 50) = 2. c: nobody visits it.
  it('stage by stage, by scale factor', () => {
    const stages = { a: {}, b: { scaleFactor: 0.5, replicas: 1 }, c: { scaleFactor: 0, replicas: 1 } };
    const { decision, replicas } = outcomeOf({ live: [0, 0, 1500] }, { stages });
    expect(replicas).toEqual([3, 2, 1]);
    expect(decision).toEqual({
      kind: 'up',
      atMs: NOW_MS,
      reason: 'beyond the envelope',
      window: { windowMs: 10_000, queries: 1500, rateQps: 150, plannedQps: 120 },
      changes: [
        { stage: 'a', from: 2, to: 3, asked: 3 },
        { stage: 'b', from: 1, to: 2, asked: 2 },
      ],
    });
  });

  it('what is asked for already, activating or not, is not asked for again', () => {
    const counts = { live: [0, 0, 1500], lookBack: [0, 0, 1500], recentQueries: 1750 }; // 350/s: 7 by the rate
    expect(outcomeOf(counts, { replicas: [3] })).toMatchObject({ kind: 'hold', replicas: [3] });
    expect(outcomeOf(counts, { replicas: [7] })).toMatchObject({ kind: 'hold', replicas: [7] });
  });

  it('does not wait for a change to settle', () => {
    expect(outcomeOf({ live: [0, 0, 1500] }, { state: { lastChangeMs: NOW_MS - 100 } }).replicas).toEqual([3]);
  });

  it('raises and remembers when', () => {
    const { next } = outcomeOf({ live: [0, 0, 1500] });
    expect(next).toEqual({ replicas: [3], lastChangeMs: NOW_MS, lastRaiseMs: [NOW_MS], handUntilMs: [null] });
  });
});

describe('back to the plan', () => {
  // Planned 4 replicas; 1 is there. 900 of 1200 is the largest share, 0.75: ceil(4·0.75) = 3.
  const stages = { a: { replicas: 4 } };
  it.each<[string, [number, number, number], number]>([
    ['three quarters of the envelope ask for three quarters of the replicas', [5, 50, 900], 3],
    ['all of it for all', [5, 150, 900], 4],
    ['a quarter for one: nothing to do', [5, 30, 300], 1],
    ['a little more than a quarter for two', [5, 38, 300], 2],
  ])('%s', (_, live, expected) => {
    const outcome = outcomeOf({ live }, { stages, replicas: [1] });
    expect(outcome.replicas).toEqual([expected]);
    expect(outcome.reason).toBe(expected === 1 ? 'as needed' : 'back to the plan');
  });

  it("is not in the paper's rules", () => {
    const given = { stages, replicas: [1], plan: { rules: 'inferline' as const } };
    expect(outcomeOf({ live: [20, 150, 1200] }, given).kind).toBe('hold');
  });
});

describe('down', () => {
  // λ_new = recentQueries / 5 s; k = ceil(λ_new·s / (μ·min ρ)) = ceil(λ_new / 50).
  it.each<[string, Partial<Observation>, number, string]>([
    ['500 in 5 s: 100/s need 2', {}, 2, 'less traffic'],
    ['501: 100.2/s need 3', { recentQueries: 501 }, 3, 'less traffic'],
    ['1250: 250/s need all 5', { recentQueries: 1250 }, 5, 'as needed'],
    ['nothing arrives, and that is known: one is left', { recentQueries: 0 }, 1, 'less traffic'],
    ['known for 30 s', { knownSinceMs: 30_000 }, 2, 'less traffic'],
    ['known for less', { knownSinceMs: 30_001 }, 5, 'data too young'],
    ['not known up to now', { knownToMs: NOW_MS - 1 }, 5, 'no data'],
  ])('%s', (_, observation, expected, reason) => {
    const outcome = outcomeOf(observation, { replicas: [5] });
    expect(outcome.replicas).toEqual([expected]);
    expect(outcome.reason).toBe(reason);
  });

  it.each([
    [14_999, 'just changed'],
    [15_000, 'less traffic'],
  ])('%d ms after the last change: %s', (agoMs, reason) => {
    expect(outcomeOf({}, { replicas: [5], state: { lastChangeMs: NOW_MS - agoMs } }).reason).toBe(reason);
  });

  it('a longer time to settle is waited for', () => {
    const given = { replicas: [5], plan: { settleMs: 45_000 }, state: { lastChangeMs: NOW_MS - 44_999 } };
    expect(outcomeOf({}, given).reason).toBe('just changed');
    expect(outcomeOf({}, { ...given, state: { lastChangeMs: NOW_MS - 45_000 } }).reason).toBe('less traffic');
  });

  // b: n 4, μ 80: ρ = 100/320 = 0.3125, the smaller: 25/s a replica for both. At 50/s: 2 and 2. By their own: a 1, b 2.
  it.each([
    ['guarded' as const, [2, 2]],
    ['inferline' as const, [2, 2]],
    ['lean' as const, [1, 2]],
  ])('by the smallest ratio of all stages, or each by its own: %s', (rules, expected) => {
    const given = { stages: { a: {}, b: { replicas: 4 } }, plan: { rules }, replicas: [9, 9] };
    expect(outcomeOf({ recentQueries: 250 }, given).replicas).toEqual(expected);
  });

  // The look-back still holds 151 in 1 s, beyond the plan: it asks for 3, though the rate asks for 2.
  it('keeps what the windows of the last two minutes ask for', () => {
    const lookBack = [20, 151, 1100];
    expect(outcomeOf({ lookBack }, { replicas: [5] }).replicas).toEqual([3]);
    expect(outcomeOf({ lookBack }, { replicas: [3] }).kind).toBe('hold');
    expect(outcomeOf({ lookBack }, { replicas: [5], plan: { rules: 'inferline' } }).replicas).toEqual([2]);
  });

  it('never adds, and never the last one', () => {
    expect(outcomeOf({ recentQueries: 5000 }, { replicas: [1] }).replicas).toEqual([1]);
    expect(outcomeOf({ recentQueries: 0 }, { replicas: [1] }).kind).toBe('hold');
  });
});

describe('limits', () => {
  const live = [0, 0, 1500]; // 150/s: three replicas a stage
  it.each<[string, Parameters<typeof tunerPlanOf>[1], number[], string?]>([
    ['of a stage', { limits: { mostReplicas: { a: 2 } } }, [2, 3], 'most replicas'],
    [
      'of the hardware, the neediest first, the first among equals',
      { limits: { inventory: { cpu: 5 } } },
      [3, 2],
      'inventory',
    ],
    ['of money: $5.99 buys five', { limits: { mostUsdPerHour: 5.99 } }, [3, 2], 'spend limit'],
    ['enough for all', { limits: { mostUsdPerHour: 6, inventory: { cpu: 6 } } }, [3, 3]],
  ])('%s', (_, plan, expected, limitedBy) => {
    const { decision, replicas } = outcomeOf({ live }, { stages: { a: {}, b: {} }, plan: plan! });
    expect(replicas).toEqual(expected);
    const limited = decision.changes?.filter((change) => change.limitedBy !== undefined);
    expect(limited?.map((change) => change.limitedBy)).toEqual(limitedBy === undefined ? [] : [limitedBy]);
  });

  it('that leave nothing to do are told, and no change', () => {
    const { decision, next } = outcomeOf({ live }, { plan: { limits: { mostUsdPerHour: 2 } } });
    expect(decision).toEqual({
      kind: 'hold',
      reason: 'limited',
      changes: [{ stage: 'a', from: 2, to: 2, asked: 3, limitedBy: 'spend limit' }],
    });
    expect(next.lastChangeMs).toBe(0);
  });

  // 41 queries in 100 ms ask for five; three more at most at once, and then not before the three can serve.
  it('a largest step, upwards once per activation delay', () => {
    const plan = { limits: { largestStep: 1 } };
    const first = outcomeOf({ live: [41, 0, 0] }, { plan });
    expect(first.replicas).toEqual([3]);
    const again = (nowMs: number) =>
      outcomeOf({ live: [41, 0, 0], knownToMs: nowMs }, { plan, replicas: [3], state: first.next, nowMs }).replicas;
    expect(again(NOW_MS + 4900)).toEqual([3]);
    expect(again(NOW_MS + 5000)).toEqual([4]);
  });

  // A raise of `a` says nothing of `b`, and a stage that was never raised need not wait, so early after the start as
  // it is.
  it('a largest step holds back the stage that was raised, and no other', () => {
    const plan = { limits: { largestStep: 1 } };
    const stages = { a: {}, b: { scaleFactor: 0.5, replicas: 1 } };
    const early = { knownToMs: 1000 };
    const first = outcomeOf({ live: [0, 0, 1201], ...early }, { plan, stages, nowMs: 1000 }); // b: ceil(60.05 / 50)
    expect([first.replicas, first.next.lastRaiseMs]).toEqual([
      [3, 2],
      [1000, 1000],
    ]);
    const onlyA = outcomeOf({ live: [0, 0, 1201] }, { plan, stages, replicas: [2, 2] });
    expect([onlyA.replicas, onlyA.next.lastRaiseMs]).toEqual([
      [3, 2],
      [NOW_MS, null],
    ]);
    const later = { plan, stages, replicas: [3, 2], state: onlyA.next, nowMs: NOW_MS + 1000 };
    const then = outcomeOf({ live: [41, 0, 0], knownToMs: NOW_MS + 1000 }, later); // five and three are asked for
    expect([then.replicas, then.next.lastRaiseMs]).toEqual([
      [3, 3],
      [NOW_MS, NOW_MS + 1000],
    ]);
  });

  it('without a largest step a stage is raised again while the last raise activates', () => {
    const first = outcomeOf({ live: [0, 0, 1201] });
    const again = { replicas: [3], state: first.next, nowMs: NOW_MS + 100 };
    expect(outcomeOf({ live: [41, 0, 0], knownToMs: NOW_MS + 100 }, again).replicas).toEqual([5]);
  });

  it('a largest step downwards', () => {
    expect(outcomeOf({ recentQueries: 0 }, { replicas: [9], plan: { limits: { largestStep: 3 } } }).replicas).toEqual([
      6,
    ]);
  });

  // 400 of 20 in 100 ms is 20 times the plan.
  it.each<[string, Parameters<typeof tunerPlanOf>[1], number[], string]>([
    ['a multiple of the plan', { limits: { largestGrowth: 5 } }, [10, 10], 'largest growth'],
    [
      'unless the stage has a limit of its own',
      { limits: { largestGrowth: 5, mostReplicas: { a: 12, b: 3 } } },
      [12, 3],
      'most replicas',
    ],
    ['never less than the plan', { limits: { largestGrowth: 1 } }, [2, 2], 'largest growth'],
  ])('of growth: %s', (_, plan, expected, limitedBy) => {
    const outcome = outcomeOf({ live: [400, 0, 0] }, { stages: { a: {}, b: {} }, plan: plan! });
    expect(outcome.replicas).toEqual(expected);
    expect(outcome.decision.changes?.map((change) => change.limitedBy)).toEqual([limitedBy, limitedBy]);
  });

  it('fewest replicas: kept when nothing arrives, and reached from below', () => {
    const given = { stages: { a: {}, b: {} }, plan: { limits: { fewestReplicas: { a: 3 } } } };
    expect(outcomeOf({ recentQueries: 0 }, { ...given, replicas: [5, 5] }).replicas).toEqual([3, 1]);
    expect(outcomeOf({ recentQueries: 0 }, { ...given, replicas: [2, 1] }).replicas).toEqual([3, 1]);
    expect(outcomeOf({ recentQueries: 0 }, { ...given, replicas: [3, 1] }).reason).toBe('as needed');
  });

  it('more than the limits allow, set before, is left', () => {
    const plan = { limits: { mostReplicas: { a: 2 } } };
    expect(outcomeOf({ recentQueries: 1250 }, { replicas: [5], plan })).toMatchObject({ kind: 'hold', replicas: [5] });
  });
});

describe('replicas changed by hand', () => {
  const state = afterHandChange(firstState([2, 2], 0), { found: [4, 2], nowMs: 30_000, holdMs: 60_000 });
  const given = { stages: { a: {}, b: {} }, replicas: [4, 2], state };

  it('count as a change and are remembered', () => {
    expect(state).toEqual({
      replicas: [4, 2],
      lastChangeMs: 30_000,
      lastRaiseMs: [null, null],
      handUntilMs: [90_000, null],
    });
  });

  it('stand for a while in both directions; the other stages go on', () => {
    expect(outcomeOf({ recentQueries: 0 }, given).replicas).toEqual([4, 1]);
    expect(outcomeOf({ live: [51, 0, 0] }, given).replicas).toEqual([4, 6]); // 51 of 20: ceil(2·2.55)
  });

  it('and are then the tuner’s again', () => {
    expect(outcomeOf({ recentQueries: 0, knownToMs: 90_000 }, { ...given, nowMs: 90_000 }).replicas).toEqual([1, 1]);
  });

  it('nothing found changed is nothing', () => {
    expect(afterHandChange(state, { found: [4, 2], nowMs: 99_000, holdMs: 1 })).toBe(state);
  });
});
