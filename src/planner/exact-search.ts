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
import type { StageChoice } from '../simulation/prefix.js';
import { HardwareVectors } from './hardware-vectors.js';
import type { SearchSpace } from './search-space.js';
import type { TraceBounds } from './trace-bounds.js';
import { type Breadth, type Demand, EVERYTHING, mostPromising, type Walk, WalkChoices } from './walk-choices.js';

/** A bucket ends this much above where it began. */
const BUCKET_GROWTH = 1.02;
/** A beam takes larger steps: it wants a plan, and raises no bound. */
const BEAM_BUCKET_GROWTH = 1.05;
/** Stage simulations after which a beam gives up that has found nothing at all. */
const FRUITLESS_RUNS = 4000;
/** One after the other, for a good incumbent. */
const BEAMS: readonly Breadth[] = [
  { vectors: 8, extraReplicas: 1, prefixes: 1, maxRuns: 400 },
  { vectors: 32, extraReplicas: 3, prefixes: 2, maxRuns: 200 },
];
/**
 * A beam asks `accept` only of what has fewer misses on the trace than this share of those of everything refused before: what
 * misses as many is likely to be refused as well, and asking is dear.
 */
const WORTH_ASKING = 0.9;

export interface Incumbent {
  readonly configuration: Configuration;
  /** Whole micro-dollars per hour. */
  readonly cost: number;
}

export interface SearchState {
  /** Nothing that is accepted costs less, in whole micro-dollars per hour. */
  readonly lowerBound: number;
  /** The cheapest known configuration that is accepted. */
  readonly incumbent: Incumbent | undefined;
  /** The cheapest known configuration that holds on the trace, accepted or not. */
  readonly onTrace: Incumbent | undefined;
  /** Stage simulations run, whole or until refuted. */
  readonly simulations: number;
}

export interface ExactOptions {
  readonly bounds: TraceBounds;
  readonly space: SearchSpace;
  /** Configurations that cost more are not looked at. */
  readonly ceiling: number;
  /** A configuration that holds on the trace. */
  readonly known?: Incumbent | undefined;
  /** Nothing that holds on the trace costs less, as is known from elsewhere; in whole micro-dollars per hour. */
  readonly floor?: number | undefined;
  /** A further condition on configurations that hold on the trace. It only removes plans, so bounds stay valid. */
  readonly accept?: ((configuration: Configuration) => boolean) | undefined;
  /** A configuration that is accepted, made from one that holds on the trace but is not; it may well be too dear. */
  readonly repair?: (refused: Incumbent) => Incumbent | undefined;
}

/**
 * Searches in small steps: each is a few simulations and yields what is known so far, so that a caller can show progress,
 * or stop at any moment with the last state as a certified result. At the end the bound has met the incumbent, or, without
 * one, the ceiling.
 *
 * What the trace alone refutes needs no further condition: the search first proves the cheapest that holds on the trace, and
 * only where that is refused goes on, upwards from its cost, asking `accept` of all that holds.
 */
export function* exactSearch(options: ExactOptions): Generator<SearchState, SearchState> {
  const search = new ExactSearch(options);
  yield* search.beams({ isDemanding: false });
  if (search.isRefused()) yield* search.beams({ isDemanding: true });
  yield* search.run(EVERYTHING, { isDemanding: false });
  if (search.isRefused()) yield* search.run(EVERYTHING, { isDemanding: true });
  return search.now();
}

/**
 * The first configuration that holds on the trace among those a narrow beam looks at in rising cost: quick and good, without a
 * proof.
 * @param maxRuns stage simulations after which it gives up
 */
export function beamSearch(options: ExactOptions & { readonly maxRuns: number }): Incumbent | undefined {
  const search = new ExactSearch(options);
  const last = options.bounds.simulator.stageRuns + options.maxRuns;
  for (const { onTrace } of search.run(BEAMS[0]!, { isDemanding: false })) {
    if (onTrace !== undefined || options.bounds.simulator.stageRuns > last) return onTrace;
  }
  return search.state.onTrace;
}

class ExactSearch {
  state: SearchState;

  private readonly options: ExactOptions;
  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;
  private readonly vectors: HardwareVectors;
  private readonly choices: WalkChoices;
  /** Fewest misses on the trace of what was refused. */
  private fewestRefused = Number.POSITIVE_INFINITY;

  constructor(options: ExactOptions) {
    const { bounds, space, ceiling, known, floor = 0 } = options;
    this.options = options;
    this.bounds = bounds;
    this.space = space;
    this.vectors = new HardwareVectors(bounds, space);
    this.choices = new WalkChoices(bounds, space);
    const lowerBound = Math.min(Math.max(this.vectors.leastBound(), floor), ceiling);
    const incumbent = options.accept === undefined ? known : undefined;
    this.state = { lowerBound, incumbent, onTrace: known, simulations: 0 };
  }

  /**
   * Whether the cheapest known configuration that holds on the trace is refused. When it is accepted, it is the incumbent; when
   * there is no incumbent, it is repaired to be one.
   */
  isRefused(): boolean {
    const { incumbent, onTrace } = this.state;
    const { accept, repair } = this.options;
    if (accept === undefined || onTrace === undefined || incumbent === onTrace) return false;
    if (this.isAccepted(onTrace.configuration)) {
      this.state = { ...this.state, incumbent: onTrace };
      return false;
    }
    if (incumbent === undefined) this.state = { ...this.state, incumbent: repair?.(onTrace) };
    return true;
  }

