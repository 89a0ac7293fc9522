/** Kubernetes' proposals and decisions by hand, and the policies over a stage. */
import { describe, expect, it } from 'vitest';
import { HPA_KINDS, type HpaOwn } from '../../src/policies/hpa.js';
import type { TargetChoice } from '../../src/policies/policy.js';
import { HPA_START, type HpaSpec, hpaDecision } from '../../src/policies/systems/hpa-decision.js';
import {
  combinedProposal,
  cpuProposal,
  externalAverageProposal,
  externalValueProposal,
  type HpaPod,
  podsProposal,
} from '../../src/policies/systems/hpa-metrics.js';
import { decisions, type Shown, viewOf } from './policy-runs.js';

const TOLERANCE = { up: 0.1, down: 0.1 };
const old = (milli: number | undefined): HpaPod => ({
  ...{ phase: 'Running', isReady: true, startedS: -3600, transitionS: -3570 },
  sample: milli === undefined ? undefined : { milli, atS: 990, windowS: 15 },
});
const young = (milli: number): HpaPod => ({ ...old(milli), startedS: 900, transitionS: 980 });
const pending: HpaPod = { phase: 'Pending', isReady: false, startedS: 990, transitionS: 990 };

describe('a proposal by CPU, target 50 % of 1000', () => {
  it.each<readonly [string, readonly HpaPod[], number | undefined]>([
    // 450: u 45, ratio 0.9, within 0.1.
    ['stays within the tolerance', [old(450), old(450)], 2],
    ['rises in proportion', [old(2000), old(2000)], 8],
    // u = ⌊559 ÷ 10⌋ = 55, ratio 1.1: the truncated percent is within.
    ['truncates percents', [old(559), old(559)], 2],
    // Two of 100: ratio 0.2; the third counts as 1000: u 40, ratio 0.8, ⌈0.8·3⌉ = 3.
    ['does not fall where a pod has no sample', [old(100), old(100), old(undefined)], 3],
    // 2 of 800: ratio 1.6; with a third of 0: u 53, ratio 1.06, within.
    ['rises less with a pod that has none', [old(800), old(800), old(undefined)], 3],
    // 1000 each: ratio 2; with two Pending of 0: u 50, within: 4 stay.
    ['counts pods that start on the way up', [old(1000), old(1000), pending, pending], 4],
    // 200 each: ratio 0.4, ⌈0.4·2⌉ = 1: Pending ones are not seen on the way down.
    ['does not see them on the way down', [old(200), old(200), pending, pending], 1],
    // A pod ready since 980 s has no whole window of 15 s at 990 s.
    ['ignores samples of pods that just started', [old(1000), young(5000)], 2],
    ['has none without samples', [old(undefined), pending], undefined],
  ])('%s', (_, pods, proposal) => {
    const given = { pods, nowS: 1000, present: pods.length, tolerance: TOLERANCE, target: 50, requestMilli: 1000 };
    expect(cpuProposal(given)).toBe(proposal);
  });
});

describe('other metrics', () => {
  it('per pod, external by average and by value', () => {
    const pods = { pods: [old(3000), old(5000)], nowS: 1000, present: 2, tolerance: TOLERANCE, targetMilli: 2000 };
    expect(podsProposal(pods)).toBe(4); // 4000 ÷ 2000 × 2
    const average = (milli: number, status: number) =>
      externalAverageProposal({ milli, targetMilli: 10_000, status, tolerance: TOLERANCE });
    expect([average(44_000, 4), average(45_000, 4), average(5000, 4), average(0, 0)]).toEqual([4, 5, 1, 0]);
    const value = (milli: number, present: number) =>
      externalValueProposal({ milli, targetMilli: 10_000, present, readyPods: 3, tolerance: TOLERANCE });
    expect([value(10_500, 5), value(20_000, 5), value(25_000, 0)]).toEqual([5, 6, 3]);
  });

  it('take the largest, and believe only a rise where one fails', () => {
    expect(combinedProposal([3, 5], 4)).toBe(5);
    expect(combinedProposal([undefined, 5], 4)).toBe(5);
    expect(combinedProposal([undefined, 3], 4)).toBeUndefined();
    expect(combinedProposal([undefined], 4)).toBeUndefined();
  });
});

