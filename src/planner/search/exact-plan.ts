/** The exact search below a good plan that is found at once, with the promise as a condition on every plan. */
import type { Configuration } from '../../model/configuration.js';
import type { Certified } from '../evidence/plan-evidence.js';
import type { TrafficPromise } from '../promise/promise.js';
import { Feasibility } from '../space/feasibility.js';
import { configurationMicroUsd } from '../space/pricing.js';
import { isWithinLimits } from '../space/search-space.js';
import { stageRunsOf, wholeRunsOf } from '../space/trace-bounds.js';
import type { Incumbent } from './bucket-search.js';
import { exactSearch } from './exact-search.js';
import type { GreedyResult } from './greedy-search.js';
import { bottleneck, type InitialResult, initialConfiguration } from './initial-configuration.js';
import type { SearchHelper } from './search-helper.js';
import type { SearchState } from './search-state.js';
import { withoutQueues } from './without-queues.js';

export interface ExactOutcome extends GreedyResult {
  readonly certified?: Certified;
  /** Cost of the cheapest configuration met that holds on the trace but fails the out-of-sample test. */
  readonly unpromisedMicroUsd?: number | undefined;
  /** The cheapest that holds on the trace; may be the same. */
  readonly onTrace?: Configuration | undefined;
  /** Whether it is proved that no configuration within the limits holds on the trace. */
  readonly isProvedInfeasible?: boolean;
  /** Whether another process took part. */
  readonly isHelped?: boolean | undefined;
}

/**
 * A plan that must pass the out-of-sample test may cost this many times the configuration that the search starts from.
 */
const CEILING_TIMES = 2;

/** Replicas that a repair adds to the bottleneck at once, as a share of those it has: one up to forty. */
const REPAIR_SHARE = 1 / 40;

/** Queries of the part of a long trace on which a first plan is looked for. */
const PILOT_QUERIES = 1 << 17;
/** Work for it, in stage simulations on that part. */
const PILOT_RUNS = 300;
/** The whole trace may ask for this many times its cost. */
const PILOT_CEILING_TIMES = 4;

/** What is known before a search begins, from searches for other objectives or in smaller spaces. */
export interface WarmStart {
  /** Nothing that holds on the trace costs less, in whole micro-dollars per hour. */
  readonly floorMicroUsd?: number;
  /** A configuration that holds on the trace. */
  readonly known?: Incumbent | undefined;
}

export interface Searched extends Omit<ExactOutcome, 'moves'> {
  /** What the search starts from. */
  readonly start: InitialResult;
  /** Where the search ended. */
  readonly state?: SearchState;
}

/**
 * @param promise absent when the trace alone decides
 * @param options `mostRuns`: work after which the search ends with the best plan so far, in stage simulations on the
 * whole trace; `helpers`: other processes
 */
export function* exactPlan(
  feasibility: Feasibility,
  promise: TrafficPromise | undefined,
  {
    mostRuns = Number.POSITIVE_INFINITY,
    helpers,
  }: { mostRuns?: number; helpers?: readonly SearchHelper[] | undefined } = {},
): Generator<SearchState, ExactOutcome, boolean | undefined> {
  const { bounds } = feasibility;
  const search = searchPlan(feasibility, promise, { helpers });
  let step = search.next();
  while (!step.done) {
    const isAsked = yield step.value;
    step = search.next(isAsked === true || wholeRunsOf(bounds) > mostRuns);
  }
  const { start, state, ...found } = step.value;
  return { ...found, moves: start.moves, onTrace: state?.onTrace?.configuration, isHelped: state?.isHelped };
}

/** Steps that tell nothing, with a state to show in their place. */
export function* during<Result>(
  steps: Generator<void, Result, boolean | undefined>,
  state: () => SearchState,
): Generator<SearchState, Result, boolean | undefined> {
  let step = steps.next();
  while (!step.done) step = steps.next(yield state());
  return step.value;
}

