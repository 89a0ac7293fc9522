/**
 * The cheapest configuration that holds, with a proof: best-first search in rising cost over the exact estimator.
 *
 * Source: docs/algorithms.md, "Exact search". A beam finds an incumbent; then every configuration is visited in cost buckets
 * from the lower bound up, and simulated, refuted by one of its prefixes, refuted by the capacity bound, or known to behave
 * like one already simulated. After each bucket nothing that holds costs less than its end: a certified lower bound. When the
 * bound meets the incumbent, the incumbent is proved cheapest. Nothing here assumes that more replicas, larger batches or
 * faster hardware help.
 *
 * Costs are whole micro-dollars per hour, so comparisons are exact.
 */
import type { Configuration } from '../model/configuration.js';
import type { Prefix, StageChoice } from '../simulation/stage-prefixes.js';
import { HardwareVectors, type TightVector } from './hardware-vectors.js';
import type { HardwareOption, SearchSpace } from './search-space.js';
import type { TraceBounds } from './trace-bounds.js';

/** A bucket ends this much above where it began. */
const BUCKET_GROWTH = 1.02;
/** How much of the tree a search looks at. */
interface Breadth {
  /** Hardware vectors in a bucket, cheapest bound first. */
  readonly vectors: number;
  /** Replicas of a stage that is not the last, beyond the fewest that may do. */
  readonly extraReplicas: number;
  /** Prefixes kept for each stage, hardware and number of replicas, most promising first. */
  readonly prefixes: number;
}

/** One after the other, for a good incumbent. */
const BEAMS: readonly Breadth[] = [
  { vectors: 8, extraReplicas: 1, prefixes: 1 },
  { vectors: 32, extraReplicas: 3, prefixes: 2 },
];
const ALL = Number.POSITIVE_INFINITY;
const EVERYTHING: Breadth = { vectors: ALL, extraReplicas: ALL, prefixes: ALL };
/** Stage runs after which a beam gives up. */
const BEAM_RUNS = 4000;

export interface Incumbent {
  readonly configuration: Configuration;
  /** Whole micro-dollars per hour. */
  readonly cost: number;
}

export interface SearchState {
  /** Nothing that is accepted costs less, in whole micro-dollars per hour. */
  readonly lowerBound: number;
  readonly incumbent: Incumbent | undefined;
}

export interface ExactResult extends SearchState {
  /** Whether the bound met the incumbent, or, without one, the ceiling. */
  readonly isProved: boolean;
}

export interface ExactOptions {
  readonly bounds: TraceBounds;
  readonly space: SearchSpace;
  /** Configurations that cost more are not looked at. */
  readonly ceiling: number;
  /** A configuration that is accepted. */
  readonly known?: Incumbent | undefined;
  /** A further condition on configurations that hold on the trace. It only removes plans, so bounds stay valid. */
  readonly accept?: (configuration: Configuration) => boolean;
}

/**
 * Searches in small steps: each is a few simulations and yields what is known so far, so that a caller can show progress,
 * or stop at any moment with the last state as a certified result.
 */
export function* exactSearch(options: ExactOptions): Generator<SearchState, ExactResult> {
  const search = new ExactSearch(options);
  for (const beam of BEAMS) yield* search.beam(beam, BEAM_RUNS);
  yield* search.run(EVERYTHING);
  return { ...search.state, isProved: true };
}

/** Where a walk through one hardware vector stands. */
interface Walk {
  readonly vector: TightVector;
  /** Only whole configurations that cost more than `above` and at most `upTo` are of interest. */
  readonly above: number;
  readonly upTo: number;
  readonly breadth: Breadth;
}

class ExactSearch {
  state: SearchState;

  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;
  private readonly ceiling: number;
  private readonly accept: (configuration: Configuration) => boolean;
  private readonly vectors: HardwareVectors;

