import { expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import { doubledBatch, searchedBatchSizes, searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { kindOptions } from '../../../src/verifier/options.js';
import { type Instance, instance, simulated } from '../instances.js';

/** The instance with its profiles measured at batch sizes 1 and 4 only. */
function gapped(given: Instance): Instance {
  const profiles = given.profiles.map((profile) => {
    return { ...profile, rows: profile.rows.filter(({ batchSize }) => batchSize !== 2) };
  });
  return { ...given, profiles };
}

function sized(sizes: readonly number[]) {
  const one = instance(1, { stageCount: 1 });
  const { rows } = one.profiles[0]!;
  const profiles = one.profiles.map((profile) => {
    return { ...profile, rows: sizes.map((batchSize) => ({ ...rows[0]!, batchSize, meanMs: batchSize })) };
  });
  return { ...one, profiles };
}

it.each([
  { measured: [1, 2, 4, 8], searched: [1, 2, 4, 8] },
  { measured: [1, 8], searched: [1, 2, 4, 8] },
  { measured: [3, 20], searched: [3, 4, 8, 16, 20] },
  { measured: [1, 3, 6], searched: [1, 2, 3, 4, 6] },
  { measured: [5, 7], searched: [5, 7] },
  { measured: [4], searched: [4] },
])('measured at $measured, the search tries $searched, and so does the verifier', ({ measured, searched }) => {
  const given = sized(measured);
  expect(searchedBatchSizes(given.profiles[0]!)).toEqual(searched);
  expect(kindOptions(given)[0]![0]!.batchSizes).toEqual(searched.toReversed());
});

it.each([
  { at: 1, next: 2 },
  { at: 2, next: 4 },
  { at: 3, next: 6 },
  { at: 4, next: 6 },
  { at: 6, next: undefined },
])('measured at 1, 3 and 6, IncreaseBatch goes from $at to $next', ({ at, next }) => {
  const [stage] = searchSpace(sized([1, 3, 6])).stages;
  const { hardware } = stage!.options[0]!;
  expect(doubledBatch(stage!, { stage: 'a', hardware, maxBatchSize: at, replicas: 1 })).toBe(next);
});

it('law: where profiles have gaps, the plan is the cheapest of all at measured sizes and between', {
  tags: ['slow'],
}, () => {
  let between = 0;
  for (let seed = 5000; seed < 5040; seed++) {
    const full = instance(seed, { stageCount: seed % 3 === 0 ? 2 : 1, queries: 150 });
    const given = gapped(full);
    const space = searchSpace(given);
    const all = configurationsByCost(full);
    const search = exactSearch({
      bounds: traceBounds(given, space),
      space,
      ceilingMicroUsd: all.at(-1)?.costMicroUsd ?? 0,
    });
    let step = search.next();
    while (!step.done) step = search.next();
    const costMicroUsd = step.value.incumbent?.costMicroUsd ?? Number.POSITIVE_INFINITY;
    const cheaper = all.filter((one) => one.costMicroUsd < costMicroUsd);
    expect(cheaper.filter(({ configuration }) => simulated(given, configuration).holds)).toEqual([]);
    const atTwo = step.value.incumbent?.configuration.some(({ maxBatchSize }) => maxBatchSize === 2);
    if (atTwo === true) between++;
  }
  expect(between).toBeGreaterThan(2);
});
