/**
 * The cheapest plans, more than one, at prices that need not be a sum over replicas: buckets of rising cost, as in
 * exact-search.ts, and as exact.
 *
 * Two configurations are one plan when they have the same options and replicas everywhere: of the batch sizes with
 * which it holds, the first found stands for all. A plan that only adds replicas to another of the list is not listed.
 */
import type { Configuration } from '../../model/configuration.js';
import { optionKey, type StageOption } from '../space/option.js';
import type { Pricing } from '../space/pricing.js';
import type { SearchSpace } from '../space/search-space.js';
import { type TraceBounds, wholeRunsOf } from '../space/trace-bounds.js';
import { BUCKET_GROWTH, BucketSearch, type Condition, type Finder, type Incumbent } from './bucket-search.js';
import { backjump, EXPLORED } from './outcome.js';
import { type Breadth, EVERYTHING } from './walk-choices.js';

export interface PlansState {
  /** Nothing else costs less. */
  readonly lowerBoundMicroUsd: number;
  /** Ascending by cost. */
  readonly plans: readonly Incumbent[];
}

export interface PlansOptions {
  readonly bounds: TraceBounds;
  /**
   * Its prices are a lower bound on what `pricing` asks: Σ price × replicas is at most the cost of every configuration.
   */
  readonly space: SearchSpace;
  readonly pricing: Pricing;
  /** How many plans are wanted. */
  readonly most: number;
  /** Plans that hold and are accepted. */
  readonly known?: readonly Incumbent[];
  /** Nothing but what is known costs less, as was proved elsewhere. */
  readonly floorMicroUsd?: number;
  /** What costs more is not looked at. */
  readonly ceilingMicroUsd: number;
  /** A further condition on configurations that hold on the trace. */
  readonly accept?: Condition['accept'] | undefined;
}

export class CheapestPlans {
  private plans: readonly Incumbent[] = [];
  private lowerBoundMicroUsd: number;
  private readonly options: PlansOptions;
  private readonly search: BucketSearch;
  /** Least cost met that is beyond the bucket. */
  private nextMicroUsd = Number.POSITIVE_INFINITY;
  /** Whether a full list has lost entries, so that the bucket left out too much. */
  private hasShrunk = false;

  constructor(options: PlansOptions) {
    const { known = [], floorMicroUsd = 0, ceilingMicroUsd } = options;
    this.options = options;
    this.search = new BucketSearch(options);
    this.lowerBoundMicroUsd = Math.min(ceilingMicroUsd, Math.max(floorMicroUsd, this.search.vectors.leastMicroUsd()));
    for (const plan of known) this.list(plan);
  }

  get state(): PlansState {
    return { lowerBoundMicroUsd: this.lowerBoundMicroUsd, plans: this.plans };
  }

  /**
   * Yields after every few simulations. Where everything is looked at, the bound rises until nothing cheaper is left.
   */
  *run(breadth: Breadth = EVERYTHING): Generator<PlansState, void> {
    const { bounds, accept, ceilingMicroUsd } = this.options;
    const lastRun = wholeRunsOf(bounds) + breadth.maxRuns;
    const isDone = () => wholeRunsOf(bounds) > lastRun;
    const finder = this.finder(isDone);
    let above = this.lowerBoundMicroUsd - 1;
    let upTo = this.lowerBoundMicroUsd;
    while (above < this.highestMicroUsd() && !isDone()) {
      upTo = Math.min(upTo, this.highestMicroUsd());
      this.nextMicroUsd = Number.POSITIVE_INFINITY;
      this.hasShrunk = false;
      const bucket = { aboveMicroUsd: above, upToMicroUsd: upTo, breadth, isDemanding: accept !== undefined };
      for (const _ of this.search.run(bucket, finder)) yield this.state;
      this.nextMicroUsd = Math.min(this.nextMicroUsd, this.search.vectors.nextMicroUsd(upTo));
      if (this.hasShrunk) continue;
      if (breadth === EVERYTHING) {
        const finished = Math.min(upTo, this.highestMicroUsd()) + 1;
        this.lowerBoundMicroUsd = Math.max(this.lowerBoundMicroUsd, finished);
      }
      yield this.state;
      above = upTo;
      upTo = Math.max(Math.ceil(upTo * BUCKET_GROWTH), Math.min(this.nextMicroUsd, ceilingMicroUsd));
    }
  }

  private finder(isDone: () => boolean): Finder {
    return {
      isDone,
      highestMicroUsd: () => this.highestMicroUsd(),
      isCovered: (options, replicas) => this.isCovered(options, replicas),
      passOver: (costMicroUsd) => {
        this.nextMicroUsd = Math.min(this.nextMicroUsd, costMicroUsd);
      },
      take: ({ configuration, costMicroUsd }) => {
        if (this.options.accept?.(configuration) === false) return backjump(configuration.length - 1);
        this.list({ configuration, costMicroUsd });
        return EXPLORED;
      },
    };
  }

  /** The highest cost that still finds a place in the list. */
  private highestMicroUsd(): number {
    const { most, ceilingMicroUsd } = this.options;
    return Math.min(ceilingMicroUsd, (this.plans[most - 1]?.costMicroUsd ?? Number.POSITIVE_INFINITY) - 1);
  }

  /** Whether a plan of the list, or one with fewer replicas, is on the same options. */
  private isCovered(options: readonly StageOption[], replicas: readonly number[]): boolean {
    return this.plans.some(({ configuration }) =>
      configuration.every((c, s) => optionKey(c) === options[s]!.key && c.replicas <= replicas[s]!),
    );
  }

  private list(plan: Incumbent): void {
    const { most } = this.options;
    const wasFull = this.plans.length >= most;
    const others = this.plans.filter(({ configuration }) => !addsReplicas(configuration, plan.configuration));
    const place = others.findIndex(({ costMicroUsd }) => costMicroUsd > plan.costMicroUsd);
    this.plans = others.toSpliced(place < 0 ? others.length : place, 0, plan).slice(0, most);
    this.hasShrunk ||= wasFull && this.plans.length < most;
  }
}

/** Whether a configuration adds replicas to another, and nothing else. */
function addsReplicas(more: Configuration, other: Configuration): boolean {
  return more.every((c, s) => optionKey(c) === optionKey(other[s]!) && c.replicas >= other[s]!.replicas);
}
