// @module-tag slow
/** A search on a long trace that is told to stop: it takes few more steps, and returns the best that it has. */
import { describe, expect, it } from 'vitest';
import type { PlanResult } from '../../src/planner/evidence/plan-result.js';
import { planInSteps } from '../../src/planner/plan-configuration.js';
import type { SearchState } from '../../src/planner/search/search-state.js';
import { randomStream } from '../../src/random.js';
import { outOfSampleTest } from '../../src/workload/out-of-sample.js';
import { hardwareOf, pipelineOf, profileOf } from '../helpers/builders.js';

const QUERIES = 2 ** 19;

/** Half a million queries at 200/s, through two stages. */
function longInput() {
  const random = randomStream(1, 'arrivals');
  const arrivalsUs = new Float64Array(QUERIES);
  for (let q = 1; q < QUERIES; q++) arrivalsUs[q] = arrivalsUs[q - 1]! + Math.ceil(-5_000 * Math.log(1 - random()));
  return {
    pipeline: pipelineOf({ a: {}, b: { parents: [{ from: 'a', probability: 0.5 }] } }),
    profiles: ['a', 'b'].flatMap((model) => [
      profileOf(model, { 1: 20, 8: 60 }, 'cheap'),
      profileOf(model, { 1: 5, 8: 20 }, 'dear'),
    ]),
    hardware: [hardwareOf({ name: 'cheap', costUsdPerHour: 1 }), hardwareOf({ name: 'dear', costUsdPerHour: 5 })],
    serviceModel: 'mean',
    slo: { latencyMs: 120, percentile: 99 },
    seed: 1,
    trace: { arrivalsUs },
  } as const;
}

const INPUT = longInput();
const VALIDATION = outOfSampleTest(INPUT.trace, { seed: 1 });

/** @param isTold whether the caller answers `true` from this state on */
function stopped(isTold: (state: SearchState, step: number) => boolean): { result: PlanResult; stepsAfter: number } {
  const steps = planInSteps(INPUT, { search: 'exact', validation: VALIDATION });
  let answer = false;
  let stepsAfter = 0;
  for (let count = 0, step = steps.next(); ; count++, step = steps.next(answer)) {
    if (step.done) return { result: step.value, stepsAfter };
    if (answer) stepsAfter++;
    answer ||= isTold(step.value, count);
  }
}

/** Steps of one judgement and of what follows it. */
const FEW = 10;

describe('a plan on a long trace', () => {
  it('stops before it has looked at the trace', () => {
    const { result, stepsAfter } = stopped(() => true);
    expect(result).toMatchObject({ feasible: false, reason: expect.stringContaining('was stopped before') });
    expect(stepsAfter).toBe(0);
  });

  it('stops in any phase within few steps, with the best that it has', () => {
    const phases = ['looking at the trace', 'looking for a first plan', 'looking for a good plan', 'proving'];
    for (const phase of phases) {
      let incumbent: SearchState['incumbent'];
      const { result, stepsAfter } = stopped((state) => {
        incumbent = state.incumbent;
        return state.doing === phase;
      });
      expect([phase, result.feasible, stepsAfter <= FEW]).toEqual([phase, incumbent !== undefined, true]);
    }
  });

  it('has a plan, and a bound of what any costs, soon after it begins to look for a good one', () => {
    const { result } = stopped(({ doing }) => doing === 'proving');
    const { certificate, validated } = (result as Extract<PlanResult, { feasible: true }>).plan;
    expect(certificate!.lowerBoundUsdPerHour).toBeGreaterThan(0);
    expect(validated!.promise.holds).toBe(true);
  });
});
