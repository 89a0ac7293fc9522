/**
 * Branch and bound over every configuration within a span of costs, or over a beam's part of them. What both exact
 * searches are made of: the cheapest plan (exact-search.ts) and the cheapest plans (cheapest-plans.ts).
 *
 * The walk is depth first, stage by stage, in rising cost. It prunes a choice that a bound or a simulated prefix rules
 * out, and jumps back to the stage whose choice is to blame.
 */
import type { Configuration } from '../../model/configuration.js';
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import type { StageOption } from '../space/option.js';
import type { Pricing } from '../space/pricing.js';
import { configurationOf, type SearchSpace } from '../space/search-space.js';
import { rowsRunOf, type TraceBounds } from '../space/trace-bounds.js';
import { HardwareVectors } from './hardware-vectors.js';
import { backjump, EXPLORED, type Outcome } from './outcome.js';
import { type Breadth, type Demand, EVERYTHING, type Walk, WalkChoices } from './walk-choices.js';

/** A bucket of a proof ends this much above where it began. */
export const BUCKET_GROWTH = 1.02;
/**
 * Ski rental: once the subtree below a choice has cost this many times a longer look at the choice itself, the walk
 * takes that look. It may prune the rest of the subtree.
 */
const SKI_RENTAL = 2;

export interface Incumbent {
  readonly configuration: Configuration;
  readonly costMicroUsd: number;
}

/**
 * An incumbent with its place in the order of the visit: of two that cost the same, the one with the lower place comes
 * first.
 */
export interface Found extends Incumbent {
  readonly place: readonly number[];
}

/** Costs that are visited: more than `aboveMicroUsd`, at most `upToMicroUsd`. */
export interface Bucket extends Demand {
  readonly aboveMicroUsd: number;
  readonly upToMicroUsd: number;
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
   * Of a configuration that is not accepted, the fewest first stages whose choices rule out whatever follows on the
   * same options. Without this function all stages do.
   */
  refusedStages?(configuration: Configuration): number;
}

/** Whether a condition accepts a configuration, and where the search goes on if not. */
export function judgeBy(condition: Condition | undefined, configuration: Configuration): Outcome {
  if (condition?.accept(configuration) ?? true) return EXPLORED;
  return backjump((condition!.refusedStages?.(configuration) ?? configuration.length) - 1);
}

/** Who a search works for. */
export interface Finder {
  /** The highest cost that is still of interest. */
  highestMicroUsd(): number;
  /** Takes a configuration that holds on the trace with so many misses, or says where to go on. */
  take(found: Found, misses: number): Outcome;
  /** Whether what so many replicas lead to adds nothing to what was found; no more replicas do then. */
  isCovered?(options: readonly StageOption[], replicas: readonly number[]): boolean;
  /** Hears of a cost beyond the bucket. */
  passOver?(costMicroUsd: number): void;
  /** Whether to end before the next hardware vector. */
  isDone?(): boolean;
}

interface BucketWalk extends Walk {
  readonly finder: Finder;
  readonly share?: Share;
  /** Of the vector, among those of the bucket. */
  readonly rank: number;
}

export class BucketSearch {
  readonly vectors: HardwareVectors;
  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;
  private readonly pricing: Pricing;
  private readonly choices: WalkChoices;

  /** @param options the prices of `space` are a lower bound on what `pricing` asks for every configuration */
  constructor({ bounds, space, pricing }: { bounds: TraceBounds; space: SearchSpace; pricing: Pricing }) {
    this.bounds = bounds;
    this.space = space;
    this.pricing = pricing;
    this.vectors = new HardwareVectors(bounds, space);
    this.choices = new WalkChoices(bounds, space);
  }

  /** Yields after every few simulations. Several runs may take turns. */
  *run(bucket: Bucket & { breadth: Breadth; share?: Share }, finder: Finder): Generator<void, void> {
    let rank = 0;
    let visited = 0;
    for (const vector of this.vectors.within(bucket.upToMicroUsd)) {
      rank++;
      if (vector.boundMicroUsd > Math.min(bucket.upToMicroUsd, finder.highestMicroUsd())) continue;
      const reached = vector.options.map(() => 0);
      yield* this.walk({ ...bucket, vector, finder, rank, reached }, []);
      if (++visited >= bucket.breadth.vectors || finder.isDone?.()) return;
    }
  }

  /** Extends `choices` by every choice for the next stage that no bound rules out, cheapest first. */
  private *walk(walk: BucketWalk, choices: readonly StageChoice[]): Generator<void, Outcome> {
    const { vector, breadth, finder } = walk;
    const { levels } = this.bounds;
    const { options } = vector;
    const s = choices.length;
    const isLast = s === options.length - 1;
    const highest = (): number => Math.min(walk.upToMicroUsd, finder.highestMicroUsd());
    const replicas = yield* this.choices.leastReplicas(walk, choices, highest());
    const most = this.choices.mostReplicas(options[s]!, vector, choices);
    const rowsAtFirst = rowsRunOf(this.bounds);
    let level = breadth === EVERYTHING && s > 0 ? 1 : levels.length;
    let extra = -1;
    for (; replicas[s]! <= most; replicas[s]!++) {
      const costMicroUsd = this.pricing.costMicroUsd(options, replicas);
      if (costMicroUsd > highest()) {
        finder.passOver?.(costMicroUsd);
        break;
      }
      if (finder.isCovered?.(options, replicas)) break;
      if (isLast && costMicroUsd <= walk.aboveMicroUsd) continue;
      if (!isOf(walk.share, options.length, choices, replicas[s]!)) continue;
      let isPruned = true;
      for (const choice of this.choices.next(walk, choices, replicas[s]!)) {
        const all = [...choices, choice];
        yield;
        const outcome = yield* isLast ? this.complete(walk, all, costMicroUsd) : this.walk(walk, all);
        if (outcome.kind === 'backjump' && outcome.toStage < s) return outcome;
        if (outcome.kind === 'explored') {
          isPruned = false;
          if (isLast) break;
        }
        if (level === levels.length) continue;
        if (rowsRunOf(this.bounds) - rowsAtFirst <= SKI_RENTAL * this.choices.rowsOf(level, s)) continue;
        const longer = yield* this.choices.look(level++, walk, choices);
        if (longer.kind === 'backjump') return longer;
      }
      if (!isPruned && !isLast && ++extra >= breadth.extraReplicas) break;
    }
    return EXPLORED;
  }

  /** Judges a whole configuration. Where it holds, the finder takes it. */
  private *complete(walk: BucketWalk, all: readonly StageChoice[], costMicroUsd: number): Generator<void, Outcome> {
    const looked = yield* this.choices.lookAtAll(walk, all);
    if (looked.kind === 'backjump') return looked;
    const { holds, misses } = this.bounds.simulator.judge(all);
    if (!holds) return backjump(all.length - 1);
    const place = [walk.rank, ...all.flatMap(({ replicas, maxBatchSize }) => [replicas, -maxBatchSize])];
    const configuration = configurationOf(this.space, walk.vector.options, all);
    return walk.finder.take({ configuration, costMicroUsd, place }, misses);
  }
}

/**
 * Whether replicas of the next stage belong to a share. Shares take turns in the first stage's replicas, or, where
 * others than the last stage follow it, in the sum of the first two stages': so work is split finely and little of it
 * is done twice.
 */
function isOf(share: Share | undefined, stages: number, choices: readonly StageChoice[], replicas: number): boolean {
  if (share === undefined || choices.length !== (stages > 2 ? 1 : 0)) return true;
  return ((choices[0]?.replicas ?? 0) + replicas) % share.of === share.index;
}
