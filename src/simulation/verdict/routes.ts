/** Routes: the distinct sets of stages that queries visit. Queries of one route have the same paths. */
import type { Routing } from '../routing.js';

export interface Routes {
  /** Route of each query. */
  readonly routeOf: Int32Array;
  /** Stages of each route, in topological order. */
  readonly stages: readonly (readonly number[])[];
  /** Queries of each route. */
  readonly queries: readonly number[];
}

/** Finds the routes of queries [0, queries), numbered in order of their first query. */
export function routesOf(routing: Routing, queries: number): Routes {
  const all = routing.parents.map((_, s) => s);
  const routeOf = new Int32Array(queries);
  let firstOf = [0];
  let counts: number[] = [queries];
  for (const s of all) {
    if (routing.isPlain[s]) continue;
    // Split each set of queries into those that visit the stage and those that do not.
    const items = routing.items[s]!;
    const { mask } = routing;
    const part = new Int32Array(2 * firstOf.length).fill(-1);
    firstOf = [];
    counts = [];
    for (let q = 0; q < queries; q++) {
      const half = 2 * routeOf[q]! + (-items[q & mask]! >>> 31);
      let route = part[half]!;
      if (route < 0) {
        route = firstOf.length;
        part[half] = route;
        firstOf.push(q);
        counts.push(0);
      }
      routeOf[q] = route;
      counts[route]!++;
    }
  }
  return { routeOf, stages: firstOf.map((q) => all.filter((s) => routing.itemsAt(s, q) > 0)), queries: counts };
}

/** The routes of a trace's first queries, under the same numbers; those that none of them takes have no queries. */
export function firstRoutes({ routeOf, stages }: Routes, queries: number): Routes {
  const counts = stages.map(() => 0);
  for (let q = 0; q < queries; q++) counts[routeOf[q]!]!++;
  return { routeOf: routeOf.subarray(0, queries), stages, queries: counts };
}

/** Longest sums of service times along one route without queueing; 0 at stages off the route. */
export interface RoutePaths {
  /** Per stage, from the arrival to entering the stage. */
  readonly upUs: Float64Array;
  /** Per stage, from leaving the stage to the end. */
  readonly downUs: Float64Array;
  /** Over the whole route. */
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

/** `[stage][route]`: the longest sum of service times on the route after the stage. */
export function restsUs(routing: Routing, { stages }: Routes, serviceUs: readonly number[]): Float64Array[] {
  const paths = stages.map((route) => routePaths(routing, route, serviceUs));
  return serviceUs.map((_, s) => Float64Array.from(paths, ({ downUs }) => downUs[s]!));
}

/** The stage with the longest service time on a route's longest path. */
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
