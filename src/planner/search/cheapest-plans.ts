/**
 * The cheapest plans, more than one, at prices that need not be a sum over replicas: buckets of rising cost over the exact
 * estimator, as in exact-search.ts, and as exact.
 *
 * Two configurations are one plan when they have the same hardware and replicas everywhere: of the batch sizes with which it
 * holds, the first found stands for all. A plan that only adds replicas to another of the list is not listed.
 */
import type { Configuration } from '../../model/configuration.js';
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import type { Pricing } from '../space/pricing.js';
import { configurationOf, type SearchSpace } from '../space/search-space.js';
import { type TraceBounds, wholeRunsOf } from '../space/trace-bounds.js';
import { HardwareVectors, type TightVector } from './hardware-vectors.js';
import { type Breadth, EVERYTHING, type Walk, WalkChoices } from './walk-choices.js';

/** A bucket ends this much above where it began. */
const BUCKET_GROWTH = 1.02;

export interface PricedPlan {
  readonly configuration: Configuration;
  /** Whole micro-dollars per hour. */
  readonly cost: number;
}

export interface PlansState {
  /** Nothing else costs less, in whole micro-dollars per hour. */
  readonly lowerBound: number;
  /** Ascending by cost. */
  readonly plans: readonly PricedPlan[];
}

export interface PlansOptions {
  readonly bounds: TraceBounds;
  /** Its prices are a lower bound on what `pricing` asks: Σ price × replicas is at most the cost of every configuration. */
  readonly space: SearchSpace;
  readonly pricing: Pricing;
  /** How many plans are wanted. */
  readonly most: number;
  /** Plans that hold and are accepted. */
  readonly known?: readonly PricedPlan[];
  /** Nothing but what is known costs less, as was proved elsewhere. */
  readonly floor?: number;
  /** What costs more is not looked at. */
  readonly ceiling: number;
  /** A further condition on configurations that hold on the trace. */
  readonly accept?: ((configuration: Configuration) => boolean) | undefined;
}

export class CheapestPlans {
  private plans: readonly PricedPlan[] = [];
  private lowerBound: number;
  private readonly options: PlansOptions;
  private readonly vectors: HardwareVectors;
  private readonly choices: WalkChoices;
  /** Least cost met that is beyond the bucket. */
  private nextCost = Number.POSITIVE_INFINITY;
  /** Whether a full list has lost entries, so that the bucket left out too much. */
  private hasShrunk = false;

  constructor(options: PlansOptions) {
    const { bounds, space, known = [], floor = 0, ceiling } = options;
    this.options = options;
    this.vectors = new HardwareVectors(bounds, space);
    this.choices = new WalkChoices(bounds, space);
    this.lowerBound = Math.min(ceiling, Math.max(floor, this.vectors.leastBound()));
    for (const plan of known) this.list(plan);
  }

  get state(): PlansState {
    return { lowerBound: this.lowerBound, plans: this.plans };
  }

  /** Yields after every few simulations. Where everything is looked at, the bound rises until nothing cheaper is left. */
  *run(breadth: Breadth = EVERYTHING): Generator<PlansState, void> {
    const { bounds } = this.options;
    const last = wholeRunsOf(bounds) + breadth.maxRuns;
    let above = this.lowerBound - 1;
    let upTo = this.lowerBound;
    while (above < this.dearest() && wholeRunsOf(bounds) <= last) {
      upTo = Math.min(upTo, this.dearest());
      this.nextCost = Number.POSITIVE_INFINITY;
      this.hasShrunk = false;
      yield* this.bucket({ above, upTo, breadth, isDemanding: this.options.accept !== undefined }, last);
      if (this.hasShrunk) continue;
      if (breadth === EVERYTHING) this.lowerBound = Math.max(this.lowerBound, Math.min(upTo, this.dearest()) + 1);
      yield this.state;
      above = upTo;
      upTo = Math.max(Math.ceil(upTo * BUCKET_GROWTH), Math.min(this.nextCost, this.options.ceiling));
    }
  }

