/** Plans a pipeline: searches, then gathers the evidence that a plan carries. */
import { InputError } from '../errors.js';
import type { Configuration } from '../model/configuration.js';
import type { SearchName } from '../model/search.js';
import { sourceOf } from '../model/trace.js';
import { simulate } from '../simulation/simulate.js';
import { usdFromMicro } from '../units.js';
import { cheaperChoices } from './cheaper-choices.js';
import { descend } from './descent.js';
import { exactSearch, type Incumbent, type SearchState } from './exact-search.js';
import { Feasibility } from './feasibility.js';
import { type GreedyResult, greedySearch } from './greedy-search.js';
import { explainInfeasible } from './infeasible.js';
import { initialConfiguration } from './initial-configuration.js';
import { type Certified, planOf } from './plan-evidence.js';
import type { PlanResult, Yardstick } from './plan-result.js';
import { costOf, type PlanningInput, preferring, searchSpace } from './search-space.js';
import { traceBounds } from './trace-bounds.js';

export interface PlanningOptions {
  readonly search: SearchName;
  /** Also run the paper's search, for its cost. */
  readonly compareGreedy?: boolean;
}

/**
 * Plans in small steps. Each yields what is known so far; a caller that answers `true` ends the search there, with the best
 * plan so far and its certified bound. Being infeasible is a result: it names the binding stage and the smallest objective
 * that could be met.
 * @throws InputError when the trace is empty or a stage has no profile on any hardware
 */
export function* planInSteps(
  input: PlanningInput,
  { search, compareGreedy = false }: PlanningOptions,
): Generator<SearchState, PlanResult, boolean | undefined> {
  if (input.trace.arrivalsUs.length === 0) {
    throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
  }
  const space = searchSpace(input);
  const feasibility = new Feasibility(traceBounds(input, space), space);
  const outcome: Outcome = search === 'exact' ? yield* exactOutcome(feasibility) : greedySearch(feasibility);
  const { configuration, moves, holds, certified } = outcome;
  if (!holds) return explainInfeasible(input, feasibility, { configuration, moves });

  const simulations = feasibility.bounds.simulator.stageRuns;
  const greedy = compareGreedy ? greedyCost(feasibility) : undefined;
  const simulation = simulate({ ...input, configuration, arrivals: sourceOf(input.trace) });
  return {
    feasible: true,
    plan: planOf(input, feasibility, { configuration, simulation, search, certified }),
    simulation,
    moves,
    simulations,
    yardsticks: yardsticks(input, feasibility),
    ...(greedy === undefined ? {} : { greedyCostUsdPerHour: usdFromMicro(greedy) }),
  };
}

/** Plans to the end: see `planInSteps`. */
export function planConfiguration(input: PlanningInput, options: PlanningOptions): PlanResult {
  const steps = planInSteps(input, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

interface Outcome extends GreedyResult {
  readonly certified?: Certified;
}

/** The exact search, below a good plan that is found at once. */
function* exactOutcome(feasibility: Feasibility): Generator<SearchState, Outcome, boolean | undefined> {
  const { bounds, space } = feasibility;
  const start = initialConfiguration(feasibility);
  if (bounds.isImpossible) return start;
  const known = start.holds ? goodPlan(feasibility, start.configuration) : undefined;
  const search = exactSearch({ bounds, space, known, ceiling: known?.cost ?? Number.POSITIVE_INFINITY });
  let step = search.next();
  while (!step.done && !(yield step.value)) step = search.next();

  const { lowerBound, incumbent } = step.value;
  if (incumbent === undefined) return start;
  const { configuration } = incumbent;
  const moves = cheaperChoices(feasibility, configuration);
  return { holds: true, configuration, moves, certified: { lowerBound, isProved: step.done === true } };
}

/** @param start a configuration that holds */
function goodPlan(feasibility: Feasibility, start: Configuration): Incumbent {
  const configuration = descend(feasibility, start);
  return { configuration, cost: costOf(feasibility.space, configuration) };
}

/** Cost of the plan the paper's search finds, in whole micro-dollars per hour. */
function greedyCost(feasibility: Feasibility): number | undefined {
  const { holds, configuration } = greedySearch(feasibility);
  return holds ? costOf(feasibility.space, configuration) : undefined;
}

/** Cost of a good plan that puts every stage it can on one kind of hardware, for each kind, in the hardware file's order. */
function yardsticks(input: PlanningInput, { space, bounds }: Feasibility): Yardstick[] {
  return input.hardware.flatMap(({ name }): Yardstick[] => {
    const stages = space.stages.filter(({ options }) => options.some(({ hardware }) => hardware === name)).length;
    if (stages === 0) return [];
    const preferred = preferring(space, name);
    const only = new Feasibility(bounds, preferred);
    const start = initialConfiguration(only);
    if (!start.holds) return [{ hardware: name, stages, reason: 'no configuration holds' }];
    return [{ hardware: name, stages, costUsdPerHour: usdFromMicro(goodPlan(only, start.configuration).cost) }];
  });
}
