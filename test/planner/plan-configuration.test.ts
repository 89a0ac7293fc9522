// @module-tag slow
import { expect, it } from 'vitest';
import { configurationsByCost } from '../../bench/small-instances.js';
import type { Configuration } from '../../src/model/configuration.js';
import { configurationCostMicroUsd } from '../../src/model/cost.js';
import type { Plan } from '../../src/model/plan/plan.js';
import { SEARCHES } from '../../src/model/plan/search.js';
import { requiredOnTime } from '../../src/model/slo.js';
import { planConfiguration } from '../../src/planner/plan-configuration.js';
import { msFromUs, usFromMs } from '../../src/units.js';
import { type Instance, instances, simulated } from './instances.js';

function configurationOf({ stages }: Plan): Configuration {
  return stages.map(({ stage, hardware, maxBatchSize, replicas }) => ({ stage, hardware, maxBatchSize, replicas }));
}

function withoutLimits(instance: Instance): Omit<Instance, 'maxReplicas' | 'inventory'> {
  const { maxReplicas: _, inventory: __, ...rest } = instance;
  return rest;
}

it.each(SEARCHES)('law: a plan holds in the plain estimator and predicts what that says (%s)', (search) => {
  let feasible = 0;
  for (const instance of instances(0, 60)) {
    const result = planConfiguration(instance, { search });
    if (!result.feasible) continue;
    feasible++;
    const { latenciesUs, misses, holds } = simulated(instance, configurationOf(result.plan));
    expect(holds).toBe(true);
    expect(result.plan.predicted.maxMs).toBe(msFromUs(latenciesUs.at(-1)!));
    expect(result.plan.predicted.sloAttainment).toBeCloseTo(1 - misses / latenciesUs.length, 6);
    expect(result.plan.costUsdPerHour).toBeCloseTo(
      configurationCostMicroUsd(configurationOf(result.plan), instance.hardware) / 1e6,
      9,
    );
  }
  expect(feasible).toBeGreaterThan(30);
});

it.each(SEARCHES)('law: a plan keeps to the replica limit and the inventory (%s)', (search) => {
  let limited = 0;
  for (const instance of instances(0, 120)) {
    const { maxReplicas, inventory = {} } = instance;
    const result = planConfiguration(instance, { search });
    const configuration = result.feasible ? configurationOf(result.plan) : [];
    for (const { replicas } of configuration) expect(replicas).toBeLessThanOrEqual(maxReplicas);
    for (const [kind, limit] of Object.entries(inventory)) {
      const used = configuration.reduce((n, c) => n + (c.hardware === kind ? c.replicas : 0), 0);
      expect(used).toBeLessThanOrEqual(limit);
      if (result.feasible) limited++;
    }
  }
  expect(limited).toBeGreaterThan(3);
});

it.each(SEARCHES)(
  'law: a limit for every stage by name is the limit for any stage, and one stage keeps to its own (%s)',
  (search) => {
    let tighter = 0;
    for (const instance of instances(4000, 40)) {
      const { maxReplicas, ...rest } = instance;
      const names = instance.pipeline.stages.map(({ name }) => name);
      const general = planConfiguration(instance, { search });
      const named = planConfiguration(
        { ...rest, stageMaxReplicas: Object.fromEntries(names.map((name) => [name, maxReplicas])) },
        { search },
      );
      expect(named.feasible).toBe(general.feasible);
      if (!general.feasible || !named.feasible) continue;
      expect(configurationOf(named.plan)).toEqual(configurationOf(general.plan));
      const largest = general.plan.stages.reduce((a, b) => (b.replicas > a.replicas ? b : a));
      if (largest.replicas === 1) continue;
      const limit = { [largest.stage]: largest.replicas - 1 };
      const limited = planConfiguration({ ...instance, stageMaxReplicas: limit }, { search });
      if (!limited.feasible) continue;
      tighter++;
      const { replicas } = limited.plan.stages.find(({ stage }) => stage === largest.stage)!;
      expect(replicas).toBeLessThan(largest.replicas);
      if (search === 'exact')
        expect(limited.plan.costUsdPerHour).toBeGreaterThanOrEqual(general.plan.costUsdPerHour - 1e-9);
    }
    expect(tighter).toBeGreaterThan(3);
  },
);

