/** The plan whose cloud instances cost least, whole: searched upwards until nothing cheaper is left. */
import type { Configuration } from '../../model/configuration.js';
import { leastPrices } from '../../model/pack-model.js';
import type { Packing } from '../../model/plan/plan.js';
import { usdFromMicro } from '../../units.js';
import type { Certified } from '../evidence/plan-evidence.js';
import type { TrafficPromise } from '../promise/promise.js';
import type { Incumbent } from '../search/bucket-search.js';
import { CheapestPlans } from '../search/cheapest-plans.js';
import type { SearchState } from '../search/search-state.js';
import { type Breadth, EVERYTHING } from '../search/walk-choices.js';
import type { Feasibility } from '../space/feasibility.js';
import type { Pricing } from '../space/pricing.js';
import type { SearchSpace } from '../space/search-space.js';
import { stageRunsOf, type TraceBounds } from '../space/trace-bounds.js';
import type { PackSolution, PackSolver } from './pack-solver.js';

/** Looks for a good plan before anything is proved. */
const BEAM: Breadth = { vectors: 16, extraReplicas: 2, prefixes: 2, maxRuns: 300 };

export interface PackedOutcome {
  readonly configuration: Configuration;
  readonly certified: Certified;
  /** Whole micro-dollars per hour of the cheapest that holds on the trace but not on fresh traffic. */
  readonly unpromisedMicroUsd: number | undefined;
}

/** What replicas cost on whole instances. */
export function packedPricing(solver: PackSolver): Pricing {
  return { costMicroUsd: (options, replicas) => solver.costMicroUsd(countsOf(options, replicas)) };
}

/** A space whose prices are at most what instances cost. */
export function packedSpace(space: SearchSpace, solver: PackSolver): SearchSpace {
  const prices = leastPrices(solver.model);
  const stages = space.stages.map(({ stage, options }) => ({
    stage,
    options: options.map((option) => ({ ...option, priceMicroUsd: prices.get(option.hardware)! })),
  }));
  return { ...space, stages };
}

/**
 * @param held holds on the trace and is accepted
 * @param onTrace holds on the trace; may be the same
 */
export function* packPlan(
  { bounds, space: priced }: Feasibility,
  given: {
    readonly solver: PackSolver;
    readonly promise: TrafficPromise | undefined;
    readonly held: Configuration;
    readonly onTrace: Configuration;
  },
): Generator<SearchState, PackedOutcome, boolean | undefined> {
  const { solver, promise } = given;
  const common = { bounds, space: packedSpace(priced, solver), pricing: packedPricing(solver), most: 1 };
  const pricedPlan = (configuration: Configuration): Incumbent => {
    return { configuration, costMicroUsd: solver.costMicroUsd(replicasByKind(configuration)) };
  };
  let held = pricedPlan(given.held);
  const first = pricedPlan(given.onTrace);
  const known = [first.costMicroUsd < held.costMicroUsd ? first : held];
  const onTrace = new CheapestPlans({ ...common, known, ceilingMicroUsd: known[0]!.costMicroUsd });
  let isStopped = yield* pursue(bounds, onTrace, promise === undefined ? undefined : held);
  const cheapest = onTrace.state.plans[0]!;
  if (promise === undefined || cheapest.costMicroUsd === held.costMicroUsd) {
    if (promise === undefined) held = cheapest;
    return outcomeOf(held, onTrace.state.lowerBoundMicroUsd, undefined);
  }
  if (!isStopped && promise.accept(cheapest.configuration)) {
    return outcomeOf(cheapest, onTrace.state.lowerBoundMicroUsd, undefined);
  }
  const { lowerBoundMicroUsd: floorMicroUsd } = onTrace.state;
  const { accept } = promise;
  const search = new CheapestPlans({
    ...common,
    known: [held],
    floorMicroUsd,
    ceilingMicroUsd: held.costMicroUsd,
    accept,
  });
  if (!isStopped) isStopped = yield* pursue(bounds, search, undefined);
  return outcomeOf(search.state.plans[0]!, search.state.lowerBoundMicroUsd, cheapest.costMicroUsd);
}

/** Runs a beam, then the whole search, until the caller stops it. @returns whether it did */
function* pursue(
  bounds: TraceBounds,
  search: CheapestPlans,
  held: Incumbent | undefined,
): Generator<SearchState, boolean, boolean | undefined> {
  for (const breadth of [BEAM, EVERYTHING]) {
    for (const { lowerBoundMicroUsd, plans } of search.run(breadth)) {
      const simulations = stageRunsOf(bounds);
      if (yield { lowerBoundMicroUsd, incumbent: held ?? plans[0], onTrace: plans[0], simulations }) return true;
    }
  }
  return false;
}

function outcomeOf(plan: Incumbent, bound: number, unpromised: number | undefined): PackedOutcome {
  const lowerBoundMicroUsd = Math.min(bound, plan.costMicroUsd);
  return {
    configuration: plan.configuration,
    certified: { lowerBoundMicroUsd, isProved: lowerBoundMicroUsd === plan.costMicroUsd },
    unpromisedMicroUsd: unpromised !== undefined && unpromised < plan.costMicroUsd ? unpromised : undefined,
  };
}

function countsOf(
  options: readonly { readonly hardware: string }[],
  replicas: readonly number[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  options.forEach(({ hardware }, s) => {
    counts.set(hardware, (counts.get(hardware) ?? 0) + replicas[s]!);
  });
  return counts;
}

export function replicasByKind(configuration: Configuration): ReadonlyMap<string, number> {
  return countsOf(
    configuration,
    configuration.map(({ replicas }) => replicas),
  );
}

/** The instances of a solution with the stages whose replicas run on each, equal ones together. */
export function packingOf(configuration: Configuration, { costMicroUsd, instances }: PackSolution): Packing {
  const left = configuration.map(({ replicas }) => replicas);
  const alike = new Map<
    string,
    { instance: string; count: number; priceUsdPerHour: number; runs: { stage: string; replicas: number }[] }
  >();
  for (const { instance, priceMicroUsd, replicas } of instances) {
    const room = new Map(replicas);
    const runs = configuration.flatMap(({ stage, hardware }, s) => {
      const n = Math.min(left[s]!, room.get(hardware) ?? 0);
      left[s]! -= n;
      room.set(hardware, (room.get(hardware) ?? 0) - n);
      return n === 0 ? [] : [{ stage, replicas: n }];
    });
    const key = JSON.stringify([instance, runs]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { instance, count: 1, priceUsdPerHour: usdFromMicro(priceMicroUsd), runs });
    else known.count++;
  }
  return { costUsdPerHour: usdFromMicro(costMicroUsd), instances: [...alike.values()] };
}