  private *bucket(walk: Omit<Walk, 'vector'>, last: number): Generator<PlansState, void> {
    let seen = 0;
    for (const vector of this.vectors.within(walk.upTo)) {
      yield* this.walk({ ...walk, vector }, []);
      if (++seen >= walk.breadth.vectors || wholeRunsOf(this.options.bounds) > last) return;
    }
    this.nextCost = Math.min(this.nextCost, this.vectors.nextBound(walk.upTo));
  }

  /** The dearest cost that still finds a place in the list. */
  private dearest(): number {
    const { most, ceiling } = this.options;
    return Math.min(ceiling, (this.plans[most - 1]?.cost ?? Number.POSITIVE_INFINITY) - 1);
  }

  private *walk(walk: Walk, choices: readonly StageChoice[]): Generator<PlansState, number> {
    const { pricing } = this.options;
    const s = choices.length;
    const { options } = walk.vector;
    const isLast = s === options.length - 1;
    const spent = choices.reduce((sum, { replicas }, i) => sum + replicas * options[i]!.price, 0);
    const budget = Math.min(walk.upTo, this.dearest()) - spent;
    const bounding = this.choices.leastGiven(walk, choices, budget);
    let bounded = bounding.next();
    for (; !bounded.done; bounded = bounding.next()) yield this.state;
    const [least, , leastCosts] = bounded.value;
    const most = this.choices.mostReplicas(options[s]!, choices);
    let extra = -1;
    for (let replicas = least; replicas <= most; replicas++) {
      const counts = options.map(({ price }, i): number => {
        if (i < s) return choices[i]!.replicas;
        return i === s ? replicas : leastCosts[i - s]! / price;
      });
      const cost = pricing.costOf(options, counts);
      if (cost > Math.min(walk.upTo, this.dearest())) {
        this.nextCost = Math.min(this.nextCost, cost);
        break;
      }
      // Whatever follows, it adds to a plan of the list; so do more replicas here.
      if (this.isListed(walk.vector, counts)) break;
      if (isLast && cost <= walk.above) continue;
      let isRefuted = true;
      for (const choice of this.choices.next(walk, choices, replicas)) {
        const all = [...choices, choice];
        yield this.state;
        const refuted = isLast ? this.complete(walk, all, cost) : yield* this.walk(walk, all);
        if (refuted < s) return refuted;
        if (refuted > s) isRefuted = false;
        if (isLast && refuted > s) break;
      }
      if (!isRefuted && !isLast && ++extra >= walk.breadth.extraReplicas) break;
    }
    return options.length;
  }

  /**
   * Judges a whole configuration: where it holds and is accepted, it is listed.
   * @returns index of the stage whose choice is refuted under those before it; more than the last where it is listed
   */
  private complete(walk: Walk, all: readonly StageChoice[], cost: number): number {
    const { bounds, space, accept } = this.options;
    const last = all.length - 1;
    const refuted = this.choices.firstRefuted(walk, all);
    if (refuted <= last) return refuted;
    if (!bounds.simulator.judge(all).holds) return last;
    const configuration = configurationOf(space, all);
    if (!(accept?.(configuration) ?? true)) return last;
    this.list({ configuration, cost });
    return all.length;
  }

  /** Whether a plan of the list, or one with fewer replicas, is on the same hardware. */
  private isListed({ options }: TightVector, replicas: readonly number[]): boolean {
    return this.plans.some(({ configuration }) =>
      configuration.every((c, s) => c.hardware === options[s]!.hardware && c.replicas <= replicas[s]!),
    );
  }

  private list(plan: PricedPlan): void {
    const { most } = this.options;
    const wasFull = this.plans.length >= most;
    const others = this.plans.filter(({ configuration }) => !isMoreOf(configuration, plan.configuration));
    const place = others.findIndex(({ cost }) => cost > plan.cost);
    this.plans = others.toSpliced(place < 0 ? others.length : place, 0, plan).slice(0, most);
    this.hasShrunk ||= wasFull && this.plans.length < most;
  }
}

/** Whether a configuration adds replicas to another, and nothing else. */
function isMoreOf(more: Configuration, other: Configuration): boolean {
  return more.every(({ hardware, replicas }, s) => hardware === other[s]!.hardware && replicas >= other[s]!.replicas);
}
