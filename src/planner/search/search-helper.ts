/** A share of the exact search in another process: what it is asked, and how it answers. */
import { type Bucket, type BucketSearch, type Condition, type Found, judgeBy, type Share } from './bucket-search.js';
import { EXPLORED } from './outcome.js';
import { EVERYTHING } from './walk-choices.js';

/** A bucket, and what of it to visit. */
export interface WorkUnit extends Bucket {
  readonly share: Share;
  /** Beyond this cost nothing is of interest. */
  readonly highestMicroUsd: number;
}

export interface Answer {
  /** The cheapest that was found, the first of them where several cost the same. */
  readonly found: Found | undefined;
}

/** Another process, which does one work unit at a time. */
export interface SearchHelper {
  /** Items to dispatch in simulations before its help pays: starting takes it as long. */
  readonly fromRows: number;
  /** Returns at once. The process gives up a unit that it is still at. */
  ask(unit: WorkUnit): void;
  /** The answer to the last unit; undefined while it lasts. */
  answer(): Answer | 'failed' | undefined;
}

/** Does a work unit in small steps. */
export function* workSteps(
  search: BucketSearch,
  unit: WorkUnit,
  condition: Condition | undefined,
): Generator<void, Answer> {
  let best: Found | undefined;
  yield* search.run(
    { ...unit, breadth: EVERYTHING },
    {
      highestMicroUsd: () => (best === undefined ? unit.highestMicroUsd : best.costMicroUsd - 1),
      take(found) {
        const outcome = unit.isDemanding ? judgeBy(condition, found.configuration) : EXPLORED;
        if (outcome.kind === 'explored') best = found;
        return outcome;
      },
    },
  );
  return { found: best };
}

/** The one that a single process would have found: the cheaper, then the first in the order of the visit. */
export function firstFound(a: Found | undefined, b: Found | undefined): Found | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.costMicroUsd !== b.costMicroUsd) return a.costMicroUsd < b.costMicroUsd ? a : b;
  const i = a.place.findIndex((step, at) => step !== b.place[at]);
  return i < 0 || a.place[i]! < b.place[i]! ? a : b;
}
