/** Says why no configuration was found: the binding stage, and the smallest objective that could be met. */
import { requiredOnTime } from '../../model/slo.js';
import { sourceOf } from '../../model/trace.js';
import { simulate } from '../../simulation/simulate.js';
import { routePaths, slowestStage } from '../../simulation/verdict/routes.js';
import { msFromUs } from '../../units.js';
import type { InfeasiblePlan } from '../evidence/plan-result.js';
import type { ExactOutcome } from '../search/exact-plan.js';
import type { Feasibility } from '../space/feasibility.js';
import { type PlanningInput, throughput } from '../space/search-space.js';
import { stageRunsOf } from '../space/trace-bounds.js';

export function explainInfeasible(
  input: PlanningInput,
  feasibility: Feasibility,
  search: ExactOutcome,
): InfeasiblePlan {
  return feasibility.bounds.isImpossible ? tooFast(input, feasibility, search) : tooSmall(input, feasibility, search);
}

/** Not even an empty pipeline on the fastest hardware is fast enough: a proof. */
function tooFast(
  input: PlanningInput,
  feasibility: Feasibility,
  { configuration, moves }: ExactOutcome,
): InfeasiblePlan {
  const { space } = feasibility;
  const { simulator, queries } = feasibility.bounds;
  const fastest = space.stages.map(({ stage, options }) => ({
    ...configuration.find((c) => c.stage === stage)!,
    hardware: options[0]!.hardware,
  }));
  const oneItemUs = space.stages.map(({ options }) => options[0]!.service.fastestUs[1]!);
  const { routing, routes } = simulator;
  const totals = routes.stages.map((route, r) => {
    return { route, queries: routes.queries[r]!, totalUs: routePaths(routing, route, oneItemUs).totalUs };
  });
  const marginal = routeAtRank(totals, requiredOnTime(queries, input.slo.percentile));
  const binding = slowestStage(routing, marginal.route, oneItemUs);
  const misses = feasibility.bounds.unavoidableMisses;
  return {
    feasible: false,
    bindingStage: space.stages[binding]!.stage,
    smallestSloMs: msFromUs(marginal.totalUs),
    bestConfiguration: fastest,
    sloAttainment: 1 - misses / queries,
    reason: `${misses} of ${queries} queries would miss the objective even if none ever waited, on the fastest hardware`,
    moves,
    simulations: stageRunsOf(feasibility.bounds),
  };
}

/** The limits on replicas stopped the search before the objective held. */
function tooSmall(
  input: PlanningInput,
  feasibility: Feasibility,
  { configuration, moves, isHelped }: ExactOutcome,
): InfeasiblePlan {
  const result = simulate({ ...input, configuration, arrivals: sourceOf(input.trace) });
  const { space } = feasibility;
  const { scaleFactors } = feasibility.bounds;
  const rates = configuration.map((c, s) => throughput(space.stages[s]!, c) / scaleFactors[s]!);
  const binding = rates.indexOf(Math.min(...rates));
  return {
    feasible: false,
    bindingStage: space.stages[binding]!.stage,
    smallestSloMs: result.slo!.percentileLatencyMs,
    bestConfiguration: configuration,
    sloAttainment: result.slo!.sloAttainment,
    reason: result.slo!.holds
      ? 'no configuration that was tried holds on fresh traffic too (--no-validate plans for the trace alone)'
      : 'within the limits on replicas the search found no configuration that holds the objective',
    moves,
    ...(!isHelped && { simulations: stageRunsOf(feasibility.bounds) }),
  };
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
