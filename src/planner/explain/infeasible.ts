/** Says why no configuration was found: the binding stage, and the smallest objective that could be met. */
import type { Configuration } from '../../model/configuration.js';
import type { OutOfSampleTest } from '../../model/plan/out-of-sample-test.js';
import { requiredOnTime } from '../../model/slo.js';
import { routePaths, slowestStage } from '../../simulation/verdict/routes.js';
import { msFromUs, usFromMs } from '../../units.js';
import type { InfeasiblePlan } from '../evidence/plan-result.js';
import type { ExactOutcome } from '../search/exact-plan.js';
import type { Feasibility } from '../space/feasibility.js';
import { isWithinLimits, type PlanningInput, throughput } from '../space/search-space.js';
import { stageRunsOf } from '../space/trace-bounds.js';
import type { SloSearch } from './smallest-slo.js';

/**
 * A caller that answers `true` gets an objective that can be met, and how far below it the smallest may lie.
 * @param placed within the limits
 * @param test what plans must also pass; undefined where the trace alone decides
 */
export function* explainInfeasible(
  input: PlanningInput,
  feasibility: Feasibility,
  given: {
    readonly outcome: ExactOutcome;
    readonly placed: Configuration;
    readonly test: OutOfSampleTest | undefined;
    readonly slos: SloSearch;
  },
): Generator<void, InfeasiblePlan, boolean | undefined> {
  const { outcome, placed, test, slos } = given;
  const { bounds, space } = feasibility;
  const sloUs = usFromMs(input.slo.latencyMs);
  const known = isWithinLimits(space, outcome.configuration) ? outcome.configuration : placed;
  const onTrace = yield* slos.onTrace(known, outcome.isProvedInfeasible ? sloUs : 0);
  const smallest = test === undefined ? onTrace : yield* slos.outOfSample(onTrace, { test, failedUs: sloUs });
  const bestConfiguration = smallest?.configuration ?? onTrace.configuration;
  const { sloAttainment } = slos.simulated(bestConfiguration);
  const isCut = slos.isStopped || (test === undefined && onTrace.lowerBoundUs < onTrace.sloUs);
  return {
    feasible: false,
    bindingStage: space.stages[bindingStage(input, feasibility, bestConfiguration)]!.stage,
    ...(smallest === undefined
      ? { sloOnTraceMs: msFromUs(onTrace.sloUs) }
      : { smallestSloMs: msFromUs(smallest.sloUs) }),
    ...(isCut ? { sloLowerBoundMs: msFromUs(onTrace.lowerBoundUs) } : {}),
    bestConfiguration,
    sloAttainment,
    reason: reasonOf(feasibility, outcome, {
      holdsOnTrace: onTrace.sloUs <= sloUs,
      isPinned: input.pins !== undefined,
    }),
    moves: outcome.moves,
    ...(!outcome.isHelped && { simulations: stageRunsOf(bounds) }),
  };
}

function reasonOf(
  { bounds }: Feasibility,
  { isProvedInfeasible }: ExactOutcome,
  { holdsOnTrace, isPinned }: { readonly holdsOnTrace: boolean; readonly isPinned: boolean },
): string {
  const { isImpossible, unavoidableMisses, queries } = bounds;
  if (isImpossible) {
    return `${unavoidableMisses} of ${queries} queries would miss the objective even if none ever waited, on the fastest hardware`;
  }
  if (holdsOnTrace) {
    return 'no configuration that was tried passes the out-of-sample test (--no-validate plans for the trace alone)';
  }
  const limits = `the limits on replicas${isPinned ? ' and the pins' : ''}`;
  return isProvedInfeasible
    ? `no configuration within ${limits} holds the objective`
    : `within ${limits} the search found no configuration that holds the objective`;
}

/**
 * Where even an empty pipeline is too slow: the slowest stage of the route that decides. Else the stage with the least
 * throughput per query of the pipeline.
 */
function bindingStage(input: PlanningInput, { bounds, space }: Feasibility, configuration: Configuration): number {
  const { simulator, scaleFactors, isImpossible, queries } = bounds;
  if (!isImpossible) {
    const rates = configuration.map((c, s) => throughput(space.stages[s]!, c) / scaleFactors[s]!);
    return rates.indexOf(Math.min(...rates));
  }
  const oneItemUs = space.stages.map(({ options }) => options[0]!.service.fastestUs[1]!);
  const { routing, routes } = simulator;
  const totals = routes.stages.map((route, r) => {
    return { route, queries: routes.queries[r]!, totalUs: routePaths(routing, route, oneItemUs).totalUs };
  });
  const { route } = routeAtRank(totals, requiredOnTime(queries, input.slo.percentile));
  return slowestStage(routing, route, oneItemUs);
}

interface RouteTotal {
  readonly route: readonly number[];
  readonly queries: number;
  readonly totalUs: number;
}

/** The route of the query at a rank, when queries stand in order of latency. */
function routeAtRank(totals: readonly RouteTotal[], rank: number): RouteTotal {
  const ascending = totals.toSorted((a, b) => a.totalUs - b.totalUs);
  let place = 0;
  let ranked = ascending[0]!.queries;
  while (ranked < rank) ranked += ascending[++place]!.queries;
  return ascending[place]!;
}
