/** What the trace and the objective alone say, before any configuration is chosen. */
import type { Slo } from '../../model/slo.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { shortestUs } from '../../simulation/service-times.js';
import type { PrefixOptions } from '../../simulation/verdict/prefix-options.js';
import { routePaths } from '../../simulation/verdict/routes.js';
import { StagePrefixes } from '../../simulation/verdict/stage-prefixes.js';
import { StagewiseSimulator } from '../../simulation/verdict/stagewise.js';
import { usFromMs } from '../../units.js';
import { CapacityBound, type Visitors } from './capacity-bound.js';
import type { PlanningInput, SearchSpace } from './search-space.js';

export interface TraceBounds {
  readonly slo: Slo;
  readonly simulator: StagewiseSimulator;
  /**
   * Stage simulations on the trace's first parts, shortest first, and last on the whole. Each part allows as many
   * misses as the whole: what is pruned on a part is pruned for a part of the cost.
   */
  readonly levels: readonly StagePrefixes[];
  readonly queries: number;
  /** Whether passing over the whole trace takes so long that a search first looks at a part of it. */
  readonly isLong: boolean;
  readonly allowedMisses: number;
  /** Mean items of each stage per query of the trace. */
  readonly scaleFactors: readonly number[];
  /** Queries that miss the objective on the fastest way through the stages they visit. */
  readonly unavoidableMisses: number;
  /** Whether those are more than the objective allows: a proof that no configuration holds it. */
  readonly isImpossible: boolean;
  /** Per stage, the longest time between entering it and leaving it that a query on time can have. */
  readonly windowUs: readonly number[];
  readonly capacity: CapacityBound;
  /**
   * The same for the busiest part of the trace, of so many queries.
   * @param allowedMisses by default, what the objective allows
   */
  busiestPart(queries: number, allowedMisses?: number): TraceBounds;
}

/** Shares of the trace that are looked at before all of it. */
const PARTS = [1 / 16, 1 / 4];
const PART_BYTES = 64 * 1024 * 1024;
/** Queries of a long trace. */
export const LONG_QUERIES = 1 << 19;

/** Holds for every configuration of `space`, and so for every space within it. */
export function traceBounds(
  input: PlanningInput & Pick<PrefixOptions, 'shared' | 'cacheBytes' | 'routing' | 'allowedMisses'>,
  space: SearchSpace,
): TraceBounds {
  const fastestUs = space.stages.map(({ options }) => Math.min(...options.map(({ service }) => shortestUs(service))));
  const simulator = new StagewiseSimulator({ ...input, fastestUs });
  const { routing, routes, queries, allowedMisses } = simulator;
  const parts = PARTS.map((share) => {
    const part = {
      ...input,
      shared: undefined,
      routing,
      trace: { arrivalsUs: input.trace.arrivalsUs.subarray(0, Math.ceil(share * queries)) },
      fastestUs,
      allowedMisses,
      cacheBytes: PART_BYTES,
    };
    return new StagePrefixes(part, simulator.prefixes);
  });
  const sloUs = usFromMs(input.slo.latencyMs);
  const unavoidableMisses = routes.stages.reduce((misses, route, r) => {
    return misses + (routePaths(routing, route, fastestUs).totalUs > sloUs ? routes.queries[r]! : 0);
  }, 0);
  const windowUs = stageWindowsUs(simulator, sloUs, fastestUs);
  return {
    slo: input.slo,
    simulator,
    levels: [...parts, simulator.prefixes],
    queries,
    isLong: queries >= LONG_QUERIES,
    allowedMisses,
    scaleFactors: simulator.prefixes.items.map((items) => items / queries),
    unavoidableMisses,
    isImpossible: unavoidableMisses > allowedMisses,
    windowUs,
    capacity: new CapacityBound(
      windowUs.map((_, s) => visitorsOf(simulator, s)),
      { allowedMisses, sloUs },
    ),
    busiestPart(most, allowed) {
      const { routing: _, shared: __, ...same } = input;
      const part = { ...same, trace: busiestPart(input.trace, most), cacheBytes: PART_BYTES };
      return traceBounds(allowed === undefined ? part : { ...part, allowedMisses: allowed }, space);
    },
  };
}

/** The part of a trace with so many queries that lasts the shortest time; the first of several. */
function busiestPart({ arrivalsUs }: ArrivalTrace, queries: number): ArrivalTrace {
  let first = 0;
  let leastUs = Number.POSITIVE_INFINITY;
  for (let from = 0; from + queries <= arrivalsUs.length; from++) {
    const lastsUs = arrivalsUs[from + queries - 1]! - arrivalsUs[from]!;
    if (lastsUs >= leastUs) continue;
    leastUs = lastsUs;
    first = from;
  }
  return { arrivalsUs: arrivalsUs.slice(first, first + queries).map((us) => us - arrivalsUs[first]!) };
}

/** Stage simulations run, on the whole trace or a part of it, to the end or until pruned. */
export function stageRunsOf({ levels }: TraceBounds): number {
  return levels.reduce((sum, { stageRuns }) => sum + stageRuns, 0);
}

/** Gives back the room that simulations take. */
export function forget({ levels }: TraceBounds): void {
  for (const level of levels) level.forget();
}

/** Items dispatched in stage simulations. */
export function rowsRunOf({ levels }: TraceBounds): number {
  return levels.reduce((sum, { rowsRun }) => sum + rowsRun, 0);
}

/** The work of stage simulations, in simulations of a mean stage on the whole trace. */
export function wholeRunsOf(bounds: TraceBounds): number {
  const { items } = bounds.simulator.prefixes;
  const mean = items.reduce((sum, n) => sum + n, 0) / items.length;
  return rowsRunOf(bounds) / Math.max(1, mean);
}

function visitorsOf({ routing, arrivalsUs }: StagewiseSimulator, stage: number): Visitors {
  const isSingle = routing.isSingle[stage]!;
  return { arrivalsUs, items: routing.isPlain[stage] ? null : routing.items[stage]!, isSingle };
}

/**
 * Per stage, the time an on-time query has between entering and leaving it at most: the objective less the fastest way
 * to the stage and the fastest way on, each the least over the routes that visit it. The two minima are taken apart:
 * the least sum over routes is not a bound.
 */
export function stageWindowsUs(
  { routing, routes }: StagewiseSimulator,
  sloUs: number,
  fastestUs: readonly number[],
): number[] {
  const paths = routes.stages.map((route) => routePaths(routing, route, fastestUs));
  return fastestUs.map((_, s) => {
    const visiting = paths.filter((_, r) => routes.stages[r]!.includes(s));
    if (visiting.length === 0) return sloUs;
    const up = Math.min(...visiting.map(({ upUs }) => upUs[s]!));
    const down = Math.min(...visiting.map(({ downUs }) => downUs[s]!));
    return sloUs - up - down;
  });
}
