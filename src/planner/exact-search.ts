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
/** Prefixes that a beam keeps for each stage, hardware and number of replicas, one search after the other. */
const BEAM_WIDTHS = [1, 2] as const;
/** Stage runs after which a beam gives up. */
const BEAM_RUNS = 2000;

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
  /** A further condition on configurations that hold on the trace. It only removes plans, so bounds stay valid. */
  readonly accept?: (configuration: Configuration) => boolean;
}

/**
 * Searches in small steps: each is a few simulations and yields what is known so far, so that a caller can show progress,
 * or stop at any moment with the last state as a certified result.
 */
export function* exactSearch(options: ExactOptions): Generator<SearchState, ExactResult> {
  const search = new ExactSearch(options);
  for (const width of BEAM_WIDTHS) yield* search.beam(width, BEAM_RUNS);
  yield* search.run(Number.POSITIVE_INFINITY);
  return { ...search.state, isProved: true };
}

/** The best configuration that one narrow beam finds within a number of stage runs; a cheap answer without a proof. */
export function beamSearch(options: ExactOptions, maxRuns: number): Incumbent | undefined {
  const search = new ExactSearch(options);
  for (const _ of search.beam(BEAM_WIDTHS[0], maxRuns));
  return search.state.incumbent;
}

/** Where a walk through one hardware vector stands. */
interface Walk {
  readonly vector: TightVector;
  /** Only whole configurations that cost more than `above` and at most `upTo` are of interest. */
  readonly above: number;
  readonly upTo: number;
  /** Prefixes kept at each stage. */
  readonly width: number;
  /** Least cost of stages s, s + 1, …. */
  readonly leastFrom: readonly number[];
}

class ExactSearch {
  state: SearchState = { lowerBound: 0, incumbent: undefined };

  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;
  private readonly ceiling: number;
  private readonly accept: (configuration: Configuration) => boolean;
  private readonly vectors: HardwareVectors;

  constructor({ bounds, space, ceiling, accept }: ExactOptions) {
    this.bounds = bounds;
    this.space = space;
    this.ceiling = ceiling;
    this.accept = accept ?? (() => true);
    this.vectors = new HardwareVectors(bounds, space);
  }

  /** Looks for a better incumbent with `width` prefixes kept at each stage. */
  *beam(width: number, maxRuns: number): Generator<SearchState, void> {
    const { simulator } = this.bounds;
    const last = simulator.stageRuns + maxRuns;
    for (const state of this.run(width)) {
      if (simulator.stageRuns > last) return;
      yield state;
    }
  }

  /**
   * Visits configurations in cost buckets until one is accepted and nothing cheaper is left. With all prefixes kept, every
   * finished bucket raises the lower bound; with some dropped, the search only looks for a better incumbent.
   */
  *run(width: number): Generator<SearchState, void> {
    const isExact = width === Number.POSITIVE_INFINITY;
    let above = 0;
    let upTo = this.vectors.leastBound();
    if (upTo === Number.POSITIVE_INFINITY) {
      this.state = { ...this.state, lowerBound: upTo };
      return;
    }
    for (;;) {
      const last = Math.min(this.ceiling, this.dearest());
      upTo = Math.min(upTo, last);
      for (const vector of this.vectors.within(upTo)) {
        if (vector.costBound > Math.min(upTo, this.dearest())) continue;
        yield* this.walk({ vector, above, upTo, width, leastFrom: sumsFrom(vector.leastCosts) }, 0, []);
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

  /** Extends `choices`, which cost `cost`, by every choice for stage s that no bound rules out. */
  private *walk(walk: Walk, cost: number, choices: readonly StageChoice[]): Generator<SearchState, void> {
    const { vector, above, leastFrom } = walk;
    const s = choices.length;
    const isLast = s === vector.options.length - 1;
    const option = vector.options[s]!;
    const affordable = Math.floor((Math.min(walk.upTo, this.dearest()) - cost - leastFrom[s + 1]!) / option.price);
    const fewest = vector.leastCosts[s]! / option.price;
    for (let replicas = Math.min(affordable, this.mostReplicas(option, choices)); replicas >= fewest; replicas--) {
      const total = cost + replicas * option.price;
      if (isLast && total <= above) return;
      if (total + leastFrom[s + 1]! > this.dearest()) continue;
      if (isLast) {
        yield* this.complete(walk, { choices, replicas, total });
        continue;
      }
      const kept = this.prefixes(walk, choices, replicas);
      if (Number.isFinite(walk.width)) kept.sort(byPromise).splice(walk.width);
      for (const { choice } of kept) {
        yield this.state;
        yield* this.walk(walk, total, [...choices, choice]);
      }
    }
  }

  /** Tries the batch sizes of the last stage; the first that is accepted is the new incumbent. */
  private *complete(
    walk: Walk,
    { choices, replicas, total }: { choices: readonly StageChoice[]; replicas: number; total: number },
  ): Generator<SearchState, void> {
    for (const { choice } of this.prefixes(walk, choices, replicas)) {
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

  /** The batch sizes of the next stage that behave differently and are not refuted, largest first. */
  private prefixes({ vector }: Walk, choices: readonly StageChoice[], replicas: number): Promising[] {
    const s = choices.length;
    const { simulator, capacity, allowedMisses } = this.bounds;
    const { hardware, service, batchSizes } = vector.options[s]!;
    const windowUs = vector.windowsUs[s]!;
    const found: Promising[] = [];
    let cap = Number.POSITIVE_INFINITY;
    for (const maxBatchSize of batchSizes.toReversed()) {
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(s, { service, maxBatchSize, windowUs }) > replicas) break;
      const choice = { hardware, service, maxBatchSize, replicas };
      const prefix = simulator.prefixes.prefix(s, [...choices, choice]);
      // Every cap from the largest batch taken up to this one gives the same batches.
      cap = prefix.largestBatch - 1;
      // With a replica always idle, one fewer behaves the same for less.
      if (prefix.isRefuted || prefix.peakBusy < replicas) continue;
      const misses = simulator.prefixes.certainMisses(s, prefix, vector.restUs[s]!);
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

/** Sums of the entries from s on, for each s, and 0 past the end. */
function sumsFrom(costs: readonly number[]): number[] {
  const sums = [...costs, 0];
  for (let s = costs.length - 1; s >= 0; s--) sums[s]! += sums[s + 1]!;
  return sums;
}