/** The search alone, which ends early when it is answered `true`. */
export function* searchPlan(
  feasibility: Feasibility,
  promise: TrafficPromise | undefined,
  { floorMicroUsd, known: given, helpers }: WarmStart & { readonly helpers?: readonly SearchHelper[] | undefined } = {},
): Generator<SearchState, Searched, boolean | undefined> {
  const { bounds, space } = feasibility;
  const nothing: SearchState = {
    lowerBoundMicroUsd: floorMicroUsd ?? 0,
    incumbent: undefined,
    onTrace: given,
    simulations: 0,
  };
  const starting = (doing: string) => () => ({ ...nothing, simulations: stageRunsOf(bounds), doing });
  const piloted = yield* during(pilotPlan(feasibility, promise), starting('looking for a first plan'));
  const start = piloted ?? (yield* during(initialConfiguration(feasibility), starting('growing a first plan')));
  const { configuration } = start;
  if (bounds.isImpossible || (start.isStopped && bounds.isLong)) return { holds: false, configuration, start };

  const { accept } = promise ?? {};
  const costMicroUsd = configurationMicroUsd(space, configuration);
  const first = start.holds ? { configuration, costMicroUsd } : undefined;
  const known =
    given !== undefined && !(first !== undefined && first.costMicroUsd < given.costMicroUsd) ? given : first;
  const ceilingMicroUsd = start.holds ? CEILING_TIMES * costMicroUsd : highestOfUseMicroUsd(feasibility);
  const repair = (refused: Incumbent) =>
    repaired(feasibility, refused.configuration, { accept: accept!, ceilingMicroUsd });
  const search = exactSearch({
    bounds,
    space,
    known,
    isKnownAccepted: known === first && piloted?.holds,
    condition: promise,
    repair,
    ceilingMicroUsd,
    floorMicroUsd,
    helpers,
  });
  let step = search.next();
  while (!step.done && !(yield step.value)) step = search.next();

  const state = step.value;
  const { lowerBoundMicroUsd, onTrace } = state;
  const stopped = step.done ? undefined : onTrace;
  const incumbent =
    state.incumbent ??
    (stopped &&
      (yield* during(repair(stopped), () => ({ ...state, doing: 'making the plan safer', isFinishing: true })))) ??
    (stopped !== undefined && bounds.isLong ? undefined : unqueued(feasibility, promise));
  if (incumbent === undefined) {
    const isProvedInfeasible = step.done === true && onTrace === undefined;
    return { holds: false, configuration, isProvedInfeasible, start, state };
  }
  return {
    holds: true,
    configuration: incumbent.configuration,
    certified: {
      lowerBoundMicroUsd: Math.min(lowerBoundMicroUsd, incumbent.costMicroUsd),
      isProved: lowerBoundMicroUsd >= incumbent.costMicroUsd,
    },
    unpromisedMicroUsd:
      onTrace !== undefined && onTrace.costMicroUsd < incumbent.costMicroUsd ? onTrace.costMicroUsd : undefined,
    start,
    state,
  };
}

/**
 * The first plan on a long trace: the best that a short search finds on the busiest part of it, with as many more
 * replicas as the whole trace asks for. Undefined on other traces, and where that gives no plan.
 */
function* pilotPlan(
  feasibility: Feasibility,
  promise: TrafficPromise | undefined,
): Generator<void, InitialResult | undefined, boolean | undefined> {
  const { bounds, space } = feasibility;
  if (!bounds.isLong || bounds.isImpossible) return undefined;
  const part = new Feasibility(bounds.busiestPart(PILOT_QUERIES), space);
  const search = searchPlan(part, promise);
  let isTold = false;
  let step = search.next();
  for (; !step.done; step = search.next(isTold || wholeRunsOf(part.bounds) > PILOT_RUNS)) isTold ||= (yield) === true;
  const { holds, configuration, start } = step.value;
  if (isTold) return { ...start, holds: false, isStopped: true };
  if (!holds) return undefined;
  const enough = configuration.map((choice, s) => {
    return { ...choice, replicas: Math.max(choice.replicas, feasibility.leastReplicas(s, choice)) };
  });
  const growing = repaired(feasibility, enough, {
    accept: promise?.accept ?? (() => true),
    ceilingMicroUsd: PILOT_CEILING_TIMES * configurationMicroUsd(space, configuration),
  });
  let grown = growing.next();
  for (; !grown.done; grown = growing.next(isTold)) isTold ||= (yield) === true;
  if (grown.value !== undefined) return { ...start, holds: true, configuration: grown.value.configuration };
  return isTold ? { ...start, holds: false, isStopped: true } : undefined;
}

/** A plan of last resort, whatever it costs: no queues at all, where that passes the out-of-sample test. */
function unqueued(feasibility: Feasibility, promise: TrafficPromise | undefined): Incumbent | undefined {
  const configuration = promise && withoutQueues(feasibility);
  if (configuration === undefined || !feasibility.judge(configuration).holds) return undefined;
  if (!promise!.accept(configuration)) return undefined;
  return { configuration, costMicroUsd: configurationMicroUsd(feasibility.space, configuration) };
}

/**
 * Cost of the most expensive hardware at every stage, with as many replicas as the limit allows. Without a limit, one
 * for each item: more would never be busy.
 */
function highestOfUseMicroUsd({ bounds, space }: Feasibility): number {
  return space.stages.reduce((sum, { options }, s) => {
    const items = Math.ceil(bounds.scaleFactors[s]! * bounds.queries);
    return (
      sum +
      Math.min(space.maxReplicas[s]!, Math.max(space.minReplicas[s]!, items)) *
        Math.max(...options.map(({ priceMicroUsd }) => priceMicroUsd))
    );
  }, 0);
}

/**
 * Adds replicas to the bottleneck of `from` until it is accepted. Undefined when the limits, the ceiling or a caller
 * that answers `true` end that first.
 */
function* repaired(
  feasibility: Feasibility,
  from: Configuration,
  { accept, ceilingMicroUsd }: { accept: (configuration: Configuration) => boolean; ceilingMicroUsd: number },
): Generator<void, Incumbent | undefined, boolean | undefined> {
  const { space } = feasibility;
  for (let configuration = from; ; ) {
    const costMicroUsd = configurationMicroUsd(space, configuration);
    if (costMicroUsd > ceilingMicroUsd || !isWithinLimits(space, configuration)) return undefined;
    yield* feasibility.look(configuration);
    if (feasibility.judge(configuration).holds && accept(configuration)) return { configuration, costMicroUsd };
    if (yield) return undefined;
    const s = bottleneck(feasibility, configuration)!;
    const { replicas } = configuration[s]!;
    const more = Math.max(1, Math.floor(replicas * REPAIR_SHARE));
    configuration = configuration.with(s, { ...configuration[s]!, replicas: replicas + more });
  }
}
