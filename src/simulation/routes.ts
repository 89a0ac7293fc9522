/** Routes: the different sets of stages that the queries of a trace visit. What holds for one query of a route holds for all. */
import type { Routing } from './routing.js';

export interface Routes {
  /** Route of each query. */
  readonly routeOf: Int32Array;
  /** Stages of each route, in topological order. */
  readonly stages: readonly (readonly number[])[];
  /** Queries of each route. */
  readonly queries: readonly number[];
}

export function routesOf(routing: Routing, queries: number): Routes {
  const all = routing.parents.map((_, s) => s);
  const sets = setsOf(routing, queries);
  const known = new Map<number | string, number>();
  const routeOf = new Int32Array(queries);
  const stages: number[][] = [];
  const counts: number[] = [];
  let lastSet: number | string | undefined;
  let route = 0;
  for (let q = 0; q < queries; q++) {
    const set = sets[q]!;
    if (set !== lastSet) {
      route = known.get(set) ?? stages.length;
      lastSet = set;
    }
    if (route === stages.length) {
      known.set(set, route);
      stages.push(all.filter((s) => routing.itemsAt(s, q) > 0));
      counts.push(0);
    }
    routeOf[q] = route;
    counts[route]!++;
  }
  return { routeOf, stages, queries: counts };
}

/** A name for the set of stages that each query visits: a bit for each that not all do, while a number has room for them. */
function setsOf(routing: Routing, queries: number): ArrayLike<number | string> {
  const branching = routing.parents.map((_, s) => s).filter((s) => !routing.isPlain[s]);
  if (branching.length > 52) {
    return Array.from({ length: queries }, (_, q) => branching.filter((s) => routing.itemsAt(s, q) > 0).join());
  }
  const sets = new Float64Array(queries);
  for (const s of branching) {
    const items = routing.items[s]!;
    for (let q = 0; q < queries; q++) sets[q] = 2 * sets[q]! + (items[q & routing.mask]! > 0 ? 1 : 0);
  }
  return sets;
}

/** Longest sums of service times along one route, when nothing waits; 0 at stages it does not visit. */
export interface RoutePaths {
  /** Per stage, from arrival to entering it. */
  readonly upUs: Float64Array;
  /** Per stage, from leaving it to the end. */
  readonly downUs: Float64Array;
  /** The whole route. */
  readonly totalUs: number;
}

/** @param serviceUs per stage */
export function routePaths({ parents }: Routing, route: readonly number[], serviceUs: readonly number[]): RoutePaths {
  const upUs = new Float64Array(serviceUs.length);
  const downUs = new Float64Array(serviceUs.length);
  let totalUs = 0;
  for (const s of route) {
    for (const p of parents[s]!) if (route.includes(p)) upUs[s] = Math.max(upUs[s]!, upUs[p]! + serviceUs[p]!);
    totalUs = Math.max(totalUs, upUs[s]! + serviceUs[s]!);
  }
  for (const s of route.toReversed()) {
    for (const p of parents[s]!) if (route.includes(p)) downUs[p] = Math.max(downUs[p]!, downUs[s]! + serviceUs[s]!);
  }
  return { upUs, downUs, totalUs };
}

/** The stage that takes most of the service time along a route's longest path. */
export function slowestStage(routing: Routing, route: readonly number[], serviceUs: readonly number[]): number {
  const { parents } = routing;
  const { upUs, totalUs } = routePaths(routing, route, serviceUs);
  let stage = route.findLast((s) => upUs[s]! + serviceUs[s]! === totalUs)!;
  let slowest = stage;
  for (;;) {
    const before = parents[stage]!.find((p) => route.includes(p) && upUs[p]! + serviceUs[p]! === upUs[stage]!);
    if (before === undefined) return slowest;
    stage = before;
    if (serviceUs[stage]! >= serviceUs[slowest]!) slowest = stage;
  }
}
