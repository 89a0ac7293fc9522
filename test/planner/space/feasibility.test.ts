// @module-tag slow
import { expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import type { Configuration } from '../../../src/model/configuration.js';
import { requiredOnTime } from '../../../src/model/slo.js';
import { Feasibility } from '../../../src/planner/space/feasibility.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { type Instance, instances, simulated } from '../instances.js';

const CONFIGURATIONS_EACH = 100;

/** A part of the whole space, spread evenly over its costs. */
function sampleOf(instance: Instance): Configuration[] {
  const all = configurationsByCost(instance);
  const step = Math.max(1, Math.floor(all.length / CONFIGURATIONS_EACH));
  return all.filter((_, i) => i % step === 0).map(({ configuration }) => configuration);
}

it('law: a verdict by bounds, refuted prefixes and memory is the verdict of the plain estimator', () => {
  const seen = { holds: 0, simulated: 0, capacity: 0 };
  for (const instance of instances(0, 60)) {
    const space = searchSpace(instance);
    const feasibility = new Feasibility(traceBounds(instance, space), space);
    for (const configuration of sampleOf(instance)) {
      const judgement = feasibility.judge(configuration);
      const { holds, misses, latenciesUs } = simulated(instance, configuration);
      expect({ configuration, holds: judgement.holds }).toEqual({ configuration, holds });
      seen[judgement.holds ? 'holds' : judgement.reason]++;
      if (!judgement.holds) continue;
      expect(judgement.misses).toBe(misses);
      const rank = requiredOnTime(latenciesUs.length, instance.slo.percentile);
      expect(feasibility.tailUs(configuration)).toBe(latenciesUs[rank - 1]);
    }
  }
  // Each way of deciding is taken often enough to be tested.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(300);
});

it('law: no configuration that holds has fewer replicas at any stage than the capacity bound asks for', () => {
  let holding = 0;
  let tight = 0;
  for (const instance of instances(1000, 120, { queries: 1000 })) {
    const space = searchSpace(instance);
    const feasibility = new Feasibility(traceBounds(instance, space), space);
    for (const configuration of sampleOf(instance)) {
      if (!simulated(instance, configuration).holds) continue;
      holding++;
      configuration.forEach((choice, stage) => {
        const least = feasibility.leastReplicas(stage, choice);
        expect({ configuration, stage, least }).toSatisfy(() => choice.replicas >= least);
        if (least > 1 && choice.replicas === least) tight++;
      });
    }
  }
  expect(holding).toBeGreaterThan(2000);
  expect(tight).toBeGreaterThan(50);
});
