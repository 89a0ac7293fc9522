/** The exact search below a good plan that is found at once, with the promise as a condition on every plan. */
import type { Configuration } from '../model/configuration.js';
import { cheaperChoices } from './cheaper-choices.js';
import { descend } from './descent.js';
import { exactSearch, type Incumbent, type SearchState } from './exact-search.js';
import type { Feasibility } from './feasibility.js';
import type { GreedyResult } from './greedy-search.js';
import { bottleneck, initialConfiguration } from './initial-configuration.js';
import type { Certified } from './plan-evidence.js';
import type { TrafficPromise } from './promise.js';
import { costOf, isWithinLimits } from './search-space.js';
import type { SingleHardwarePlan } from './single-hardware.js';

export interface ExactOutcome extends GreedyResult {
  readonly certified?: Certified;
  /** Whole micro-dollars per hour of the cheapest configuration met that holds on the trace but not on fresh traffic. */
  readonly unpromisedCost?: number | undefined;
}

/** A plan that must hold on fresh traffic may cost this many times the configuration that the search starts from. */
const CEILING_TIMES = 2;

/**
 * @param promise absent when the trace alone decides
 * @param single plans to start from
 */
export function* exactPlan(
  feasibility: Feasibility,
  { promise, single }: { promise: TrafficPromise | undefined; single: readonly SingleHardwarePlan[] },
): Generator<SearchState, ExactOutcome, boolean | undefined> {
  const { bounds, space } = feasibility;
  const start = initialConfiguration(feasibility);
  if (bounds.isImpossible) return start;

  let unpromisedCost: number | undefined;
  const accept = (configuration: Configuration): boolean => {
    if (promise === undefined || promise.accept(configuration)) return true;
    unpromisedCost = Math.min(unpromisedCost ?? Number.POSITIVE_INFINITY, costOf(space, configuration));
    return false;
  };
  const starts = [
    start.configuration,
    ...single.map(({ configuration }) => configuration).filter((found) => found !== undefined),
  ];
  const known = start.holds ? goodPlan(feasibility, starts, accept) : undefined;
  const dearest = start.holds ? CEILING_TIMES * costOf(space, start.configuration) : dearestOfUse(feasibility);
  const search = exactSearch({ bounds, space, known, accept, ceiling: known?.cost ?? dearest });
  let step = search.next();
  while (!step.done && !(yield step.value)) step = search.next();

  const { lowerBound, incumbent } = step.value;
  if (incumbent === undefined) return { ...start, holds: false };
  const { configuration, cost } = incumbent;
  return {
    holds: true,
    configuration,
    moves: cheaperChoices(feasibility, configuration),
    certified: { lowerBound, isProved: step.done === true },
    unpromisedCost: unpromisedCost !== undefined && unpromisedCost < cost ? unpromisedCost : undefined,
  };
}

/**
 * Whole micro-dollars per hour of the dearest hardware at every stage, with as many replicas as the limit allows, or one for
 * each item where there is no limit: more would never be busy.
 */
function dearestOfUse({ bounds, space }: Feasibility): number {
  return space.stages.reduce((sum, { options }, s) => {
    const items = Math.ceil(bounds.scaleFactors[s]! * bounds.queries);
    return sum + Math.min(space.maxReplicas, Math.max(1, items)) * Math.max(...options.map(({ price }) => price));
  }, 0);
}

/**
 * The end of a descent from the cheapest start, with a replica more for the bottleneck as often as it takes to be accepted, as
 * long as that is cheaper than the dearest start.
 * @param starts configurations that hold on the trace
 */
function goodPlan(
  feasibility: Feasibility,
  starts: readonly Configuration[],
  accept: (configuration: Configuration) => boolean,
): Incumbent | undefined {
  const { space } = feasibility;
  const byCost = starts.toSorted((a, b) => costOf(space, a) - costOf(space, b));
  const dearest = byCost[byCost.length - 1]!;
  const most = costOf(space, dearest);
  let configuration = descend(feasibility, byCost[0]!);
  let cost = costOf(space, configuration);
  while (cost < most) {
    if (feasibility.judge(configuration).holds && accept(configuration)) return { configuration, cost };
    const s = bottleneck(feasibility, configuration)!;
    configuration = configuration.with(s, { ...configuration[s]!, replicas: configuration[s]!.replicas + 1 });
    if (!isWithinLimits(space, configuration)) break;
    cost = costOf(space, configuration);
  }
  return accept(dearest) ? { configuration: dearest, cost: most } : undefined;
}
