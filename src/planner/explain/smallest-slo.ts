/**
 * The smallest objective that can be met within the limits, and a configuration that meets it.
 *
 * The exact search answers whether anything within the limits holds an objective. Bisection over objectives, in whole
 * microseconds, closes in on the smallest, since whatever holds one objective on the trace holds every looser one. Each
 * configuration found lowers the upper end to its own latency.
 *
 * The out-of-sample test may refuse a looser objective where it passes a tighter one. There the answer is an objective
 * at which a search succeeded, within a thousandth of one at which it did not.
 */
import type { Configuration } from '../../model/configuration.js';
import type { OutOfSampleTest } from '../../model/plan/out-of-sample-test.js';
import { requiredOnTime } from '../../model/slo.js';
import { sourceOf } from '../../model/trace.js';
import { shortestUs } from '../../simulation/service-times.js';
import { simulate } from '../../simulation/simulate.js';
import type { SimulationResult } from '../../simulation/simulation-result.js';
import { routePaths } from '../../simulation/verdict/routes.js';
import { msFromUs, usFromMs } from '../../units.js';
import { createPromise } from '../promise/promise.js';
import { searchPlan } from '../search/exact-plan.js';
import { withoutQueues } from '../search/without-queues.js';
import { Feasibility } from '../space/feasibility.js';
import type { PlanningInput, SearchSpace } from '../space/search-space.js';
import { type TraceBounds, traceBounds, wholeRunsOf } from '../space/trace-bounds.js';

/** With the out-of-sample test the search over objectives ends this close to the smallest, as a share of it. */
const PRECISION = 0.001;
/** How many looser objectives the out-of-sample test is tried at, each twice as far away as the one before. */
const MOST_LOOSER = 16;
const FIRST_STEP = 0.02;
/**
 * Without a limit on replicas nothing is ever exhausted: a question is given up after this many simulations of a stage.
 */
const MOST_RUNS = 500;

export interface SmallestSlo {
  readonly sloUs: number;
  /** Within the limits; meets the objective. */
  readonly configuration: Configuration;
  /** No objective below this can be met on the trace; equals `sloUs` where that is proved to be the smallest there. */
  readonly lowerBoundUs: number;
}

/**
 * A configuration; or `none` within the limits, as is proved; or no answer, since the caller or the work ended the
 * search.
 */
type Answer = Configuration | 'none' | 'unknown';

export class SloSearch {
  /** Whether the caller has ended the search. */
  isStopped = false;
  private readonly input: PlanningInput;
  private readonly space: SearchSpace;
  private readonly bounds: TraceBounds;
  private readonly simulations = new Map<string, NonNullable<SimulationResult['slo']>>();

  /** @param feasibility of the objective that was asked for */
  constructor(input: PlanningInput, { bounds, space }: Feasibility) {
    this.input = input;
    this.space = space;
    this.bounds = bounds;
  }

  /**
   * The smallest objective that holds on the trace. A caller that answers `true` gets what is known by then.
   * @param known within the limits
   * @param failedUs nothing holds this objective, as is proved
   */
  *onTrace(known: Configuration, failedUs: number): Generator<void, SmallestSlo, boolean | undefined> {
    const fastestUs = this.fastestUs();
    let lowerBoundUs = Math.max(fastestUs, failedUs + 1);
    let best = known;
    if (yield* this.isToStop()) return { sloUs: this.latencyUs(best), configuration: best, lowerBoundUs };
    const unqueued = withoutQueues(new Feasibility(this.boundsAt(fastestUs), this.space));
    if (yield* this.isToStop()) return { sloUs: this.latencyUs(best), configuration: best, lowerBoundUs };
    const leastUs = unqueued === undefined ? Number.POSITIVE_INFINITY : this.latencyUs(unqueued);
    if (unqueued !== undefined && leastUs <= lowerBoundUs)
      return { sloUs: leastUs, configuration: unqueued, lowerBoundUs };
    let sloUs = this.latencyUs(known);
    if (unqueued !== undefined) [best, sloUs] = this.faster([unqueued, leastUs], [best, sloUs]);
    while (sloUs > lowerBoundUs) {
      const triedUs = Math.floor(between(lowerBoundUs, sloUs));
      const found = yield* this.anything(triedUs, undefined);
      if (found === 'unknown') break;
      if (found === 'none') lowerBoundUs = triedUs + 1;
      else [best, sloUs] = [found, this.latencyUs(found)];
    }
    return { sloUs, configuration: best, lowerBoundUs };
  }

  /**
   * An objective at which a plan also passes the out-of-sample test; undefined when none was found. Without a limit on
   * replicas that is the smallest at which the configuration given passes, since it leaves nothing to improve. Within
   * limits a search may find another that passes a tighter one.
   * @param smallest on the trace
   * @param failedUs the search found no such plan at this objective
   */
  *outOfSample(
    smallest: SmallestSlo,
    { test, failedUs }: { readonly test: OutOfSampleTest; readonly failedUs: number },
  ): Generator<void, SmallestSlo | undefined, boolean | undefined> {
    const { configuration } = smallest;
    const tooTightUs = Math.max(smallest.sloUs - 1, failedUs);
    const passing = yield* this.closeIn(tooTightUs, tooTightUs + 1, (sloUs) => this.passes(sloUs, configuration, test));
    if (!this.isLimited() || this.isStopped) return passing && { ...smallest, ...passing };
    const firstUs = passing?.sloUs ?? tooTightUs + 1;
    const found = yield* this.closeIn(tooTightUs, firstUs, (sloUs) => this.anything(sloUs, test));
    return (found ?? passing) && { ...smallest, ...(found ?? passing) };
  }

