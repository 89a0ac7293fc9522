/** The exact search below a good plan that is found at once, with the promise as a condition on every plan. */
import type { Configuration } from '../model/configuration.js';
import { cheaperChoices } from './cheaper-choices.js';
import { exactSearch, type Incumbent, type SearchState } from './exact-search.js';
import type { Feasibility } from './feasibility.js';
import type { GreedyResult } from './greedy-search.js';
import { bottleneck, initialConfiguration } from './initial-configuration.js';
import type { Certified } from './plan-evidence.js';
import type { TrafficPromise } from './promise.js';
import { costOf, isWithinLimits } from './search-space.js';

export interface ExactOutcome extends GreedyResult {
  readonly certified?: Certified;
  /** Whole micro-dollars per hour of the cheapest configuration met that holds on the trace but not on fresh traffic. */
  readonly unpromisedCost?: number | undefined;
}

/** A plan that must hold on fresh traffic may cost this many times the configuration that the search starts from. */
const CEILING_TIMES = 2;

/**
 * @param promise absent when the trace alone decides
 */
export function* exactPlan(
  feasibility: Feasibility,
  promise: TrafficPromise | undefined,
): Generator<SearchState, ExactOutcome, boolean | undefined> {
  const { bounds, space } = feasibility;
  const start = initialConfiguration(feasibility);
  if (bounds.isImpossible) return start;

  const { accept } = promise ?? {};
  const cost = costOf(space, start.configuration);
  const known = start.holds ? { configuration: start.configuration, cost } : undefined;
  const ceiling = start.holds ? CEILING_TIMES * cost : dearestOfUse(feasibility);
  const repair = ({ configuration }: Incumbent) => repaired(feasibility, configuration, { accept: accept!, ceiling });
  const search = exactSearch({ bounds, space, known, accept, repair, ceiling });
  let step = search.next();
  while (!step.done && !(yield step.value)) step = search.next();

  const { lowerBound, onTrace } = step.value;
  const incumbent = step.value.incumbent ?? (step.done || onTrace === undefined ? undefined : repair(onTrace));
  if (incumbent === undefined) return { ...start, holds: false };
  return {
    holds: true,
    configuration: incumbent.configuration,
    moves: cheaperChoices(feasibility, incumbent.configuration),
    certified: { lowerBound, isProved: lowerBound >= incumbent.cost },
    unpromisedCost: onTrace !== undefined && onTrace.cost < incumbent.cost ? onTrace.cost : undefined,
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
 * A configuration that is accepted: `from`, with a replica more for the bottleneck as often as it takes. Undefined when the
 * limits or the ceiling end that first.
 */
function repaired(
  feasibility: Feasibility,
  from: Configuration,
  { accept, ceiling }: { accept: (configuration: Configuration) => boolean; ceiling: number },
): Incumbent | undefined {
  const { space } = feasibility;
  for (let configuration = from; ; ) {
    const cost = costOf(space, configuration);
    if (cost > ceiling || !isWithinLimits(space, configuration)) return undefined;
    if (feasibility.judge(configuration).holds && accept(configuration)) return { configuration, cost };
    const s = bottleneck(feasibility, configuration)!;
    configuration = configuration.with(s, { ...configuration[s]!, replicas: configuration[s]!.replicas + 1 });
  }
}
