/** Plans a pipeline: searches, then gathers the evidence that a plan carries. */
import { traceSteadiness } from '../envelope/steadiness.js';
import { InputError } from '../errors.js';
import type { Configuration } from '../model/configuration.js';
import type { OutOfSampleTest } from '../model/plan/out-of-sample-test.js';
import type { SearchName } from '../model/plan/search.js';
import { sourceOf } from '../model/trace.js';
import { simulate } from '../simulation/simulate.js';
import { usdFromMicro, usFromMs } from '../units.js';
import { planOf } from './evidence/plan-evidence.js';
import type { InfeasiblePlan, PlanResult, TriedMove } from './evidence/plan-result.js';
import { cheaperChoices } from './explain/cheaper-choices.js';
import { explainInfeasible } from './explain/infeasible.js';
import { nextPlans } from './explain/next-plans.js';
import { placement, withoutRoom } from './explain/placement.js';
import { singleHardwarePlans } from './explain/single-hardware.js';
import { SloSearch } from './explain/smallest-slo.js';
import { whatIfs } from './explain/what-if.js';
import { feasibilityInSteps } from './feasibility-in-steps.js';
import { packingOf, packPlan, replicasByKind } from './pack/pack-plan.js';
import type { PackSolver } from './pack/pack-solver.js';
import { createPromise } from './promise/promise.js';
import { validatedOf } from './promise/validation.js';
import { runToEnd } from './run-to-end.js';
import { during, type ExactOutcome, exactPlan } from './search/exact-plan.js';
import { greedySearch } from './search/greedy-search.js';
import type { SearchHelper } from './search/search-helper.js';
import type { SearchState } from './search/search-state.js';
import type { Feasibility } from './space/feasibility.js';
import { configurationMicroUsd } from './space/pricing.js';
import { type PlanningInput, searchSpace } from './space/search-space.js';
import { forget, stageRunsOf } from './space/trace-bounds.js';

const NOTHING: SearchState = { lowerBoundMicroUsd: 0, incumbent: undefined, onTrace: undefined, simulations: 0 };
/** Stage simulations that looking for a good plan at prices by replica is worth, before whole instances are priced. */
const PRELUDE = 1000;

/** How to search, and what to find beside the plan. */
export interface PlanningOptions {
  readonly search: SearchName;
  /** Also run the paper's search, for its cost. */
  readonly compareGreedy?: boolean;
  /** Plans must also hold on resampled traffic; absent when the trace alone decides. */
  readonly validation?: OutOfSampleTest | undefined;
  /** Price whole instances. */
  readonly packing?: PackSolver | undefined;
  /** How many of the cheapest plans to list. */
  readonly top?: number | undefined;
  /** Say of each next cheaper choice what it attains, and what other hardware would cost; for the exact search. */
  readonly explain?: boolean;
  /** Other processes for the exact search. */
  readonly helpers?: readonly SearchHelper[] | undefined;
}

/**
 * Plans in small steps. Each yields what is known so far; a caller that answers `true` ends the search there, with the
 * best plan so far and its certified bound. Steps for the report around the plan follow (`isFinishing`); they end at
 * once when answered `true`. Being infeasible is a result: it names the binding stage and the smallest objective that
 * could be met.
 * @throws InputError when the trace is empty or a stage has no profile on any hardware
 */
export function* planInSteps(
  input: PlanningInput,
  options: PlanningOptions,
): Generator<SearchState, PlanResult, boolean | undefined> {
  const caller = { hasStopped: false };
  const steps = planSteps(input, options, caller);
  for (let answer: boolean | undefined; ; ) {
    const step = steps.next(answer);
    if (step.done) return step.value;
    answer = yield step.value;
    caller.hasStopped ||= answer === true;
  }
}