describe('decisions', () => {
  const SPEC: HpaSpec = { minReplicas: 1, maxReplicas: 20, downscaleStabilizationS: 300, behavior: undefined };
  const UP = {
    stabilizationS: 0,
    selectPolicy: 'Max' as const,
    policies: [{ type: 'Pods' as const, value: 2, periodS: 60 }],
  };
  const DOWN = {
    stabilizationS: 60,
    selectPolicy: 'Max' as const,
    policies: [{ type: 'Percent' as const, value: 50, periodS: 60 }],
  };
  const run = (spec: HpaSpec, start: number, proposals: readonly (number | undefined)[]) => {
    let state = HPA_START;
    let present = start;
    return proposals.map((proposal, i) => {
      const decided = hpaDecision(spec, state, { nowS: i * 15, present, proposal });
      state = decided.state;
      present = decided.replicas;
      return present;
    });
  };

  it('at most double, or to four, and down after five minutes', () => {
    expect(run(SPEC, 2, [8, 8, 8])).toEqual([4, 8, 8]);
    const down = run(SPEC, 8, [8, ...new Array<number>(22).fill(2)]);
    // The 8 of 0 s still counts at 300 s, exactly as old as the window.
    expect(down.indexOf(2)).toBe(21);
  });

  it('still climbs to the peak of a spike that is over', () => {
    expect(run(SPEC, 2, [16, 2, 2])).toEqual([4, 8, 16]);
  });

  it('with behavior counts from the start of the period', () => {
    // 2 pods in 60 s: at 60 s the first rise is no longer younger than the period.
    expect(run({ ...SPEC, behavior: { up: UP, down: DOWN } }, 2, [9, 9, 9, 9, 9])).toEqual([4, 4, 4, 4, 6]);
    // Down: the 9 of the start counts for less than 60 s; then half, and half of the start of each minute.
    expect(run({ ...SPEC, behavior: { up: UP, down: DOWN } }, 8, [1, 1, 1, 1, 1, 1])).toEqual([8, 8, 8, 8, 4, 4]);
  });

  it('selects the least change with Min, and none when disabled', () => {
    const policies = [...UP.policies, { type: 'Percent' as const, value: 100, periodS: 60 }];
    const both = (selectPolicy: 'Max' | 'Min' | 'Disabled') =>
      run({ ...SPEC, behavior: { up: { ...UP, policies, selectPolicy }, down: DOWN } }, 4, [20])[0];
    expect([both('Max'), both('Min'), both('Disabled')]).toEqual([8, 6, 4]);
  });

  it('keeps the bounds first, holds without metrics, and stays at a zero that a hand made', () => {
    expect(run({ ...SPEC, maxReplicas: 3 }, 8, [9])).toEqual([3]);
    expect(run({ ...SPEC, minReplicas: 5 }, 2, [1])).toEqual([5]);
    expect(run(SPEC, 4, [undefined, 8])).toEqual([4, 8]);
    expect(run({ ...SPEC, minReplicas: 0 }, 0, [4])).toEqual([0]);
    expect(run({ ...SPEC, minReplicas: 0, downscaleStabilizationS: 0 }, 2, [0, 0, 3])).toEqual([2, 0, 3]);
  });
});

describe('the policies', () => {
  const asked = (
    name: string,
    own: HpaOwn,
    shown: readonly Shown[],
    view = {},
    target: TargetChoice = { kind: 'shipped' },
  ) => {
    const stages = [viewOf('a', { replicas: 2, ...view })];
    const kind = HPA_KINDS.find((one) => one.name === name)!;
    const policy = kind.make({ own, stages, target, sloMs: 100, phase: 0, tunerPlan: () => Promise.reject() as never });
    return decisions(policy, stages, shown).map(({ replicas: [count] }) => count!);
  };
  const ready = { askedAtMs: Number.NEGATIVE_INFINITY, readyAtMs: Number.NEGATIVE_INFINITY };
  const ticks = (count: number, stage: object): Shown[] => Array.from({ length: count }, () => ({ stages: [stage] }));

  it('hpa-cpu sees the utilisation of the sample half a period ago', () => {
    // Two pods, all busy: 100 % of 80: ⌈1.25·2⌉ = 3, at 15 s and then of 3 pods 4.
    const busy = { busyMs: 15_000, readyReplicaMs: 15_000, replicas: [ready, ready] };
    expect(asked('hpa-cpu', {}, ticks(2, busy))).toEqual([2, 3]);
    expect(asked('hpa-cpu', { target: 200 }, ticks(2, busy))).toEqual([2, 2]);
  });

  it('hpa-rate follows the mean rate of a minute', () => {
    // 50/s a replica, 70 % of it: 35. 140/s: 4, from the first 15 s on.
    const at140 = ticks(2, { enteredItems: 1050 });
    expect(asked('hpa-rate', {}, at140)).toEqual([2, 4]);
    expect(asked('hpa-rate', { target: 14 }, at140)).toEqual([2, 4]); // 10 wanted, at most double or 4
    // After a minute of nothing, 140/s for 15 s are 35/s.
    expect(asked('hpa-rate', {}, [...ticks(8, {}), ...at140]).at(-1)).toBe(2);
  });

  it('keda-queue follows the items that wait now', () => {
    expect(asked('keda-queue', {}, ticks(2, { queuedItems: 16 }))).toEqual([2, 4]);
    expect(asked('keda-queue', { target: 8 }, ticks(2, { queuedItems: 16 }))).toEqual([2, 2]);
  });

  it('keda-queue goes to zero after the cooldown where it may, and back at a poll', () => {
    const idle = ticks(45, {});
    const made = asked('keda-queue', {}, [...idle, ...ticks(5, { queuedItems: 3 })], { fewestReplicas: 0 });
    // Polls at 7.5 s, 37.5 s, …; at 307.5 s, tick 40, nothing was found for 300 s. The HPA holds
    // its first two until 315 s.
    expect([made[39], made[40], made[44]]).toEqual([2, 0, 0]);
    expect(made.slice(45)).toEqual([0, 0, 0, 1, 1]);
    expect(asked('keda-queue', {}, idle).at(-1)).toBe(1);
  });

  it('at matched targets have the planned replicas in the steady state', () => {
    const steady = [{ replicas: 2, rateQps: 60, queuedItems: 3, inServiceItems: 2, utilisation: 0.6 }];
    const at = (name: string, factor: number, stage: object) =>
      asked(name, {}, ticks(2, stage), {}, { kind: 'matched', factor, steady })[1];
    expect([1, 0.5].map((factor) => at('hpa-rate', factor, { enteredItems: 450 }))).toEqual([2, 4]);
    expect([1, 0.5].map((factor) => at('keda-queue', factor, { queuedItems: 3 }))).toEqual([2, 4]);
    const busy = { busyMs: 9000, readyReplicaMs: 15_000, replicas: [ready, ready] };
    expect([1, 0.5].map((factor) => at('hpa-cpu', factor, busy))).toEqual([2, 4]);
  });
});
