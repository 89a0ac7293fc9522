/** Every configuration within a span of costs, visited depth first in rising cost, or a beam's part of them: what the searches are made of. */
import type { Configuration } from '../../model/configuration.js';
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import { configurationOf, type SearchSpace } from '../space/search-space.js';
import { rowsRunOf, type TraceBounds } from '../space/trace-bounds.js';
import { HardwareVectors } from './hardware-vectors.js';
import { type Breadth, type Demand, EVERYTHING, type Walk, WalkChoices } from './walk-choices.js';

/**
 * Once what follows from a choice has taken this many times the rows of a longer look at the choice itself, that look is taken: it may
 * refute all that follows.
 */
const RENT = 2;

export interface Incumbent {
  readonly configuration: Configuration;
  /** Whole micro-dollars per hour. */
  readonly cost: number;
}

/** An incumbent with its place in the order of the visit: of two that cost the same, the one with the lower place comes first. */
export interface Found extends Incumbent {
  readonly place: readonly number[];
}

/** Costs that are visited: more than `above`, at most `upTo`, both in whole micro-dollars per hour. */
export interface Bucket extends Demand {
  readonly above: number;
  readonly upTo: number;
}

/** The part that one of several processes visits. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** A further condition on configurations that hold on the trace. It only removes plans, so bounds stay valid. */
export interface Condition {
  accept(configuration: Configuration): boolean;
  /**
   * Of a configuration that is not accepted, the fewest first stages whose choices rule out whatever follows on the same hardware; absent, all of
   * them do.
   */
  refusedStages?(configuration: Configuration): number;
}

/** Index of the stage whose choice is refused under those before it; the number of stages where the configuration is accepted. */
export function refusedAt(configuration: Configuration, condition: Condition | undefined): number {
  const stages = configuration.length;
  if (condition?.accept(configuration) ?? true) return stages;
  return (condition!.refusedStages?.(configuration) ?? stages) - 1;
}

/** Who a search works for. */
export interface Finder {
  /** The dearest cost that is still of interest. */
  dearest(): number;
  /**
   * Takes a configuration that holds on the trace with so many misses.
   * @returns the number of stages; where it is not wanted after all, the index of the stage whose choice rules it out under those before it
   */
  take(found: Found, misses: number): number;
}

export class BucketSearch {
  readonly vectors: HardwareVectors;
  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;
  private readonly choices: WalkChoices;

  constructor({ bounds, space }: { bounds: TraceBounds; space: SearchSpace }) {
    this.bounds = bounds;
    this.space = space;
    this.vectors = new HardwareVectors(bounds, space);
    this.choices = new WalkChoices(bounds, space);
  }

  /** Yields after every few simulations. */
  *run(bucket: Bucket & { breadth: Breadth; share?: Share }, finder: Finder): Generator<void, void> {
    let rank = 0;
    let visited = 0;
    for (const vector of this.vectors.within(bucket.upTo)) {
      rank++;
      if (vector.costBound > Math.min(bucket.upTo, finder.dearest())) continue;
      yield* this.walk({ ...bucket, vector, finder, rank }, 0, []);
      if (++visited >= bucket.breadth.vectors) return;
    }
  }

  /**
   * Extends `choices`, which cost `cost`, by every choice for the next stage that no bound rules out, cheapest first.
   * @returns index of a stage whose choice turned out to be refuted, or the number of stages
   */
  private *walk(walk: BucketWalk, cost: number, choices: readonly StageChoice[]): Generator<void, number> {
    const { vector, breadth, finder, above, upTo } = walk;
    const { levels } = this.bounds;
    const s = choices.length;
    const stages = vector.options.length;
    const option = vector.options[s]!;
    const isLast = s === stages - 1;
    const budget = Math.min(upTo, finder.dearest()) - cost;
    const [least, rest] = yield* this.choices.leastGiven(walk, choices, budget);
    const unseen = isLast ? Math.floor((above - cost) / option.price) + 1 : 0;
    const most = this.choices.mostReplicas(option, choices);
    const rowsAtFirst = rowsRunOf(this.bounds);
    let level = breadth === EVERYTHING && s > 0 ? 1 : levels.length;
    let extra = -1;
    for (let replicas = Math.max(least, unseen); replicas <= most; replicas++) {
      const total = cost + replicas * option.price;
      if (total + rest > Math.min(upTo, finder.dearest())) break;
      if (!isOf(walk.share, stages, choices, replicas)) continue;
      let isRefuted = true;
      for (const choice of this.choices.next(walk, choices, replicas)) {
        const all = [...choices, choice];
        yield;
        const refuted = isLast ? this.complete(walk, all, total) : yield* this.walk(walk, total, all);
        if (refuted < s) return refuted;
        if (refuted > s) isRefuted = false;
        if (isLast && refuted > s) break;
        if (level === levels.length) continue;
        if (rowsRunOf(this.bounds) - rowsAtFirst <= RENT * this.choices.rowsOf(level, s)) continue;
        const late = this.choices.refutedOn(level++, walk, choices);
        if (late < s) return late;
      }
      if (!isRefuted && !isLast && ++extra >= breadth.extraReplicas) break;
    }
    return stages;
  }

  /**
   * Judges a whole configuration: where it holds, it is found.
   * @returns index of the stage whose choice is refuted under those before it; more than the last where the finder takes it
   */
  private complete(walk: BucketWalk, all: readonly StageChoice[], cost: number): number {
    const last = all.length - 1;
    const refuted = this.choices.firstRefuted(walk, all);
    if (refuted <= last) return refuted;
    const { holds, misses } = this.bounds.simulator.judge(all);
    if (!holds) return last;
    const place = [walk.rank, ...all.flatMap(({ replicas, maxBatchSize }) => [replicas, -maxBatchSize])];
    const found = { configuration: configurationOf(this.space, all), cost, place };
    return walk.finder.take(found, misses);
  }
}

interface BucketWalk extends Walk {
  readonly finder: Finder;
  readonly share?: Share;
  /** Of the vector, among those of the bucket. */
  readonly rank: number;
}

/**
 * Whether replicas of the next stage belong to a share. Shares take turns in the first stage's replicas, or, where others than the last
 * stage follow it, in the sum of the first two stages': so work is split finely and little of it is done twice.
 */
function isOf(share: Share | undefined, stages: number, choices: readonly StageChoice[], replicas: number): boolean {
  if (share === undefined || choices.length !== (stages > 2 ? 1 : 0)) return true;
  return ((choices[0]?.replicas ?? 0) + replicas) % share.of === share.index;
}
