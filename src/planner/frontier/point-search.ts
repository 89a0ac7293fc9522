/**
 * One objective of a frontier: its search, which may rest while others have their turn, and what is known of its cost.
 */

import type { Configuration } from '../../model/configuration.js';
import type { OutOfSampleTest } from '../../model/plan/out-of-sample-test.js';
import { rounded } from '../../model/plan/rounded.js';
import type { Validated } from '../../model/plan/validated.js';
import type { Slo } from '../../model/slo.js';
import type { SharedRuns } from '../../simulation/verdict/shared-runs.js';
import { usdFromMicro } from '../../units.js';
import { createPromise, type TrafficPromise } from '../promise/promise.js';
import { validatedOf } from '../promise/validation.js';
import type { Incumbent } from '../search/bucket-search.js';
import { type Searched, searchPlan, type WarmStart } from '../search/exact-plan.js';
import type { SearchState } from '../search/search-state.js';
import { Feasibility } from '../space/feasibility.js';
import { configurationMicroUsd } from '../space/pricing.js';
import type { PlanningInput, SearchSpace } from '../space/search-space.js';
import { forget, type TraceBounds, traceBounds, wholeRunsOf } from '../space/trace-bounds.js';
import type { FrontierPoint } from './frontier-result.js';

/** Room for what the objective whose turn it is remembers by itself. */
const OWN_BYTES = 192 * 1024 * 1024;

/** What all objectives have in common. */
export interface FrontierCommon {
  readonly input: PlanningInput;
  readonly space: SearchSpace;
  readonly shared: SharedRuns;
  readonly validation: OutOfSampleTest | undefined;
}

export class PointSearch {
  readonly slo: Slo;
  /** Whether its search has come to its end, or was found needless. */
  isSettled = false;
  /**
   * Nothing that holds on the trace costs less, in whole micro-dollars per hour; Infinity when nothing holds at all.
   */
  floorMicroUsd = 0;
  state: SearchState | undefined;
  /** The cheapest known plan. */
  plan: Incumbent | undefined;

  private readonly common: FrontierCommon;
  private bounds: TraceBounds | undefined;
  private promise: TrafficPromise | undefined;
  private search: Generator<SearchState, Searched, boolean | undefined> | undefined;

  constructor(slo: Slo, common: FrontierCommon) {
    this.slo = slo;
    this.common = common;
  }

  /** Work so far: stage simulations' worth of the whole trace, and draws simulated. */
  get simulations(): number {
    return (this.bounds === undefined ? 0 : Math.ceil(wholeRunsOf(this.bounds))) + (this.promise?.simulations ?? 0);
  }

  /** Searches until the caller answers `rest`, or the search is done. Each step yields what is known. */
  *turn(warmStart: WarmStart): Generator<SearchState, void, 'rest' | 'stop' | undefined> {
    const search = this.started(warmStart);
    for (let step = search.next(); ; ) {
      if (step.done) return this.settle(step.value);
      this.know(step.value);
      const answer = yield step.value;
      if (answer === 'rest') return this.release();
      step = search.next(answer === 'stop');
    }
  }

  /**
   * Takes a configuration that holds a tighter objective as a plan, if nothing better is known and it keeps the
   * promise.
   */
  adopt(tighter: Incumbent): void {
    if (this.plan !== undefined && this.plan.costMicroUsd <= tighter.costMicroUsd) return;
    if (this.promised()?.accept(tighter.configuration) ?? true) this.plan = tighter;
  }

  /** Nothing that holds, on fresh traffic too where that is asked, costs less. */
  get lowerBoundMicroUsd(): number {
    return Math.max(this.floorMicroUsd, this.state?.lowerBoundMicroUsd ?? 0);
  }

  /** @param isTested whether to give the plan its out-of-sample test, where that was asked for */
  result({ isTested }: { isTested: boolean }): FrontierPoint {
    const { slo, lowerBoundMicroUsd, plan } = this;
    if (plan === undefined) {
      const isProved = this.floorMicroUsd === Number.POSITIVE_INFINITY;
      const bound = isProved ? {} : { lowerBoundUsdPerHour: usdFromMicro(lowerBoundMicroUsd) };
      return { slo, feasible: false, isProved, ...bound, reason: reasonOf(isProved, this.isSettled) };
    }
    const bound = Math.min(lowerBoundMicroUsd, plan.costMicroUsd);
    const onTrace = this.state?.onTrace?.costMicroUsd ?? plan.costMicroUsd;
    const validated = isTested ? this.validated(plan.configuration) : undefined;
    return {
      slo,
      feasible: true,
      isProved: bound === plan.costMicroUsd,
      lowerBoundUsdPerHour: usdFromMicro(bound),
      gapRatio: rounded((plan.costMicroUsd - bound) / plan.costMicroUsd),
      costUsdPerHour: usdFromMicro(plan.costMicroUsd),
      stages: plan.configuration,
      ...(onTrace < plan.costMicroUsd ? { unpromisedCostUsdPerHour: usdFromMicro(onTrace) } : {}),
      ...(validated === undefined ? {} : { validated }),
    };
  }

  private validated(configuration: Configuration): Validated | undefined {
    const { input, validation } = this.common;
    const promise = this.promised();
    if (promise === undefined || validation === undefined) return undefined;
    const result = validatedOf({ ...input, slo: this.slo }, { configuration, promise, validation });
    promise.release();
    return result;
  }

  private started(warmStart: WarmStart): Generator<SearchState, Searched, boolean | undefined> {
    if (this.search !== undefined) return this.search;
    const { input, space, shared } = this.common;
    this.bounds = traceBounds({ ...input, slo: this.slo, shared, cacheBytes: OWN_BYTES }, space);
    this.search = searchPlan(new Feasibility(this.bounds, space), this.promised(), warmStart);
    return this.search;
  }

  private promised(): TrafficPromise | undefined {
    const { input, validation } = this.common;
    this.promise ??= validation && createPromise({ ...input, slo: this.slo, traffic: validation.traffic });
    return this.promise;
  }

  private know(state: SearchState): void {
    this.state = state;
    this.plan = cheaper(this.plan, state.incumbent);
    // Beyond the cheapest that holds on the trace, the bound is one on what is promised as well.
    this.floorMicroUsd = Math.max(
      this.floorMicroUsd,
      Math.min(state.lowerBoundMicroUsd, state.onTrace?.costMicroUsd ?? Number.POSITIVE_INFINITY),
    );
  }

  private settle({ holds, configuration, state }: Searched): void {
    this.isSettled = true;
    if (state !== undefined) this.know(state);
    if (this.bounds!.isImpossible) this.floorMicroUsd = Number.POSITIVE_INFINITY;
    if (holds)
      this.plan = cheaper(this.plan, {
        configuration,
        costMicroUsd: configurationMicroUsd(this.common.space, configuration),
      });
    this.release();
    this.search = undefined;
  }

  /** Gives back the room that others need while this one rests. */
  private release(): void {
    this.promise?.release();
    if (this.bounds !== undefined) forget(this.bounds);
  }
}

function cheaper(a: Incumbent | undefined, b: Incumbent | undefined): Incumbent | undefined {
  return a === undefined || (b !== undefined && b.costMicroUsd < a.costMicroUsd) ? b : a;
}

function reasonOf(isProved: boolean, isSettled: boolean): string {
  if (isProved) return 'too many queries would miss it even if none ever waited';
  return isSettled ? 'no plan within the limits' : 'no plan found in the time given';
}
