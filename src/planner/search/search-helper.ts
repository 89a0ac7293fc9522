/** Half of the exact search in another process: what is asked of it, and how it answers. */
import { type Bucket, type BucketSearch, type Condition, type Found, refusedAt, type Share } from './bucket-search.js';
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
}

/** Another process, which does one errand at a time. */
export interface SearchHelper {
  /** Items to dispatch in simulations before its help pays: starting takes it as long. */
  readonly fromRows: number;
  /** Returns at once; an errand that is still being done is given up. */
  ask(errand: Errand): void;
  /** What came of the last errand; undefined while it lasts. */
  answer(): Answer | 'failed' | undefined;
}

/** Does an errand in small steps. */
export function* errandSteps(
  search: BucketSearch,
  errand: Errand,
  condition: Condition | undefined,
): Generator<void, Answer> {
  let found: Found | undefined;
  const finder = {
    dearest: () => (found === undefined ? errand.dearest : found.cost - 1),
    take(candidate: Found): number {
      const { configuration } = candidate;
      const refused = errand.isDemanding ? refusedAt(configuration, condition) : configuration.length;
      if (refused === configuration.length) found = candidate;
      return refused;
    },
  };
  yield* search.run({ ...errand, breadth: EVERYTHING }, finder);
  return { found };
}

/** The one that a single thread would have found: the cheaper, then the first in the order of the visit. */
export function firstFound(a: Found | undefined, b: Found | undefined): Found | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.cost !== b.cost) return a.cost < b.cost ? a : b;
  const i = a.place.findIndex((step, at) => step !== b.place[at]);
  return i < 0 || a.place[i]! < b.place[i]! ? a : b;
}
