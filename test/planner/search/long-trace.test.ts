// @module-tag slow
/** What a search does otherwise on a long trace: a plan from its busiest part first, and beams and proof in turns. */
import { describe, expect, it } from 'vitest';
import { cheapestByEnumeration } from '../../../bench/full-enumeration.js';
import type { Configuration } from '../../../src/model/configuration.js';
import { allowedMisses } from '../../../src/model/slo.js';
import { runToEnd } from '../../../src/planner/run-to-end.js';
import { searchPlan } from '../../../src/planner/search/exact-plan.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import type { SearchState } from '../../../src/planner/search/search-state.js';
import { Feasibility } from '../../../src/planner/space/feasibility.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { type TraceBounds, traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { streamKey } from '../../../src/random.js';
import { kindOptions } from '../../../src/verifier/options.js';
import { enteringItems, replayStage, trafficOf } from '../../../src/verifier/stage-replay.js';
import { traceOf } from '../../helpers/builders.js';
import { type Instance, instance, simulated } from '../instances.js';

const REPLAY = { trafficOf, kindOptions, enteringItems, replayStage, allowedMisses };

function drawn(seed: number): Instance {
  return instance(seed, { stageCount: ([2, 3, 4, 1] as const)[seed % 4]!, queries: 150 });
}

/** A trace as short as the tests can afford, treated as a long one. */
function longBounds(given: Instance): TraceBounds {
  return { ...traceBounds(given, searchSpace(given)), isLong: true };
}

function highestCostMicroUsd(given: Instance): number {
  return searchSpace(given).stages.reduce((sum, { options }) => {
    return sum + given.maxReplicas * Math.max(...options.map(({ priceMicroUsd }) => priceMicroUsd));
  }, 0);
}

function search(given: Instance, accept?: (configuration: Configuration) => boolean) {
  const ceilingMicroUsd = highestCostMicroUsd(given);
  const condition = accept && { accept };
  return exactSearch({ bounds: longBounds(given), space: searchSpace(given), ceilingMicroUsd, condition });
}

function statesOf(steps: Generator<SearchState, SearchState>): SearchState[] {
  const states: SearchState[] = [];
  for (;;) {
    const step = steps.next();
    states.push(step.value);
    if (step.done) return states;
  }
}

describe.each([
  ['the trace alone', () => undefined],
  [
    'a further condition',
    (seed: number) => (configuration: Configuration) => streamKey(seed, JSON.stringify(configuration)) % 4 === 0,
  ],
])('under %s', (_, conditionOf) => {
  it('law: in turns too the result holds, nothing that costs less does, and no state on the way claims more', () => {
    let turned = 0;
    for (let seed = 30_000; seed < 30_048; seed++) {
      const given = drawn(seed);
      const accept = conditionOf(seed);
      const states = statesOf(search(given, accept));
      const { incumbent, lowerBoundMicroUsd } = states.at(-1)!;
      if (states.some(({ doing }, i) => doing !== 'proving' && states[i - 1]?.doing === 'proving')) turned++;
      if (incumbent === undefined) continue;
      const { best } = cheapestByEnumeration(given, REPLAY, {
        below: incumbent.costMicroUsd,
        ...(accept && { accept }),
      });
      expect([seed, best]).toEqual([seed, undefined]);
      expect(lowerBoundMicroUsd).toBe(incumbent.costMicroUsd);
      expect([simulated(given, incumbent.configuration).holds, accept?.(incumbent.configuration) ?? true]).toEqual([
        true,
        true,
      ]);
      states.forEach((state, i) => {
        expect(state.lowerBoundMicroUsd).toBeLessThanOrEqual(incumbent.costMicroUsd);
        expect(state.lowerBoundMicroUsd).toBeGreaterThanOrEqual(states[i - 1]?.lowerBoundMicroUsd ?? 0);
        const before = states[i - 1]?.incumbent?.costMicroUsd;
        if (before !== undefined) expect(state.incumbent!.costMicroUsd).toBeLessThanOrEqual(before);
      });
    }
    expect(turned).toBeGreaterThan(5);
  });
});

it('law: the same input goes through the same states', () => {
  for (let seed = 31_000; seed < 31_006; seed++)
    expect(statesOf(search(drawn(seed)))).toEqual(statesOf(search(drawn(seed))));
});

it('law: a plan that starts from the busiest part costs what the other plan costs', () => {
  let planned = 0;
  for (let seed = 32_000; seed < 32_048; seed++) {
    const given = drawn(seed);
    const space = searchSpace(given);
    const costs = [longBounds(given), traceBounds(given, space)].map((bounds) => {
      const { holds, certified } = runToEnd(searchPlan(new Feasibility(bounds, space), undefined));
      return holds ? certified : undefined;
    });
    expect([seed, costs[0]]).toEqual([seed, costs[1]]);
    if (costs[0] !== undefined) planned++;
  }
  expect(planned).toBeGreaterThan(20);
});

it('the busiest part of a trace is the one that lasts the shortest time, from its first query on', () => {
  const given = instance(1, { stageCount: 1, queries: 10 });
  const bounds = traceBounds({ ...given, trace: traceOf([0, 10, 20, 25, 29, 50, 54, 59]) }, searchSpace(given));
  // Of three queries: 20, 25, 29 and 50, 54, 59 last 9 ms both.
  expect([...bounds.busiestPart(3).simulator.arrivalsUs]).toEqual([0, 5_000, 9_000]);
});
