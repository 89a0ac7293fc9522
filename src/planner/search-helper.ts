/** Half of the exact search in another process: what is asked of it, and how it answers. */
import type { Configuration } from '../model/configuration.js';
import { type Bucket, BucketSearch, type Found, type Share } from './bucket-search.js';
import type { SearchSpace } from './search-space.js';
import { stageRunsOf, type TraceBounds } from './trace-bounds.js';
import { EVERYTHING } from './walk-choices.js';

/** A bucket, and what of it to visit. */
export interface Errand extends Bucket {
  readonly share: Share;
  /** Whole micro-dollars per hour beyond which nothing is of interest. */
  readonly dearest: number;
}

export interface Answer {
  /** The cheapest that was found, the first of them where several cost the same. */
  readonly found: Found | undefined;
  /** Stage simulations run for it. */
  readonly simulations: number;
}

/** Another process, which gets one errand at a time. */
export interface SearchHelper {
  /** Items to dispatch in simulations before its help pays: starting takes it as long. */
  readonly fromRows: number;
  /** Returns at once. */
  ask(errand: Errand): void;
  /** What came of the errand; undefined while it lasts. Waits a few milliseconds at most. */
  answer(): Answer | 'failed' | undefined;
}

/** Does errands, in small steps: what the other process runs. */
export function errandSteps({
  bounds,
  space,
  accept,
}: {
  bounds: TraceBounds;
  space: SearchSpace;
  accept?: ((configuration: Configuration) => boolean) | undefined;
}): (errand: Errand) => Generator<void, Answer> {
  const search = new BucketSearch({ bounds, space });
  return function* (errand) {
    const before = stageRunsOf(bounds);
    let found: Found | undefined;
    const finder = {
      dearest: () => (found === undefined ? errand.dearest : found.cost - 1),
      take(candidate: Found): boolean {
        if (errand.isDemanding && !(accept?.(candidate.configuration) ?? true)) return false;
        found = candidate;
        return true;
      },
    };
    yield* search.run({ ...errand, breadth: EVERYTHING }, finder);
    return { found, simulations: stageRunsOf(bounds) - before };
  };
}

/** The one that a single thread would have found: the cheaper, then the first in the order of the visit. */
export function firstFound(a: Found | undefined, b: Found | undefined): Found | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.cost !== b.cost) return a.cost < b.cost ? a : b;
  const i = a.place.findIndex((step, at) => step !== b.place[at]);
  return i < 0 || a.place[i]! < b.place[i]! ? a : b;
}
