/** Knative's averages and decisions by hand, and the policy over a stage. */
import { describe, expect, it } from 'vitest';
import { KNATIVE, type KnativeOwn } from '../../src/policies/knative.js';
import type { TargetChoice } from '../../src/policies/policy.js';
import { SecondBuckets } from '../../src/policies/systems/knative-averages.js';
import { type KnativeSpec, knativeDecision, knativeStart } from '../../src/policies/systems/knative-decision.js';
import { decisions, type Shown, viewOf } from './policy-runs.js';

describe('averages', () => {
  it('divide by the age of the data while it is younger than the window', () => {
    const buckets = new SecondBuckets(6, 'linear');
    const averages = [0, 1, 2, 3, 4, 5, 6, 7].map((s) => {
      buckets.record(s, s < 3 ? 6 : 12);
      return buckets.average(s);
    });
    // 6; 6; 6; 30 ÷ 4; 42 ÷ 5; 54 ÷ 6; then the window drops a 6 a second.
    expect(averages).toEqual([6, 6, 6, 7.5, 8.4, 9, 10, 11]);
  });

  it('count a missing second inside the data as 0, and leave silence after it out', () => {
    const buckets = new SecondBuckets(6, 'linear');
    buckets.record(0, 6);
    buckets.record(2, 6);
    expect(buckets.average(2)).toBe(4); // 12 ÷ 3
    expect(buckets.average(4)).toBe(4); // still three seconds of data
    // At 5 s, silence leaves 3 of 6 buckets; at 6 s the sample of 0 s is out: 6 ÷ 2.
    expect([buckets.average(5), buckets.average(6)]).toEqual([4, 3]);
    expect([buckets.isEmpty(8), buckets.isEmpty(9), buckets.average(9)]).toEqual([false, true, 0]);
    buckets.record(20, 5);
    expect(buckets.average(20)).toBe(5); // begins anew
  });

  it('weigh exponentially where asked to', () => {
    // c = max(1 - 0.0001^(1/60), 0.2) = 0.2: 10·0.2 + 10·0.2·0.8 after two seconds, × 0.8 after one of silence.
    const buckets = new SecondBuckets(60, 'weighted-exponential');
    buckets.record(0, 10);
    buckets.record(1, 10);
    expect(buckets.average(1)).toBeCloseTo(3.6, 12);
    expect(buckets.average(2)).toBeCloseTo(2.88, 12);
  });
});

const SPEC: KnativeSpec = {
  ...{ target: 7, total: 10, stableWindowS: 60, panicWindowS: 6, panicThreshold: 2, maxScaleUpRate: 1000 },
  ...{ maxScaleDownRate: 2, scaleDownDelayS: 0, activationScale: 0, targetBurstCapacity: 211, isReachable: true },
};

describe('one decision', () => {
  it.each<
    readonly [string, Partial<KnativeSpec>, [ready: number, stable: number, panic: number], number, string | undefined]
  >([
    ['follows the stable average', {}, [4, 40, 40], 6, undefined],
    ['panics when the short average wants twice what is ready', {}, [2, 10, 40], 6, 'panic'],
    [
      'at most so many times the ready pods',
      { maxScaleUpRate: 1.5, panicThreshold: 10 },
      [4, 70, 70],
      6,
      'max-scale-up-rate',
    ],
    ['at least half of them', {}, [9, 7, 7], 4, 'max-scale-down-rate'],
    ['fewer when nothing can reach it', { isReachable: false }, [9, 7, 7], 1, undefined],
    ['no ready pod counts as one', {}, [0, 5, 5], 1, undefined],
    ['wants zero without load', {}, [1, 0, 0], 0, undefined],
    ['at least the activation scale when it wants any', { activationScale: 3 }, [2, 7, 7], 3, 'max-scale-down-rate'],
  ])('%s', (_, given, [readyPods, stable, panic], pods, limitedBy) => {
    const decided = knativeDecision({ ...SPEC, ...given }, knativeStart(1, 0), { nowS: 100, readyPods, stable, panic });
    expect([decided.pods, decided.limitedBy]).toEqual([pods, limitedBy]);
  });

  it('keeps the most of a panic until a stable window after its last tick', () => {
    let state = knativeStart(1, 0);
    const at = (nowS: number, readyPods: number, load: number) => {
      const decided = knativeDecision(SPEC, state, { nowS, readyPods, stable: load, panic: load });
      state = decided.state;
      return decided.pods;
    };
    expect(at(0, 1, 40)).toBe(6);
    // 6 ready: 12 ÷ 6 = 2 is over again at 10 s; the panic lasts until 70 s and the first tick after it.
    expect([at(10, 6, 84), at(20, 12, 7), at(70, 12, 7), at(72, 12, 7)]).toEqual([12, 12, 12, 6]);
  });

  it('delays a removal', () => {
    let state = knativeStart(1, 0);
    const spec = { ...SPEC, scaleDownDelayS: 4, panicThreshold: 10, maxScaleDownRate: 100 };
    const pods = [40, 7, 7, 7].map((load, i) => {
      const decided = knativeDecision(spec, state, { nowS: i * 2, readyPods: 6, stable: load, panic: load });
      state = decided.state;
      return decided.pods;
    });
    // Two slots of 2 s: the 6 of 0 s still counts at 2 s.
    expect(pods).toEqual([6, 6, 1, 1]);
  });

  it('begins in panic with more than one pod', () => {
    const seen = { nowS: 2, readyPods: 8, stable: 0, panic: 0 };
    expect(knativeDecision(SPEC, knativeStart(8, 0), seen).pods).toBe(8);
  });
});

