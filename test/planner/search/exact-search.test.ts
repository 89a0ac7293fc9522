// @module-tag slow
import { expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import { Feasibility } from '../../../src/planner/space/feasibility.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { instances, simulated } from '../instances.js';

it('law: what the exact search proves is the cheapest of all configurations that hold, and its bounds never lie', () => {
  const seen = { proved: 0, none: 0 };
  for (const instance of instances(3000, 60, { queries: 1000 })) {
    const space = searchSpace(instance);
    const bounds = traceBounds(instance, space);
    const all = configurationsByCost(instance);
    const feasibility = new Feasibility(bounds, space);
    const cheapest = all.find(({ configuration }) => feasibility.judge(configuration).holds);
    const ceilingMicroUsd = all.at(-1)!.costMicroUsd;
    const search = exactSearch({ bounds: traceBounds(instance, space), space, ceilingMicroUsd });
    let step = search.next();
    for (; !step.done; step = search.next()) {
      if (cheapest !== undefined) expect(step.value.lowerBoundMicroUsd).toBeLessThanOrEqual(cheapest.costMicroUsd);
    }
    const { incumbent, lowerBoundMicroUsd } = step.value;
    expect(incumbent?.costMicroUsd).toBe(cheapest?.costMicroUsd);
    if (incumbent === undefined) {
      expect(lowerBoundMicroUsd).toBeGreaterThanOrEqual(ceilingMicroUsd);
      seen.none++;
    } else {
      expect(lowerBoundMicroUsd).toBe(incumbent.costMicroUsd);
      expect(simulated(instance, incumbent.configuration).holds).toBe(true);
      seen.proved++;
    }
  }
  expect(seen.proved).toBeGreaterThan(30);
  expect(seen.none).toBeGreaterThan(3);
});