  constructor({ bounds, space, ceiling, known, accept }: ExactOptions) {
    this.vectors = new HardwareVectors(bounds, space);
    this.state = { lowerBound: Math.min(this.vectors.leastBound(), ceiling), incumbent: known };
    this.bounds = bounds;
    this.space = space;
    this.ceiling = ceiling;
    this.accept = accept ?? (() => true);
  }

  /** Looks for a better incumbent in a part of the tree. */
  *beam(breadth: Breadth, maxRuns: number): Generator<SearchState, void> {
    const { simulator } = this.bounds;
    const last = simulator.stageRuns + maxRuns;
    for (const state of this.run(breadth)) {
      if (simulator.stageRuns > last) return;
      yield state;
    }
  }

  /**
   * Visits configurations in cost buckets until one is accepted and nothing cheaper is left. Where everything is looked at,
   * every finished bucket raises the lower bound; elsewhere the search only looks for a better incumbent.
   */
  *run(breadth: Breadth): Generator<SearchState, void> {
    const isExact = breadth === EVERYTHING;
    let above = 0;
    let upTo = this.vectors.leastBound();
    if (upTo === Number.POSITIVE_INFINITY) {
      this.state = { ...this.state, lowerBound: upTo };
      return;
    }
    for (;;) {
      const last = Math.min(this.ceiling, this.dearest());
      upTo = Math.min(upTo, last);
      let seen = 0;
      for (const vector of this.vectors.within(upTo)) {
        if (vector.costBound > Math.min(upTo, this.dearest())) continue;
        yield* this.walk({ vector, above, upTo, breadth }, 0, []);
        if (++seen >= breadth.vectors) break;
      }
      const done = upTo >= Math.min(this.ceiling, this.dearest());
      if (isExact) {
        const met = done ? (this.state.incumbent?.cost ?? upTo) : upTo + 1;
        this.state = { ...this.state, lowerBound: Math.max(this.state.lowerBound, met) };
      }
      yield this.state;
      if (done) return;
      above = upTo;
      upTo = Math.ceil(upTo * BUCKET_GROWTH);
    }
  }

  /** The dearest cost that would still improve on the incumbent. */
  private dearest(): number {
    return (this.state.incumbent?.cost ?? Number.POSITIVE_INFINITY) - 1;
  }

  /** Extends `choices`, which cost `cost`, by every choice for the next stage that no bound rules out, cheapest first. */
  private *walk(walk: Walk, cost: number, choices: readonly StageChoice[]): Generator<SearchState, void> {
    const s = choices.length;
    const option = walk.vector.options[s]!;
    const isLast = s === walk.vector.options.length - 1;
    const [least, rest] = this.leastGiven(walk, choices, Math.min(walk.upTo, this.dearest()) - cost);
    const unseen = isLast ? Math.floor((walk.above - cost) / option.price) + 1 : 0;
    const most = this.mostReplicas(option, choices);
    const last = isLast ? most : Math.min(most, least + walk.breadth.extraReplicas);
    for (let replicas = Math.max(least, unseen); replicas <= last; replicas++) {
      const total = cost + replicas * option.price;
      if (total + rest > Math.min(walk.upTo, this.dearest())) return;
      if (isLast) {
        yield* this.complete(walk, { choices, replicas, total });
        continue;
      }
      const kept = this.prefixesOf(walk, s, choices, replicas);
      if (walk.breadth !== EVERYTHING) kept.sort(byPromise).splice(walk.breadth.prefixes);
      for (const { choice } of kept) {
        yield this.state;
        yield* this.walk(walk, total, [...choices, choice]);
      }
    }
  }

