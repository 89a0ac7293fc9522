/**
 * The cheapest configuration that holds, with a proof: best-first search in rising cost over the exact estimator.
 *
 * Source: docs/algorithms.md, "Exact search". A beam finds an incumbent; then every configuration is visited in cost
 * buckets from the lower bound up, and simulated, pruned by one of its prefixes, pruned by the capacity bound, or
 * dominated by one already simulated. After each bucket nothing that holds costs less than its end: a certified lower
 * bound. When the bound meets the incumbent, the incumbent is proved cheapest. Nothing here assumes that more replicas,
 * larger batches or faster hardware help.
 *
 * Money is in whole micro-dollars per hour, so comparisons are exact.
 */
import type { Configuration } from '../../model/configuration.js';
import { PER_REPLICA } from '../space/pricing.js';
import { rowsRunOf, stageRunsOf, wholeRunsOf } from '../space/trace-bounds.js';
import { BUCKET_GROWTH, type Bucket, BucketSearch, type Found, type Incumbent, judgeBy } from './bucket-search.js';
import { backjump, EXPLORED, type Outcome } from './outcome.js';
import { type Answer, firstFound, type SearchHelper, type WorkUnit, workSteps } from './search-helper.js';
import type { ExactOptions, SearchState } from './search-state.js';
import { turnOf } from './turns.js';
import { type Breadth, type Demand, EVERYTHING } from './walk-choices.js';

/** A beam takes larger steps: it wants a plan, and raises no bound. */
const BEAM_BUCKET_GROWTH = 1.05;
/** Work after which a beam gives up that has found nothing at all, in stage simulations on the whole trace. */
const FRUITLESS_RUNS = 4000;
/** One after the other, for a good incumbent. */
const BEAMS: readonly Breadth[] = [
  { vectors: 8, extraReplicas: 1, prefixes: 1, maxRuns: 400 },
  { vectors: 32, extraReplicas: 3, prefixes: 2, maxRuns: 200 },
];
/** What is going on, for a person. */
const LOOKING = 'looking for a good plan';
const PROVING = 'proving';
/**
 * During a beam, call `accept` only when misses are at most this share of the fewest rejected so far: what misses as
 * many is likely to be rejected too, and `accept` is expensive.
 */
const WORTH_ASKING = 0.9;

/**
 * Searches in small steps: each is a few simulations and yields what is known so far, so that a caller can show
 * progress, or stop at any moment with the last state as a certified result. At the end the bound has met the
 * incumbent, or, without one, the ceiling.
 *
 * What the trace alone prunes needs no further condition: the search first proves the cheapest that holds on the trace,
 * and only where that is refused goes on, upwards from its cost, asking `accept` of all that holds.
 *
 * The beams come before the proof. On a long trace the two take turns, since the beams alone would take longer than a
 * caller waits for a first bound.
 */
export function* exactSearch(options: ExactOptions): Generator<SearchState, SearchState> {
  const search = new ExactSearch(options);
  if (options.bounds.isLong) yield* search.inTurns(search.find(), search.proveAll());
  else {
    yield* search.find();
    yield* search.proveAll();
  }
  return search.now();
}

/**
 * The first configuration that holds on the trace among those a narrow beam looks at in rising cost: quick and good,
 * without a proof.
 * @param maxRuns work after which it gives up, in stage simulations on the whole trace
 */
export function* beamSearch(
  options: ExactOptions & { readonly maxRuns: number },
): Generator<void, Incumbent | undefined> {
  const search = new ExactSearch(options);
  const last = wholeRunsOf(options.bounds) + options.maxRuns;
  for (const { onTrace } of search.beam(BEAMS[0]!, { isDemanding: false })) {
    if (onTrace !== undefined || wholeRunsOf(options.bounds) > last) return onTrace;
    yield;
  }
  return search.state.onTrace;
}

class ExactSearch {
  state: SearchState;

  private readonly options: ExactOptions;
  private readonly search: BucketSearch;
  private helpers: readonly SearchHelper[];
  /** Fewest misses on the trace of what was refused. */
  private fewestRefused = Number.POSITIVE_INFINITY;

  constructor(options: ExactOptions) {
    const { ceilingMicroUsd, known, floorMicroUsd = 0 } = options;
    this.options = options;
    this.helpers = options.helpers ?? [];
    this.search = new BucketSearch({ ...options, pricing: PER_REPLICA });
    const leastMicroUsd = Math.max(this.search.vectors.leastMicroUsd(), floorMicroUsd);
    const lowerBoundMicroUsd = Math.min(leastMicroUsd, ceilingMicroUsd);
    const incumbent = options.condition === undefined || options.isKnownAccepted ? known : undefined;
    this.state = { lowerBoundMicroUsd, incumbent, onTrace: known, simulations: 0 };
  }