it.each(SEARCHES)('law: no plan is cheaper than the cheapest of all configurations that hold (%s)', (search) => {
  const seen = { optimal: 0, dearer: 0, missed: 0, impossible: 0 };
  for (const instance of instances(2000, 24, { queries: 600 })) {
    if (instance.pipeline.stages.length > 2) continue;
    const cheapest = configurationsByCost(instance).find(
      ({ configuration }) => simulated(instance, configuration).holds,
    );
    const result = planConfiguration(instance, { search });
    if (cheapest === undefined) {
      expect(result.feasible).toBe(false);
      seen.impossible++;
    } else if (!result.feasible) seen.missed++;
    else {
      const cost = configurationCostMicroUsd(configurationOf(result.plan), instance.hardware);
      expect(cost).toBeGreaterThanOrEqual(cheapest.costMicroUsd);
      seen[cost === cheapest.costMicroUsd ? 'optimal' : 'dearer']++;
    }
  }
  expect(seen.optimal).toBeGreaterThan(5);
  if (search === 'exact') expect(seen.dearer + seen.missed).toBe(0);
});

it.each(SEARCHES)('law: the same input gives the same result, move by move (%s)', (search) => {
  for (const instance of instances(300, 12))
    expect(planConfiguration(instance, { search })).toEqual(planConfiguration(instance, { search }));
});

it.each(SEARCHES)('law: the shares of the tail sum to 1 (%s)', (search) => {
  for (const instance of instances(400, 40)) {
    const result = planConfiguration(instance, { search });
    if (!result.feasible) continue;
    const shares = result.plan.stages.map(({ tailShare }) => tailShare);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(0);
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  }
});

/** With tables that never fall from one size to the next, batches of one on the fastest hardware are the fastest way of all. */
function hasRisingTables({ profiles }: Instance): boolean {
  return profiles.every(({ rows }) => rows.every((row, i) => i === 0 || row.meanMs >= rows[i - 1]!.meanMs));
}

it.each(SEARCHES)(
  'law: without limits the smallest objective named is feasible, and one a microsecond smaller is not (%s)',
  (search) => {
    let checked = 0;
    for (const instance of instances(500, 40, { queries: 800 }).filter(hasRisingTables)) {
      const unlimited = withoutLimits(instance);
      const planAt = (latencyMs: number) =>
        planConfiguration({ ...unlimited, slo: { ...instance.slo, latencyMs } }, { search });
      const refused = planAt(msFromUs(1));
      if (refused.feasible) throw new Error('an objective of 1 µs held');
      const smallestMs = refused.smallestSloMs!;
      expect(planAt(smallestMs).feasible).toBe(true);
      const below = planAt(msFromUs(usFromMs(smallestMs) - 1));
      if (below.feasible) throw new Error('an objective below the smallest held');
      expect(below.smallestSloMs).toBe(smallestMs);
      expect(below.sloAttainment! * 100).toBeLessThan(instance.slo.percentile);
      expect(instance.pipeline.stages.map(({ name }) => name)).toContain(below.bindingStage);
      checked++;
    }
    expect(checked).toBeGreaterThan(20);
  },
);

it.each(SEARCHES)(
  'law: without limits a plan is found whenever batches of one on the fastest hardware hold without queues (%s)',
  (search) => {
    let tightest = 0;
    for (const instance of instances(700, 60, { queries: 800 })) {
      const unlimited = withoutLimits(instance);
      const fastest = instance.pipeline.stages.map(({ name, model }) => {
        const onEach = instance.profiles.filter((profile) => profile.model === model);
        const { hardware } = onEach.reduce((a, b) => (b.rows[0]!.meanMs < a.rows[0]!.meanMs ? b : a));
        return { stage: name, hardware, maxBatchSize: 1, replicas: 3 * instance.trace.arrivalsUs.length };
      });
      const { latenciesUs } = simulated(unlimited, fastest);
      const rank = requiredOnTime(latenciesUs.length, instance.slo.percentile);
      for (const stretch of [1, 1.02, 1.2]) {
        const latencyMs = msFromUs(Math.ceil(latenciesUs[rank - 1]! * stretch));
        expect(planConfiguration({ ...unlimited, slo: { ...instance.slo, latencyMs } }, { search }).feasible).toBe(
          true,
        );
        tightest++;
      }
    }
    expect(tightest).toBe(180);
  },
);
