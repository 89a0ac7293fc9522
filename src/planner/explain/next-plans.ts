/** The plans that follow the cheapest in cost, each proved to be next (cheapest-plans.ts). */
import type { Configuration } from '../../model/configuration.js';
import { usdFromMicro } from '../../units.js';
import type { Certified } from '../evidence/plan-evidence.js';
import type { Ranking } from '../evidence/plan-result.js';
import { packedPricing, packedSpace, replicasByKind } from '../pack/pack-plan.js';
import type { PackSolver } from '../pack/pack-solver.js';
import type { TrafficPromise } from '../promise/promise.js';
import { CheapestPlans } from '../search/cheapest-plans.js';
import type { SearchState } from '../search/search-state.js';
import type { Feasibility } from '../space/feasibility.js';
import { configurationMicroUsd, PER_REPLICA } from '../space/pricing.js';
import { stageRunsOf } from '../space/trace-bounds.js';

/** The list ends at what costs this many times the cheapest plan. */
const CEILING_TIMES = 3;

/** A caller that answers `true` ends the search with the plans so far. */
export function* nextPlans(
  { bounds, space }: Feasibility,
  given: {
    readonly configuration: Configuration;
    readonly certified: Certified;
    readonly promise: TrafficPromise | undefined;
    readonly solver: PackSolver | undefined;
    readonly most: number;
  },
): Generator<SearchState, Ranking, boolean | undefined> {
  const { configuration, certified, promise, solver, most } = given;
  const costMicroUsd =
    solver === undefined
      ? configurationMicroUsd(space, configuration)
      : solver.costMicroUsd(replicasByKind(configuration));
  const search = new CheapestPlans({
    bounds,
    space: solver === undefined ? space : packedSpace(space, solver),
    pricing: solver === undefined ? PER_REPLICA : packedPricing(solver),
    most,
    known: [{ configuration, costMicroUsd }],
    floorMicroUsd: certified.lowerBoundMicroUsd,
    ceilingMicroUsd: CEILING_TIMES * costMicroUsd,
    accept: promise?.accept,
  });
  const onTrace = { configuration, costMicroUsd };
  let isStopped = false;
  for (const { lowerBoundMicroUsd, plans } of search.run()) {
    isStopped =
      (yield {
        lowerBoundMicroUsd,
        incumbent: plans.at(-1),
        onTrace,
        simulations: stageRunsOf(bounds),
      }) === true;
    if (isStopped) break;
  }
  const { plans, lowerBoundMicroUsd } = search.state;
  const bound = Math.min(lowerBoundMicroUsd, plans.length < most ? lowerBoundMicroUsd : plans.at(-1)!.costMicroUsd);
  return {
    plans: plans.map((plan) => ({ costUsdPerHour: usdFromMicro(plan.costMicroUsd), stages: plan.configuration })),
    isProved: !isStopped && bound >= plans.at(-1)!.costMicroUsd,
    lowerBoundUsdPerHour: usdFromMicro(bound),
  };
}
