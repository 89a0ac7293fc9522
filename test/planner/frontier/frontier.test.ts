// @module-tag slow
/** Cost against objective, computed together, against one plan at a time. */
import { expect, it } from 'vitest';
import { endsThenMiddles, frontierInSteps } from '../../../src/planner/frontier/frontier.js';
import type { Frontier, FrontierState } from '../../../src/planner/frontier/frontier-result.js';
import { planConfiguration } from '../../../src/planner/plan-configuration.js';
import type { PlanningInput } from '../../../src/planner/space/search-space.js';
import { fitArrivals } from '../../../src/workload/fit-arrivals.js';
import { freshTraffic } from '../../../src/workload/fresh-traffic.js';
import { type Instance, instance, simulated } from '../instances.js';

const TIMES = [0.4, 0.7, 1, 1.2, 1.5, 2, 3];

function latenciesOf({ slo }: Instance): number[] {
  return TIMES.map((times) => Math.round(slo.latencyMs * times * 1000) / 1000);
}

/** Runs to the end, or stops at step `stopAt`. */
function frontierOf(
  input: PlanningInput,
  given: Parameters<typeof frontierInSteps>[1],
  stopAt = Number.POSITIVE_INFINITY,
): { frontier: Frontier; states: FrontierState[] } {
  const states: FrontierState[] = [];
  const steps = frontierInSteps(input, given);
  for (let step = steps.next(); ; step = steps.next(states.length >= stopAt)) {
    if (step.done) return { frontier: step.value, states };
    states.push(step.value);
  }
}

it('law: every point is proved, and costs what a plan for its objective alone costs', () => {
  let infeasible = 0;
  const costs = new Set<number>();
  for (let seed = 31_000; seed < 31_020; seed++) {
    const input = instance(seed, { queries: 600 });
    const { points } = frontierOf(input, { latenciesMs: latenciesOf(input), validation: undefined }).frontier;
    for (const { slo, feasible, isProved, costUsdPerHour, stages } of points) {
      const alone = planConfiguration({ ...input, slo }, { search: 'exact' });
      expect([seed, slo, feasible]).toEqual([seed, slo, alone.feasible]);
      if (!alone.feasible) {
        infeasible++;
        continue;
      }
      costs.add(costUsdPerHour!);
      expect([seed, slo, isProved, costUsdPerHour]).toEqual([seed, slo, true, alone.plan.costUsdPerHour]);
      expect(simulated({ ...input, slo }, stages!).holds).toBe(true);
    }
  }
  expect(infeasible).toBeGreaterThan(5);
  expect(costs.size).toBeGreaterThan(30);
});

it('law: with the promise, too', () => {
  for (let seed = 32_000; seed < 32_006; seed++) {
    const input = instance(seed, { queries: 600 });
    const validation = { traffic: freshTraffic(input.trace, fitArrivals(input.trace), { seed }) };
    const { points } = frontierOf(input, { latenciesMs: latenciesOf(input), validation }).frontier;
    for (const { slo, feasible, isProved, costUsdPerHour, unpromisedCostUsdPerHour } of points) {
      const alone = planConfiguration({ ...input, slo }, { search: 'exact', validation });
      expect([seed, slo, feasible]).toEqual([seed, slo, alone.feasible]);
      if (!alone.feasible) continue;
      const { costUsdPerHour: cost, validated } = alone.plan;
      expect([seed, slo, isProved, costUsdPerHour, unpromisedCostUsdPerHour]).toEqual([
        seed,
        slo,
        true,
        cost,
        validated!.unpromisedCostUsdPerHour,
      ]);
    }
  }
});

it('law: stopped at any moment, every bound and every plan is right', () => {
  let open = 0;
  for (let seed = 33_000; seed < 33_012; seed++) {
    const input = instance(seed, { queries: 600 });
    const given = { latenciesMs: latenciesOf(input), validation: undefined };
    const { frontier, states } = frontierOf(input, given);
    const { points } = frontierOf(input, given, Math.ceil(states.length * ((seed % 10) / 10))).frontier;
    points.forEach((point, index) => {
      const whole = frontier.points[index]!;
      if (!point.isProved) open++;
      if (point.feasible) expect(simulated({ ...input, slo: point.slo }, point.stages!).holds).toBe(true);
      const cost = whole.costUsdPerHour ?? Number.POSITIVE_INFINITY;
      expect([seed, index, point.lowerBoundUsdPerHour ?? cost]).toEqual([
        seed,
        index,
        Math.min(cost, point.lowerBoundUsdPerHour ?? cost),
      ]);
      if (point.isProved) expect(point.costUsdPerHour).toBe(whole.costUsdPerHour);
    });
  }
  expect(open).toBeGreaterThan(5);
});

it('costs less in simulations than one plan after another', () => {
  let together = 0;
  let apart = 0;
  for (let seed = 34_000; seed < 34_006; seed++) {
    const input = instance(seed, { stageCount: 3, queries: 600 });
    const latenciesMs = latenciesOf(input);
    together += frontierOf(input, { latenciesMs, validation: undefined }).frontier.simulations;
    for (const latencyMs of latenciesMs) {
      apart += planConfiguration({ ...input, slo: { ...input.slo, latencyMs } }, { search: 'exact' }).simulations!;
    }
  }
  expect(together).toBeLessThan(0.8 * apart);
});

it.each([
  [1, [0]],
  [2, [1, 0]],
  [3, [2, 0, 1]],
  [9, [8, 0, 4, 2, 6, 1, 3, 5, 7]],
])('takes %d points ends first', (count, order) => {
  expect(endsThenMiddles(count)).toEqual(order);
});