describe('the policy', () => {
  const make = (own: KnativeOwn, views = [viewOf('a')], target: TargetChoice = { kind: 'shipped' }) =>
    KNATIVE.make({ own, stages: views, target, sloMs: 100, phase: 0, tunerPlan: () => Promise.reject() as never });
  /** So many seconds with so much in flight, a third of it waiting. */
  const flight = (seconds: number, items: number): Shown[] =>
    Array.from({ length: seconds }, () => ({
      stages: [{ queuedItemMs: (items * 1000) / 3, inServiceItemMs: (items * 2000) / 3, completedItems: items * 2 }],
    }));
  const asked = (own: KnativeOwn, shown: readonly Shown[], views = [viewOf('a')]) =>
    decisions(make(own, views), views, shown).map(({ replicas: [count] }) => count);

  it('samples every second, decides every other, and has the default target of 70', () => {
    // 150 in flight ÷ 70 = 3 at the tick of 2 s.
    expect(asked({}, flight(3, 150))).toEqual([1, 3, 3]);
    expect(asked({ target: 10, utilization: 1 }, flight(2, 45))).toEqual([1, 5]);
    // 90 completions a second ÷ (200·0.7) = 1; at 30/s a pod: 3.
    expect(asked({ metric: 'rps' }, flight(2, 45))).toEqual([1, 1]);
    expect(asked({ metric: 'rps', target: 30, utilization: 1 }, flight(2, 45))).toEqual([1, 3]);
    expect(asked({ target: 10, containerConcurrency: 5, utilization: 1 }, flight(2, 45))).toEqual([1, 9]);
  });

  it('keeps its own scale bounds', () => {
    expect(asked({ maxScale: 2 }, flight(2, 700))).toEqual([1, 2]);
    expect(asked({ minScale: 3 }, flight(2, 7))).toEqual([1, 3]);
  });

  it('removes the last pod after the grace period, and comes back when an item waits', () => {
    const views = [viewOf('a', { fewestReplicas: 0 })];
    const idle = Array.from({ length: 33 }, (): Shown => ({}));
    const made = asked({}, [...idle, { stages: [{ queuedItems: 1, queuedItemMs: 70_000 }] }], views);
    // Wanted at 2 s, applied at 32 s; at 34 s one waits.
    expect([made[30], made[31], made[32], made[33]]).toEqual([1, 0, 0, 1]);
  });

  it('at a matched target has the planned replicas in the steady state', () => {
    const views = [viewOf('a', { replicas: 4 })];
    const steady = [{ replicas: 4, rateQps: 100, queuedItems: 2, inServiceItems: 6, utilisation: 0.5 }];
    const at = (factor: number) => {
      const policy = make({}, views, { kind: 'matched', factor, steady });
      return decisions(policy, views, flight(90, 8)).at(-1)!.replicas;
    };
    expect([at(1), at(0.5), at(2)]).toEqual([[4], [8], [2]]);
  });
});
