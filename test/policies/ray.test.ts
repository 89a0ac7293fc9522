/** Ray Serve's aggregate and decisions by hand, and the policy over a stage. */
import { describe, expect, it } from 'vitest';
import { RAY, type RayOwn } from '../../src/policies/ray.js';
import { rayAggregate, rayMerge } from '../../src/policies/systems/ray-aggregate.js';
import { RAY_START, type RaySpec, rayDecision } from '../../src/policies/systems/ray-decision.js';
import { decisions, type Shown, viewOf } from './policy-runs.js';

describe('the aggregate', () => {
  const steps = { atS: [0, 10], value: [2, 4] };

  it('is a mean over time of a step function, whose last value holds until now', () => {
    expect(rayAggregate(rayMerge([steps]), 15, 'mean')).toBeCloseTo((2 * 10 + 4 * 5) / 15, 12);
    expect([rayAggregate(rayMerge([steps]), 15, 'max'), rayAggregate(rayMerge([steps]), 15, 'min')]).toEqual([4, 2]);
    expect(rayAggregate(rayMerge([]), 15, 'mean')).toBe(0);
  });

  it('adds sources up from where the last of them begins', () => {
    // From 6 s on: 2 + 3 until 10 s, 4 + 3 until 15 s.
    const later = { atS: [6], value: [3] };
    expect(rayAggregate(rayMerge([steps, later]), 15, 'mean')).toBeCloseTo((5 * 4 + 7 * 5) / 9, 12);
    expect(rayAggregate(rayMerge([steps, later]), 15, 'max')).toBe(7);
    // A source without requests moves the start as well.
    expect(rayAggregate(rayMerge([steps, { atS: [8], value: [0] }]), 15, 'mean')).toBeCloseTo((2 * 2 + 4 * 5) / 7, 12);
  });
});

const SPEC: RaySpec = {
  ...{ minReplicas: 1, maxReplicas: 30, targetOngoing: 2, upscalingFactor: 1, downscalingFactor: 1 },
  ...{ upscaleDelayS: 30, downscaleDelayS: 600, downscaleToZeroDelayS: 600 },
};

describe('one decision', () => {
  const now = (given: Partial<RaySpec>, ongoing: number, running: number, target = running) => {
    const spec = { ...SPEC, upscaleDelayS: 0, downscaleDelayS: 0, downscaleToZeroDelayS: 0, ...given };
    return rayDecision(spec, RAY_START, { nowS: 0, ongoing, running, target }).replicas;
  };

  it.each<readonly [string, Partial<RaySpec>, [ongoing: number, running: number, target?: number], number]>([
    ['what the target allows', {}, [30, 10], 15],
    ['rounded up', {}, [31, 10], 16],
    ['half of the way with a factor', { upscalingFactor: 0.5 }, [30, 10], 13],
    ['twice the way', { upscalingFactor: 2 }, [30, 10], 20],
    ['down', {}, [6, 10], 3],
    ['down by a tenth of the way', { downscalingFactor: 0.1 }, [0, 10], 9],
    ['one fewer where a factor would stick', { downscalingFactor: 0.1 }, [12, 10], 9],
    ['never from two to none', { minReplicas: 0 }, [0, 2], 1],
    ['from one to none', { minReplicas: 0 }, [0, 1], 0],
    ['at once from none', { minReplicas: 0, upscalingFactor: 3 }, [1, 0, 0], 3],
    ['what starts already, with none running', {}, [0, 0, 4], 4],
    ['by the replicas that run, not by those that start', { upscalingFactor: 0.5 }, [40, 10, 15], 15],
    ['at most', { maxReplicas: 12 }, [60, 10], 12],
    ['at least', { minReplicas: 4 }, [2, 10], 4],
  ])('asks for %s', (_, given, [ongoing, running, target], replicas) => {
    expect(now(given, ongoing, running, target)).toBe(replicas);
  });

  it('waits for the delay without a break, and takes what is wanted then', () => {
    let state = RAY_START;
    const at = (nowS: number, ongoing: number) => {
      const decided = rayDecision(SPEC, state, { nowS, ongoing, running: 10, target: 10 });
      state = decided.state;
      return [decided.replicas, decided.limitedBy];
    };
    expect(at(0, 60)).toEqual([10, 'upscale_delay_s']);
    expect(at(20, 20)).toEqual([10, undefined]); // back at the target: the wait begins anew
    expect(at(25, 80)).toEqual([10, 'upscale_delay_s']);
    expect(at(54, 80)).toEqual([10, 'upscale_delay_s']);
    expect(at(55, 24)).toEqual([12, undefined]);
    expect(at(60, 2)).toEqual([10, 'downscale_delay_s']);
  });
});

describe('the policy', () => {
  const asked = (own: RayOwn, shown: readonly Shown[], views = [viewOf('a')]) => {
    const request = { own, stages: views, target: { kind: 'shipped' } as const, sloMs: 100, phase: 0 };
    const policy = RAY.make({ ...request, tunerPlan: () => Promise.reject() as never });
    return decisions(policy, views, shown).map(({ replicas: [count] }) => count!);
  };
  const flight = (seconds: number, queuedItems: number, inServiceItems: number): Shown[] =>
    Array.from({ length: seconds * 10 }, () => ({ stages: [{ queuedItems, inServiceItems }] }));

  it('sees what was pushed at 5 s, and acts 30 s later', () => {
    // 7 + 1 ÷ 2 = 4, seen from the push of 5 s on (tick 51 is that of 5.1 s; ticks begin at 0.1 s).
    const made = asked({}, flight(40, 7, 1));
    const first = made.findIndex((count) => count > 1);
    expect(made[first]).toBe(4);
    expect((first + 1) / 10).toBeCloseTo(5.1 + 30, 5);
  });

  it('has the delays and the target of its configuration', () => {
    const made = asked({ upscaleDelayS: 0, targetOngoing: 4 }, flight(8, 7, 1));
    expect(made.at(-1)).toBe(2);
    expect(asked({ upscaleDelayS: 0, maxReplicas: 3 }, flight(8, 7, 1)).at(-1)).toBe(3);
  });
});