  /** Looks for good plans. */
  *find(): Generator<SearchState, void> {
    yield* this.beams({ isDemanding: false });
    if (yield* this.isRefused()) yield* this.beams({ isDemanding: true });
  }

  /** Proves the cheapest that holds on the trace and, where that is refused, the cheapest that is accepted. */
  *proveAll(): Generator<SearchState, void> {
    yield* this.prove({ isDemanding: false });
    if (yield* this.isRefused()) yield* this.prove({ isDemanding: true });
  }

  /** Works on both until the second has ended. */
  *inTurns(first: Generator<SearchState, void>, second: Generator<SearchState, void>): Generator<SearchState, void> {
    const { bounds, helpers = [] } = this.options;
    this.helpers = [];
    for (let isOver = false; !isOver; ) {
      this.state = { ...this.state, doing: LOOKING };
      isOver = yield* turnOf(first, bounds);
      this.state = { ...this.state, doing: PROVING };
      if (yield* turnOf(second, bounds)) return;
    }
    this.helpers = helpers;
    yield* second;
  }

  /**
   * Whether the cheapest known configuration that holds on the trace is refused. When it is accepted, it is the
   * incumbent; when there is no incumbent, it is repaired to be one.
   */
  *isRefused(): Generator<SearchState, boolean> {
    const { incumbent, onTrace } = this.state;
    const { condition, repair } = this.options;
    if (condition === undefined || onTrace === undefined || incumbent === onTrace) return false;
    if (condition.accept(onTrace.configuration)) {
      this.improve(onTrace);
      return false;
    }
    if (incumbent === undefined && repair !== undefined) {
      const steps = repair(onTrace);
      let step = steps.next();
      for (; !step.done; step = steps.next()) yield this.now();
      this.improve(step.value);
    }
    return true;
  }

  /** Looks for a better incumbent in parts of the tree. */
  *beams(demand: Demand): Generator<SearchState, void> {
    const { bounds } = this.options;
    if (this.isSettled(demand)) return;
    this.state = { ...this.state, doing: LOOKING };
    for (const breadth of BEAMS) {
      const first = wholeRunsOf(bounds);
      for (const state of this.beam(breadth, demand)) {
        const isFruitless = state.onTrace === this.options.known;
        if (wholeRunsOf(bounds) - first > (isFruitless ? FRUITLESS_RUNS : breadth.maxRuns)) break;
        yield state;
      }
    }
  }

  /** Visits a part of the configurations in rising cost until nothing that is left could be cheaper than the best. */
  *beam(breadth: Breadth, demand: Demand): Generator<SearchState, void> {
    const least = this.search.vectors.leastMicroUsd();
    if (least === Number.POSITIVE_INFINITY) return;
    for (let above = 0, upTo = least; ; above = upTo, upTo = Math.ceil(upTo * BEAM_BUCKET_GROWTH)) {
      upTo = Math.min(upTo, this.highestMicroUsd(demand));
      yield* this.visit({ ...demand, aboveMicroUsd: above, upToMicroUsd: upTo, breadth });
      yield this.now();
      if (upTo >= this.highestMicroUsd(demand)) return;
    }
  }

  /**
   * Visits every configuration in cost buckets until nothing that is left could be cheaper than the best. Every
   * finished bucket raises the lower bound.
   */
  *prove(demand: Demand): Generator<SearchState, void> {
    const least = this.search.vectors.leastMicroUsd();
    if (least === Number.POSITIVE_INFINITY) this.state = { ...this.state, lowerBoundMicroUsd: least };
    if (this.isSettled(demand)) return;
    this.state = { ...this.state, doing: PROVING };
    let above = this.state.lowerBoundMicroUsd - 1;
    let upTo = Math.max(least, above + 1);
    const rowsAtFirst = rowsRunOf(this.options.bounds);
    for (;;) {
      upTo = Math.min(upTo, this.highestMicroUsd(demand));
      const bucket = { ...demand, aboveMicroUsd: above, upToMicroUsd: upTo };
      const [helper] = this.helpers;
      if (helper !== undefined && rowsRunOf(this.options.bounds) - rowsAtFirst >= helper.fromRows) {
        yield* this.visitTogether(bucket, this.helpers);
      } else yield* this.visit({ ...bucket, breadth: EVERYTHING });
      const isDone = upTo >= this.highestMicroUsd(demand);
      const met = isDone ? (this.best(demand)?.costMicroUsd ?? upTo) : upTo + 1;
      this.state = { ...this.state, lowerBoundMicroUsd: Math.max(this.state.lowerBoundMicroUsd, met) };
      yield this.now();
      if (isDone) return;
      above = upTo;
      upTo = Math.ceil(upTo * BUCKET_GROWTH);
    }
  }