/** @param caller whether it has answered `true` so far */
function* planSteps(
  input: PlanningInput,
  { search, compareGreedy = false, validation, packing: solver, top, explain = false, helpers }: PlanningOptions,
  caller: { readonly hasStopped: boolean },
): Generator<SearchState, PlanResult, boolean | undefined> {
  if (input.trace.arrivalsUs.length === 0) {
    throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
  }
  const space = searchSpace(input);
  const steadiness = traceSteadiness(input.trace);
  const steady = steadiness === undefined ? {} : { steadiness };
  const placed = placement(space);
  if ('stuck' in placed) return { ...withoutRoom(space, placed.stuck), ...steady };
  const preparing = { ...NOTHING, doing: 'looking at the trace', isPreparing: true };
  const feasibility = yield* during(feasibilityInSteps(input, space), () => preparing);
  if (feasibility === undefined) return { ...stoppedEarly([]), ...steady };
  const { isLong } = feasibility.bounds;
  const stateOf = (doing: string) => () => ({ ...NOTHING, simulations: stageRunsOf(feasibility.bounds), doing });
  const promise = validation && createPromise({ ...input, traffic: validation.traffic });
  let outcome: ExactOutcome =
    search === 'exact'
      ? yield* exactPlan(feasibility, promise, { ...(solver && { mostRuns: PRELUDE }), helpers })
      : yield* during(greedySearch(feasibility), stateOf('searching greedily'));
  // How much of what is remembered is there depends on the other process's speed, and what follows counts its work.
  if (outcome.isHelped) forget(feasibility.bounds);
  if (!outcome.holds && isLong && caller.hasStopped) return { ...stoppedEarly(outcome.moves), ...steady };
  if (!outcome.holds) {
    const slos = new SloSearch(input, feasibility);
    if (search === 'greedy') {
      const asked = slos.anything(usFromMs(input.slo.latencyMs), undefined);
      const found = yield* during(asked, stateOf('searching exactly for a start'));
      if (typeof found !== 'string') {
        outcome = yield* during(greedySearch(feasibility, found), stateOf('searching greedily'));
      } else outcome = { ...outcome, isProvedInfeasible: found === 'none' };
    }
    if (!outcome.holds) {
      const test = search === 'exact' ? validation : undefined;
      const explaining = explainInfeasible(input, feasibility, { outcome, placed, test, slos });
      const explained = yield* during(explaining, () => ({
        ...stateOf('looking for the smallest SLO that can be met')(),
        isFinishing: true,
      }));
      return { ...explained, ...steady };
    }
  }
  const packed =
    solver &&
    (yield* packPlan(feasibility, {
      solver,
      promise,
      held: outcome.configuration,
      onTrace: outcome.onTrace ?? outcome.configuration,
    }));
  const { configuration, certified, unpromisedMicroUsd } = packed ?? outcome;
  const isExplained = explain && packed === undefined && certified !== undefined;
  const attainmentOf = (tried: Configuration) =>
    simulate({ ...input, configuration: tried, arrivals: sourceOf(input.trace) }).slo!.sloAttainment;
  const judged = isExplained ? { attainmentOf, accept: promise?.accept } : {};
  const known = {
    ...NOTHING,
    lowerBoundMicroUsd: certified?.lowerBoundMicroUsd ?? 0,
    incumbent: { configuration, costMicroUsd: configurationMicroUsd(space, configuration) },
  };
  const finishing = (doing: string) => () => ({
    ...known,
    simulations: stageRunsOf(feasibility.bounds),
    doing,
    isFinishing: true,
  });
  // What is told beside a plan takes longer on a long trace than a caller who has stopped should wait.
  const isCut = isLong && caller.hasStopped;
  const moves =
    search !== 'exact'
      ? outcome.moves
      : packed !== undefined || isCut
        ? []
        : yield* during(cheaperChoices(feasibility, configuration, judged), finishing('judging cheaper choices'));
  const floorMicroUsd = Math.min(certified?.lowerBoundMicroUsd ?? 0, unpromisedMicroUsd ?? Number.POSITIVE_INFINITY);
  const asked = isExplained
    ? yield* whatIfs(feasibility, { planned: configuration, promise, floorMicroUsd })
    : undefined;
  const ranked =
    top === undefined || certified === undefined
      ? undefined
      : yield* nextPlans(feasibility, { configuration, certified, promise, solver, most: top });

  const simulations = outcome.isHelped ? undefined : stageRunsOf(feasibility.bounds);
  const greedy =
    compareGreedy && !isCut ? yield* during(greedyCost(feasibility), finishing('searching greedily too')) : undefined;
  const simulation = simulate({ ...input, configuration, arrivals: sourceOf(input.trace) });
  const validated =
    promise && validatedOf(input, { configuration, promise, validation, unpromised: unpromisedMicroUsd });
  const yardsticks =
    isLong && caller.hasStopped
      ? []
      : yield* during(singleHardwarePlans(feasibility, configuration), finishing('comparing kinds of hardware'));
  const packing = solver && packingOf(configuration, solver.solve(replicasByKind(configuration)));
  return {
    feasible: true,
    plan: planOf(input, feasibility, { configuration, simulation, search, certified, validated, packing }),
    simulation,
    ...steady,
    moves,
    ...(simulations !== undefined && { simulations }),
    yardsticks,
    ...(asked === undefined ? {} : { whatIfs: asked }),
    ...(ranked === undefined ? {} : { ranked }),
    ...(greedy === undefined ? {} : { greedyCostUsdPerHour: usdFromMicro(greedy) }),
  };
}

/** The result of a search that was stopped before it knew anything of the objective. */
function stoppedEarly(moves: readonly TriedMove[]): InfeasiblePlan {
  return { feasible: false, reason: 'the search was stopped before it found a configuration that holds it', moves };
}

/** Plans to the end: see `planInSteps`. */
export function planConfiguration(input: PlanningInput, options: PlanningOptions): PlanResult {
  return runToEnd(planInSteps(input, options));
}

/** Cost of the plan the paper's search finds, in whole micro-dollars per hour. */
function* greedyCost(feasibility: Feasibility): Generator<void, number | undefined, boolean | undefined> {
  const { holds, configuration } = yield* greedySearch(feasibility);
  return holds ? configurationMicroUsd(feasibility.space, configuration) : undefined;
}
