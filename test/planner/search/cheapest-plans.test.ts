// @module-tag slow
/** The cheapest plans against every configuration, tried in the order of cost. */
import { expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import type { Configuration } from '../../../src/model/configuration.js';
import { CheapestPlans, type PlansState } from '../../../src/planner/search/cheapest-plans.js';
import { configurationMicroUsd, PER_REPLICA } from '../../../src/planner/space/pricing.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { streamKey } from '../../../src/random.js';
import { type Instance, instance, simulated } from '../instances.js';

const MOST = 3;

type Accept = (configuration: Configuration) => boolean;

function cheapest(input: Instance, accept?: Accept): PlansState[] {
  const space = searchSpace(input);
  const dearest = configurationsByCost(input).at(-1)?.costMicroUsd ?? 0;
  const bounds = traceBounds(input, space);
  const search = new CheapestPlans({
    bounds,
    space,
    pricing: PER_REPLICA,
    most: MOST,
    ceilingMicroUsd: dearest,
    accept,
  });
  return bounds.isImpossible ? [search.state] : [...search.run(), search.state];
}

/** The same by trying everything: of equal hardware and replicas one, and nothing that only adds replicas to another. */
function byEnumeration(input: Instance, accept: Accept = () => true): number[] {
  const found: { costMicroUsd: number; configuration: Configuration }[] = [];
  for (const { costMicroUsd, configuration } of configurationsByCost(input)) {
    if (found.length === MOST) break;
    const addsOnly = found.some(({ configuration: other }) =>
      other.every((c, s) => c.hardware === configuration[s]!.hardware && c.replicas <= configuration[s]!.replicas),
    );
    if (!addsOnly && simulated(input, configuration).holds && accept(configuration)) {
      found.push({ costMicroUsd, configuration });
    }
  }
  return found.map(({ costMicroUsd }) => costMicroUsd);
}

it('law: nothing else that holds costs less than what is listed', () => {
  let full = 0;
  for (let seed = 41_000; seed < 41_018; seed++) {
    const input = instance(seed, { stageCount: ((seed % 2) + 1) as 1 | 2, queries: 200 });
    const states = cheapest(input);
    const { plans, lowerBoundMicroUsd } = states.at(-1)!;
    expect([seed, plans.map(({ costMicroUsd }) => costMicroUsd)]).toEqual([seed, byEnumeration(input)]);
    const space = searchSpace(input);
    for (const { configuration, costMicroUsd } of plans) {
      expect(simulated(input, configuration).holds).toBe(true);
      expect(configurationMicroUsd(space, configuration)).toBe(costMicroUsd);
    }
    if (plans.length === MOST) {
      full++;
      expect(lowerBoundMicroUsd).toBe(plans.at(-1)!.costMicroUsd);
    }
    // Stopped at any moment: below the bound stands all there is.
    for (const { lowerBoundMicroUsd: bound, plans: sofar } of states) {
      const below = (all: PlansState['plans']) =>
        all.filter(({ costMicroUsd }) => costMicroUsd < bound).map(({ costMicroUsd }) => costMicroUsd);
      expect(below(sofar)).toEqual(below(plans));
    }
  }
  expect(full).toBeGreaterThan(3);
});

it('law: nor under a further condition', () => {
  for (let seed = 42_000; seed < 42_010; seed++) {
    const input = instance(seed, { stageCount: ((seed % 2) + 1) as 1 | 2, queries: 200 });
    // By hardware and replicas, which all batch sizes have in common.
    const accept: Accept = (configuration) =>
      streamKey(seed, configuration.map(({ hardware, replicas }) => `${hardware}:${replicas}`).join(' ')) % 3 > 0;
    const { plans } = cheapest(input, accept).at(-1)!;
    expect([seed, plans.map(({ costMicroUsd }) => costMicroUsd)]).toEqual([seed, byEnumeration(input, accept)]);
  }
});