  /**
   * Fewest replicas of the next stage, and least cost of those after it, given the choices so far. A stage whose parents are
   * all chosen needs as many replicas as the first number, counting up, under which some batch size is not refuted.
   * @param budget whole micro-dollars per hour left; once the sum is over it, it is not made exact
   */
  private leastGiven({ vector }: Walk, choices: readonly StageChoice[], budget: number): [least: number, rest: number] {
    const s = choices.length;
    const costs = vector.leastCosts.slice(s);
    let sum = costs.reduce((a, b) => a + b, 0);
    for (let j = s; j < vector.options.length && sum <= budget; j++) {
      if (this.bounds.simulator.routing.parents[j]!.some((p) => p >= s)) continue;
      const { price } = vector.options[j]!;
      while (sum <= budget && !this.isPossible(vector, j, choices, costs[j - s]! / price)) {
        costs[j - s]! += price;
        sum += price;
      }
    }
    const rest = sum - costs[0]!;
    return [costs[0]! / vector.options[s]!.price, rest];
  }

  private isPossible(vector: TightVector, stage: number, choices: readonly StageChoice[], replicas: number): boolean {
    return this.prefixesOf({ vector }, stage, choices, replicas, 1).length > 0;
  }

  /** Tries the batch sizes of the last stage; the first that is accepted is the new incumbent. */
  private *complete(
    walk: Walk,
    { choices, replicas, total }: { choices: readonly StageChoice[]; replicas: number; total: number },
  ): Generator<SearchState, void> {
    for (const { choice } of this.prefixesOf(walk, choices.length, choices, replicas)) {
      yield this.state;
      const all = [...choices, choice];
      if (!this.bounds.simulator.judge(all).holds) continue;
      const configuration = all.map(({ hardware, maxBatchSize, replicas: n }, i) => {
        return { stage: this.space.stages[i]!.stage, hardware, maxBatchSize, replicas: n };
      });
      if (!this.accept(configuration)) continue;
      this.state = { ...this.state, incumbent: { configuration, cost: total } };
      return;
    }
  }

  /** The batch sizes of a stage that behave differently and are not refuted, largest first; at most so many. */
  private prefixesOf(
    { vector }: Pick<Walk, 'vector'>,
    stage: number,
    choices: readonly StageChoice[],
    replicas: number,
    most = Number.POSITIVE_INFINITY,
  ): Promising[] {
    const { simulator, capacity, allowedMisses } = this.bounds;
    const { hardware, service, batchSizes } = vector.options[stage]!;
    const windowUs = vector.windowsUs[stage]!;
    const extended = [...choices];
    const found: Promising[] = [];
    let cap = Number.POSITIVE_INFINITY;
    for (let i = batchSizes.length - 1; i >= 0 && found.length < most; i--) {
      const maxBatchSize = batchSizes[i]!;
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs }) > replicas) break;
      const choice = { hardware, service, maxBatchSize, replicas };
      extended[stage] = choice;
      const prefix = simulator.prefixes.prefix(stage, extended);
      // Every cap from the largest batch taken up to this one gives the same batches.
      cap = prefix.largestBatch - 1;
      // With a replica always idle, one fewer behaves the same for less.
      if (prefix.isRefuted || prefix.peakBusy < replicas) continue;
      const misses = simulator.prefixes.certainMisses(stage, prefix, vector.restUs[stage]!);
      if (misses <= allowedMisses) found.push({ choice, prefix, misses });
    }
    return found;
  }

  /** Most replicas that the replica limit and what the inventory has left allow. */
  private mostReplicas({ hardware }: HardwareOption, choices: readonly StageChoice[]): number {
    const used = choices.reduce((sum, choice) => sum + (choice.hardware === hardware ? choice.replicas : 0), 0);
    const left = (this.space.inventory.get(hardware) ?? Number.POSITIVE_INFINITY) - used;
    return Math.min(this.space.maxReplicas, left);
  }
}

/** A choice for a stage whose prefix may still become a plan. */
interface Promising {
  readonly choice: StageChoice;
  readonly prefix: Prefix;
  readonly misses: number;
}

/** Fewest certain misses first, then the earliest departures taken together. */
function byPromise(a: Promising, b: Promising): number {
  return a.misses - b.misses || a.prefix.leavingSumUs - b.prefix.leavingSumUs;
}