  now(): SearchState {
    return { ...this.state, simulations: stageRunsOf(this.options.bounds) };
  }

  /**
   * A share of a bucket here and one in each other process, which visits all of its share even when something is found
   * elsewhere.
   */
  private *visitTogether(bucket: Bucket, helpers: readonly SearchHelper[]): Generator<SearchState, void> {
    const before = this.best(bucket);
    const of = helpers.length + 1;
    const units = helpers.map((helper, n) => {
      const unit = { ...bucket, highestMicroUsd: this.highestMicroUsd(bucket), share: { index: n + 1, of } };
      helper.ask(unit);
      return { helper, unit };
    });
    this.state = { ...this.state, isHelped: true };
    yield* this.visit({ ...bucket, breadth: EVERYTHING, share: { index: 0, of } });
    const here = this.best(bucket);
    const ours = here === before ? undefined : (here as Found);
    let first = ours;
    for (const { helper, unit } of units) {
      const { found } = yield* this.answerTo(unit, helper);
      first = firstFound(first, found);
    }
    if (first !== undefined && first !== ours) this.keep(first, bucket);
  }

  /** The answer to a work unit: the other process's or our own, whichever is there first. They are the same. */
  private *answerTo(unit: WorkUnit, helper: SearchHelper): Generator<SearchState, Answer> {
    const steps = workSteps(this.search, unit, this.options.condition);
    for (;;) {
      const answer = helper.answer();
      if (answer === 'failed') this.helpers = this.helpers.filter((other) => other !== helper);
      else if (answer !== undefined) return answer;
      const step = steps.next();
      if (step.done) return step.value;
      yield this.now();
    }
  }

  private *visit(bucket: Parameters<BucketSearch['run']>[0]): Generator<SearchState, void> {
    const finder = {
      highestMicroUsd: () => this.highestMicroUsd(bucket),
      take: (found: Found, misses: number): Outcome => {
        const { configuration } = found;
        const { isDemanding, breadth } = bucket;
        // Another walk may have found something cheaper since this one looked.
        if (found.costMicroUsd > this.highestMicroUsd(bucket)) return EXPLORED;
        const isWorthAsking = breadth === EVERYTHING || misses <= WORTH_ASKING * this.fewestRefused;
        if (isDemanding && !isWorthAsking) return backjump(configuration.length - 1);
        const outcome = isDemanding ? this.ask(configuration, misses) : EXPLORED;
        if (outcome.kind === 'explored') this.keep(found, bucket);
        return outcome;
      },
    };
    for (const _ of this.search.run(bucket, finder)) yield this.now();
  }

  private keep(found: Found, { isDemanding }: Demand): void {
    const isIncumbent = isDemanding || this.options.condition === undefined;
    this.state = {
      ...this.state,
      ...(isIncumbent && { incumbent: found }),
      ...(!isDemanding && { onTrace: found }),
    };
  }

  /** Takes an accepted configuration for the incumbent, if it is cheaper. */
  private improve(accepted: Incumbent | undefined): void {
    const { incumbent } = this.state;
    if (accepted === undefined || (incumbent && incumbent.costMicroUsd <= accepted.costMicroUsd)) return;
    this.state = { ...this.state, incumbent: accepted };
  }

  /** Asks the condition, and notes the misses of what it refuses. */
  private ask(configuration: Configuration, misses: number): Outcome {
    const outcome = judgeBy(this.options.condition, configuration);
    if (outcome.kind === 'backjump') this.fewestRefused = Math.min(this.fewestRefused, misses);
    return outcome;
  }

  private best({ isDemanding }: Demand): Incumbent | undefined {
    return isDemanding ? this.state.incumbent : this.state.onTrace;
  }

  /** Whether nothing can improve on the best. */
  private isSettled(demand: Demand): boolean {
    return this.state.lowerBoundMicroUsd > this.highestMicroUsd(demand);
  }

  /** The highest cost that would still improve on the best. */
  private highestMicroUsd(demand: Demand): number {
    return Math.min(this.options.ceilingMicroUsd, (this.best(demand)?.costMicroUsd ?? Number.POSITIVE_INFINITY) - 1);
  }
}
