import { expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan/plan.js';
import { historyMs, removalWindows, tunerPlan } from '../../src/tuner/tuner-plan.js';
import { feasiblePlanOf } from '../helpers/results.js';

const HARDWARE = ['v100', 't4', 'cpu'].map((name) => {
  return { name, kind: 'gpu' as const, costUsdPerHour: 1, activationDelayMs: 5000 };
});

/** 100/s; `a` visited by every query, `b` by half, `c` by none; windows of 0.1 s, 1 s and 10 s. */
function planOf(given: { scaleFactors?: readonly number[]; widths?: readonly number[] } = {}): Plan {
  const { scaleFactors = [1, 0.5, 0], widths = [100, 1000, 10_000] } = given;
  const { plan } = feasiblePlanOf();
  const [first] = plan.stages;
  return {
    ...plan,
    predicted: { ...plan.predicted, meanRateQps: 100 },
    stages: scaleFactors.map((scaleFactor, s) => {
      return { ...first!, stage: 'abc'[s]!, hardware: 'cpu', replicas: 2, throughputQps: 80, scaleFactor };
    }),
    envelope: widths.map((windowMs) => ({ windowMs, queries: 7, rateQps: 7 })),
  };
}

// ρ = λ·s ÷ (n·μ): 100 / 160 = 0.625, 50 / 160 = 0.3125, 0. A stage that nobody visits has no slack to go by.
it('takes the least provisioning ratio of the stages that are visited', () => {
  const plan = tunerPlan(planOf(), { hardware: HARDWARE });
  expect(plan.stages.map(({ provisioningRatio }) => provisioningRatio)).toEqual([0.625, 0.3125, 0]);
  expect(plan.leastProvisioningRatio).toBe(0.3125);
  expect(plan.stages[1]).toMatchObject({
    stage: 'b',
    hardware: 'cpu',
    replicas: 2,
    scaleFactor: 0.5,
    costUsdPerHour: 1,
  });
});

it('leaves out windows narrower than what is known, but for the widest', () => {
  const widths = (finestWindowMs: number) =>
    tunerPlan(planOf(), { hardware: HARDWARE, finestWindowMs }).envelope.map(({ windowMs }) => windowMs);
  expect(widths(0)).toEqual([100, 1000, 10_000]);
  expect(widths(1000)).toEqual([1000, 10_000]);
  expect(widths(60_000)).toEqual([10_000]);
});

it('looks back 30 s on windows of 5 s, further on wider ones, and two minutes on the envelope', () => {
  expect(removalWindows(0)).toEqual({ rateWindowMs: 5000, lookBackMs: 30_000, guardMs: 120_000 });
  expect(removalWindows(20_000)).toEqual({ rateWindowMs: 20_000, lookBackMs: 40_000, guardMs: 120_000 });
  expect(removalWindows(90_000)).toEqual({ rateWindowMs: 90_000, lookBackMs: 180_000, guardMs: 180_000 });
});

// The widest window that ended within the two minutes began 10 s before them; a second for the check itself.
it('needs arrivals as far back as its windows reach', () => {
  expect(historyMs(tunerPlan(planOf(), { hardware: HARDWARE }))).toBe(131_000);
});

it('refuses a plan that it cannot tune by, with all that is missing', () => {
  expect(() => tunerPlan(planOf({ widths: [] }), { hardware: HARDWARE })).toThrow('envelope is empty');
  expect(() => tunerPlan(planOf(), { hardware: HARDWARE })).not.toThrow();
});
