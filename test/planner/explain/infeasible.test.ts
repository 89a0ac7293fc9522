import { expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import { requiredOnTime } from '../../../src/model/slo.js';
import { placement } from '../../../src/planner/explain/placement.js';
import { planConfiguration } from '../../../src/planner/plan-configuration.js';
import type { SearchSpace } from '../../../src/planner/space/search-space.js';
import { msFromUs } from '../../../src/units.js';
import { outOfSampleTest } from '../../../src/workload/out-of-sample.js';
import { type Instance, instance, simulated, withFloors } from '../instances.js';

const SEARCHES = ['exact', 'greedy'] as const;

/** Few replicas, and of each kind of hardware none, one or two. */
function limited(given: Instance, index: number): Instance {
  const inventory = Object.fromEntries(given.hardware.map(({ name }, h) => [name, [1, 2, 0][(index + h) % 3]!]));
  return { ...given, maxReplicas: 1 + (index % 2), ...(index % 4 === 3 ? {} : { inventory }) };
}

/** The least latency at the percentile of all configurations within the limits; Infinity when there is none. */
function smallestByEnumeration(given: Instance): number {
  const latenciesUs = configurationsByCost(given).map(({ configuration }) => {
    const { latenciesUs } = simulated(given, configuration);
    return latenciesUs[requiredOnTime(latenciesUs.length, given.slo.percentile) - 1]!;
  });
  return Math.min(Number.POSITIVE_INFINITY, ...latenciesUs);
}

/** Mostly of two stages: to try all configurations of three takes long. */
const PROBLEMS = Array.from({ length: 32 }, (_, index) => {
  const stageCount = ([2, 1, 2, 3] as const)[Math.floor(index / 4) % 4]!;
  const drawn = instance(9000 + index, { stageCount, queries: 60 });
  const given = limited(index % 8 === 5 ? withFloors(drawn, index) : drawn, index);
  return { given, smallestUs: smallestByEnumeration(given) };
});

it.each(SEARCHES)(
  'law: the smallest SLO named is the least of all configurations within the limits (%s)',
  { tags: ['slow'] },
  (search) => {
    const seen = { none: 0, some: 0 };
    for (const { given, smallestUs } of PROBLEMS) {
      const planAt = (latencyMs: number) =>
        planConfiguration({ ...given, slo: { ...given.slo, latencyMs } }, { search });
      if (smallestUs === Number.POSITIVE_INFINITY) {
        const result = planAt(1e6);
        expect([result.feasible, 'smallestSloMs' in result, 'bestConfiguration' in result]).toEqual([
          false,
          false,
          false,
        ]);
        seen.none++;
        continue;
      }
      for (const askedUs of [1, smallestUs - 1]) {
        const refused = planAt(msFromUs(askedUs));
        if (refused.feasible) throw new Error('an SLO held that no configuration holds');
        expect(refused).toMatchObject({ smallestSloMs: msFromUs(smallestUs) });
        expect(refused.sloLowerBoundMs).toBeUndefined();
        seen.some++;
      }
      expect(planAt(msFromUs(smallestUs)).feasible).toBe(true);
    }
    expect([seen.none > 2, seen.some > 30]).toEqual([true, true]);
  },
);

it('law: planning at the SLO named succeeds with the out-of-sample test too', { tags: ['slow'] }, () => {
  let checked = 0;
  for (const { given, smallestUs } of PROBLEMS.slice(0, 16)) {
    if (smallestUs === Number.POSITIVE_INFINITY) continue;
    const validation = outOfSampleTest(given.trace, given);
    const planAt = (latencyMs: number) =>
      planConfiguration({ ...given, slo: { ...given.slo, latencyMs } }, { search: 'exact', validation });
    const refused = planAt(msFromUs(smallestUs - 1));
    if (refused.feasible || refused.smallestSloMs === undefined) continue;
    expect(refused.smallestSloMs).toBeGreaterThanOrEqual(msFromUs(smallestUs));
    expect(planAt(refused.smallestSloMs).feasible).toBe(true);
    checked++;
  }
  expect(checked).toBeGreaterThan(5);
});

/** Stages a, b, … that run on these kinds of hardware. */
function space(kinds: readonly (readonly string[])[], inventory: Readonly<Record<string, number>>): SearchSpace {
  const stages = kinds.map((names, s) => ({
    stage: 'abc'[s]!,
    options: names.map((hardware) => ({ hardware })),
  }));
  const limits = { minReplicas: kinds.map(() => 1), maxReplicas: kinds.map(() => 1) };
  return { stages, ...limits, inventory: new Map(Object.entries(inventory)) } as unknown as SearchSpace;
}

it.each([
  { kinds: [['x'], ['x']], stock: { x: 2 }, on: ['x', 'x'] },
  { kinds: [['x', 'y'], ['x']], stock: { x: 1 }, on: ['y', 'x'] },
  { kinds: [['x', 'y'], ['y', 'z'], ['x']], stock: { x: 1, y: 1 }, on: ['y', 'z', 'x'] },
])('$kinds with $stock: every stage finds room, though an earlier one must move', ({ kinds, stock, on }) => {
  const placed = placement(space(kinds, stock as Record<string, number>));
  expect('stuck' in placed ? placed : placed.map(({ hardware }) => hardware)).toEqual(on);
});

it('places stages that must have several replicas where there are as many, though an earlier one must move', () => {
  const one = space([['x', 'y'], ['x'], ['y', 'z']], { x: 3, y: 2, z: 1 });
  const placed = placement({ ...one, minReplicas: [2, 3, 1], maxReplicas: [9, 9, 9] });
  expect(placed).toMatchObject([{ hardware: 'y', replicas: 2 }, { hardware: 'x', replicas: 3 }, { hardware: 'z' }]);
  expect(placement({ ...one, minReplicas: [2, 3, 2], maxReplicas: [9, 9, 9] })).toEqual({ stuck: 2 });
  expect(placement({ ...one, minReplicas: [2, 1, 1], maxReplicas: [1, 9, 9] })).toEqual({ stuck: 0 });
});

it.each([
  { kinds: [['x']], stock: { x: 0 }, stuck: 0 },
  { kinds: [['x'], ['x']], stock: { x: 1 }, stuck: 1 },
  {
    kinds: [
      ['x', 'y'],
      ['x', 'y'],
      ['y', 'x'],
    ],
    stock: { x: 1, y: 1 },
    stuck: 2,
  },
])('$kinds with $stock: stage $stuck finds no room', ({ kinds, stock, stuck }) => {
  expect(placement(space(kinds, stock as Record<string, number>))).toEqual({ stuck });
});
