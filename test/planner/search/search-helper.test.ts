import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../../src/model/configuration.js';
import { BucketSearch } from '../../../src/planner/search/bucket-search.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import { type Answer, firstFound, type SearchHelper, workSteps } from '../../../src/planner/search/search-helper.js';
import type { SearchState } from '../../../src/planner/search/search-state.js';
import { PER_REPLICA } from '../../../src/planner/space/pricing.js';
import { type PlanningInput, searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { instances } from '../instances.js';

const CEILING = 100_000_000;

type Accept = ((configuration: Configuration) => boolean) | undefined;

function searched(instance: PlanningInput, accept: Accept, helpers: readonly SearchHelper[] = []): SearchState {
  const space = searchSpace(instance);
  const search = exactSearch({
    bounds: traceBounds(instance, space),
    space,
    ceilingMicroUsd: CEILING,
    condition: accept && { accept },
    helpers,
  });
  for (;;) {
    const step = search.next();
    if (step.done) return step.value;
  }
}

/**
 * Does its errands between two questions, as a process would beside them.
 * @param slowness questions that it answers "not yet" before it is through with an errand
 */
function helperFor(
  instance: PlanningInput,
  accept: Accept,
  slowness: number,
): SearchHelper & { errands: number; found: number } {
  const space = searchSpace(instance);
  const search = new BucketSearch({ bounds: traceBounds(instance, space), space, pricing: PER_REPLICA });
  let answer: Answer | undefined;
  let asked = 0;
  return {
    fromRows: 0,
    errands: 0,
    found: 0,
    ask(unit) {
      const steps = workSteps(search, unit, accept && { accept });
      let step = steps.next();
      while (!step.done) step = steps.next();
      answer = step.value;
      asked = 0;
      this.errands++;
      if (answer.found !== undefined) this.found++;
    },
    answer: () => (asked++ < slowness ? undefined : answer),
  };
}

// Refuses by a rule of its own, so that the search must go on upwards: an even number of replicas in all.
const isOdd = (configuration: Configuration) =>
  configuration.reduce((sum, { replicas }) => sum + replicas, 0) % 2 === 1;

describe('other processes', { tags: ['slow'] }, () => {
  it.each([
    ['one answers at once', [0]],
    ['one answers before we are through with its share ourselves', [3]],
    ['one never answers', [Number.POSITIVE_INFINITY]],
    ['two answer, one of them late', [0, 3]],
    ['three answer, one of them never', [5, 0, Number.POSITIVE_INFINITY]],
    ['seven answer at once', [0, 0, 0, 0, 0, 0, 0]],
  ] as const)(
    'law: where %s, the shares find what one search finds, to the batch size, and prove as much',
    (_, slowness) => {
      let errands = 0;
      let found = 0;
      for (const [i, instance] of [...instances(5000, 40, { queries: 1000 })].entries()) {
        const accept = i % 2 === 0 ? undefined : isOdd;
        const helpers = slowness.map((one) => helperFor(instance, accept, one));
        const { simulations: _, ...together } = searched(instance, accept, helpers);
        const { simulations: __, ...alone } = searched(instance, accept);
        expect(withoutPlace(together)).toEqual(withoutPlace(alone));
        for (const helper of helpers) {
          errands += helper.errands;
          found += helper.found;
        }
      }
      expect(errands).toBeGreaterThan(40);
      expect(found).toBeGreaterThan(0);
    },
  );

  it('are done without when they fail', () => {
    for (const instance of instances(5000, 10, { queries: 1000 })) {
      const failing: SearchHelper = { fromRows: 0, ask: () => {}, answer: () => 'failed' };
      expect(withoutPlace(searched(instance, isOdd, [failing, helperFor(instance, isOdd, 0), failing]))).toEqual(
        withoutPlace(searched(instance, isOdd)),
      );
    }
  });
});

/** A place counts vectors of one bucket, and a search that goes on alone has other buckets to say. */
function withoutPlace({ incumbent, onTrace, lowerBoundMicroUsd }: Omit<SearchState, 'simulations'>) {
  return { lowerBoundMicroUsd, incumbent: incumbent?.configuration, onTrace: onTrace?.configuration };
}

it('takes the cheaper, then the first in the order of the visit', () => {
  const found = (costMicroUsd: number, ...place: number[]) => ({ costMicroUsd, place, configuration: [] });
  expect(firstFound(found(2, 1), found(1, 9))!.costMicroUsd).toBe(1);
  expect(firstFound(found(1, 1, 5), found(1, 1, 4))!.place).toEqual([1, 4]);
  expect(firstFound(undefined, found(1, 3))!.place).toEqual([3]);
  expect(firstFound(found(1, 3), undefined)!.place).toEqual([3]);
  expect(firstFound(undefined, undefined)).toBeUndefined();
});