  /**
   * The smallest objective above one that is too tight at which `ask` finds a configuration, with that configuration.
   */
  private *closeIn(
    lowUs: number,
    firstUs: number,
    ask: (sloUs: number) => Generator<void, Answer, boolean | undefined>,
  ): Generator<void, Pick<SmallestSlo, 'sloUs' | 'configuration'> | undefined, boolean | undefined> {
    let tooTightUs = lowUs;
    let found: Pick<SmallestSlo, 'sloUs' | 'configuration'> | undefined;
    let stepUs = Math.ceil(firstUs * FIRST_STEP);
    for (let sloUs = firstUs, tried = 0; found === undefined && tried < MOST_LOOSER; sloUs += stepUs, tried++) {
      const configuration = yield* ask(sloUs);
      if (this.isStopped) return undefined;
      if (typeof configuration !== 'string') found = { sloUs, configuration };
      else tooTightUs = sloUs;
      if (tried > 0) stepUs *= 2;
    }
    while (found !== undefined && found.sloUs - tooTightUs > Math.max(1, PRECISION * tooTightUs)) {
      const sloUs = Math.floor((tooTightUs + found.sloUs) / 2);
      const configuration = yield* ask(sloUs);
      if (this.isStopped) break;
      if (typeof configuration !== 'string') found = { sloUs, configuration };
      else tooTightUs = sloUs;
    }
    return found;
  }

  private *passes(
    sloUs: number,
    configuration: Configuration,
    test: OutOfSampleTest,
  ): Generator<void, Answer, boolean | undefined> {
    if (yield* this.isToStop()) return 'unknown';
    return createPromise({ ...this.at(sloUs), traffic: test.traffic }).accept(configuration) ? configuration : 'none';
  }

  /** The first configuration met within the limits that holds an objective and, where it is given, passes the test. */
  *anything(sloUs: number, test: OutOfSampleTest | undefined): Generator<void, Answer, boolean | undefined> {
    const bounds = this.boundsAt(sloUs);
    const promise = test && createPromise({ ...this.at(sloUs), traffic: test.traffic });
    const search = searchPlan(new Feasibility(bounds, this.space), promise);
    for (let step = search.next(); ; step = search.next()) {
      if (step.done) return step.value.holds ? step.value.configuration : 'none';
      const { incumbent, onTrace } = step.value;
      const found = test === undefined ? onTrace : incumbent;
      if (found !== undefined) return found.configuration;
      if (yield* this.isToStop()) return 'unknown';
      if (!this.isLimited() && wholeRunsOf(bounds) > MOST_RUNS) return 'unknown';
    }
  }

  private *isToStop(): Generator<void, boolean, boolean | undefined> {
    this.isStopped ||= (yield) === true;
    return this.isStopped;
  }

  private isLimited(): boolean {
    const { stages, maxReplicas, inventory } = this.space;
    if (this.input.pins !== undefined) return true;
    return stages.every(({ options }, s) => {
      return maxReplicas[s]! < Number.POSITIVE_INFINITY || options.every(({ hardware }) => inventory.has(hardware));
    });
  }

  /** No objective below this can be met: as many queries as must be on time take at least as long without any queue. */
  private fastestUs(): number {
    const { routing, routes, queries } = this.bounds.simulator;
    const fastestUs = this.space.stages.map(({ options }) => Math.min(...options.map((o) => shortestUs(o.service))));
    const totals = routes.stages.map((route, r) => {
      return { queries: routes.queries[r]!, totalUs: routePaths(routing, route, fastestUs).totalUs };
    });
    let left = requiredOnTime(queries, this.input.slo.percentile);
    for (const { queries: onRoute, totalUs } of totals.toSorted((a, b) => a.totalUs - b.totalUs)) {
      left -= onRoute;
      if (left <= 0) return Math.max(1, totalUs);
    }
    return 1;
  }

  private faster(a: [Configuration, number], b: [Configuration, number]): [Configuration, number] {
    return b[1] < a[1] ? b : a;
  }

  private latencyUs(configuration: Configuration): number {
    return Math.max(1, usFromMs(this.simulated(configuration).percentileLatencyMs));
  }

  /** What a configuration attains on the trace, at the objective that was asked for. */
  simulated(configuration: Configuration): NonNullable<SimulationResult['slo']> {
    const key = JSON.stringify(configuration);
    const known = this.simulations.get(key);
    if (known !== undefined) return known;
    const result = simulate({ ...this.input, configuration, arrivals: sourceOf(this.input.trace) }).slo!;
    this.simulations.set(key, result);
    return result;
  }

  private boundsAt(sloUs: number): TraceBounds {
    return traceBounds({ ...this.at(sloUs), routing: this.bounds.simulator.routing }, this.space);
  }

  private at(sloUs: number): PlanningInput {
    return { ...this.input, slo: { ...this.input.slo, latencyMs: msFromUs(sloUs) } };
  }
}

/** In the middle of two objectives; in the middle of their magnitudes where those are far apart. */
function between(lowUs: number, highUs: number): number {
  return highUs > 2 * lowUs ? Math.sqrt(lowUs * highUs) : (lowUs + highUs) / 2;
}