  /** Looks for a better incumbent in a part of the tree. */
  *beams(demand: Demand): Generator<SearchState, void> {
    const { simulator } = this.bounds;
    if (this.isSettled(demand.isDemanding)) return;
    for (const breadth of BEAMS) {
      const first = simulator.stageRuns;
      for (const state of this.run(breadth, demand)) {
        const isFruitless = state.onTrace === this.options.known;
        if (simulator.stageRuns - first > (isFruitless ? FRUITLESS_RUNS : breadth.maxRuns)) break;
        yield state;
      }
    }
  }

  /**
   * Visits configurations in cost buckets until nothing that is left could be cheaper than the best. Where everything is looked
   * at, every finished bucket raises the lower bound; elsewhere the search only looks for a better incumbent.
   */
  *run(breadth: Breadth, { isDemanding }: Demand): Generator<SearchState, void> {
    const isExact = breadth === EVERYTHING;
    const least = this.vectors.leastBound();
    if (least === Number.POSITIVE_INFINITY) {
      this.state = { ...this.state, lowerBound: least };
      return;
    }
    if (isExact && this.isSettled(isDemanding)) return;
    let above = isExact ? this.state.lowerBound - 1 : 0;
    let upTo = Math.max(least, above + 1);
    for (;;) {
      upTo = Math.min(upTo, this.dearest(isDemanding));
      let seen = 0;
      for (const vector of this.vectors.within(upTo)) {
        if (vector.costBound > Math.min(upTo, this.dearest(isDemanding))) continue;
        yield* this.walk({ vector, above, upTo, breadth, isDemanding }, 0, []);
        if (++seen >= breadth.vectors) break;
      }
      const done = upTo >= this.dearest(isDemanding);
      if (isExact) {
        const met = done ? (this.best(isDemanding)?.cost ?? upTo) : upTo + 1;
        this.state = { ...this.state, lowerBound: Math.max(this.state.lowerBound, met) };
      }
      yield this.now();
      if (done) return;
      above = upTo;
      upTo = Math.ceil(upTo * (isExact ? BUCKET_GROWTH : BEAM_BUCKET_GROWTH));
    }
  }

  now(): SearchState {
    return { ...this.state, simulations: this.bounds.simulator.stageRuns };
  }

  private best(isDemanding: boolean): Incumbent | undefined {
    return isDemanding ? this.state.incumbent : this.state.onTrace;
  }

  /** Whether nothing can improve on the best. */
  private isSettled(isDemanding: boolean): boolean {
    return this.state.lowerBound > this.dearest(isDemanding);
  }

  /** The dearest cost that would still improve on the best. */
  private dearest(isDemanding: boolean): number {
    return Math.min(this.options.ceiling, (this.best(isDemanding)?.cost ?? Number.POSITIVE_INFINITY) - 1);
  }

  /** Extends `choices`, which cost `cost`, by every choice for the next stage that no bound rules out, cheapest first. */
  private *walk(walk: Walk, cost: number, choices: readonly StageChoice[]): Generator<SearchState, void> {
    const s = choices.length;
    const option = walk.vector.options[s]!;
    const isLast = s === walk.vector.options.length - 1;
    const [least, rest] = this.choices.leastGiven(
      walk,
      choices,
      Math.min(walk.upTo, this.dearest(walk.isDemanding)) - cost,
    );
    const unseen = isLast ? Math.floor((walk.above - cost) / option.price) + 1 : 0;
    const most = this.choices.mostReplicas(option, choices);
    const last = isLast ? most : Math.min(most, least + walk.breadth.extraReplicas);
    for (let replicas = Math.max(least, unseen); replicas <= last; replicas++) {
      const total = cost + replicas * option.price;
      if (total + rest > Math.min(walk.upTo, this.dearest(walk.isDemanding))) return;
      if (isLast) {
        yield* this.complete(walk, { choices, replicas, total });
        continue;
      }
      const found = this.choices.prefixesOf(walk, s, choices, replicas);
      const kept = walk.breadth === EVERYTHING ? found : mostPromising(found, walk.breadth.prefixes);
      for (const { choice } of kept) {
        yield this.now();
        yield* this.walk(walk, total, [...choices, choice]);
      }
    }
  }

  /** Tries the batch sizes of the last stage; the first that is accepted is the new incumbent. */
  private *complete(
    walk: Walk,
    { choices, replicas, total }: { choices: readonly StageChoice[]; replicas: number; total: number },
  ): Generator<SearchState, void> {
    for (const { choice } of this.choices.prefixesOf(walk, choices.length, choices, replicas)) {
      yield this.now();
      const all = [...choices, choice];
      const { holds, misses } = this.bounds.simulator.judge(all);
      if (!holds) continue;
      const configuration = all.map(({ hardware, maxBatchSize, replicas: n }, i) => {
        return { stage: this.space.stages[i]!.stage, hardware, maxBatchSize, replicas: n };
      });
      const found = { configuration, cost: total };
      if (!walk.isDemanding) this.improve(found);
      else if (walk.breadth !== EVERYTHING && misses > WORTH_ASKING * this.fewestRefused) continue;
      else if (this.isAccepted(configuration, misses)) this.state = { ...this.state, incumbent: found };
      else continue;
      return;
    }
  }

  private isAccepted(configuration: Configuration, misses = Number.POSITIVE_INFINITY): boolean {
    if (this.options.accept!(configuration)) return true;
    this.fewestRefused = Math.min(this.fewestRefused, misses);
    return false;
  }

  private improve(onTrace: Incumbent): void {
    const incumbent = this.options.accept === undefined ? onTrace : this.state.incumbent;
    this.state = { ...this.state, incumbent, onTrace };
  }
}
