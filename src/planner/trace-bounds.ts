/** What the trace and the objective alone say, before any configuration is chosen. */
import type { Slo } from '../model/slo.js';
import { leastLatencies } from '../simulation/least-latency.js';
import type { Routing } from '../simulation/routing.js';
import { StagewiseSimulator } from '../simulation/stagewise.js';
import { usFromMs } from '../units.js';
import { insufficientRate } from './capacity-bound.js';
import type { PlanningInput, SearchSpace } from './search-space.js';

export interface TraceBounds {
  readonly slo: Slo;
  readonly simulator: StagewiseSimulator;
  readonly queries: number;
  readonly allowedMisses: number;
  /** Mean items of each stage per query of the trace. */
  readonly scaleFactors: readonly number[];
  /** Queries that miss the objective on the fastest way through the stages they visit. */
  readonly unavoidableMisses: number;
  /** Whether those are more than the objective allows: a proof that no configuration holds it. */
  readonly isImpossible: boolean;
  /** Per stage, the longest time between entering it and leaving it that a query on time can have. */
  readonly windowUs: readonly number[];
  /** Per stage, a rate in items per µs that all its replicas together must exceed (`insufficientRate`). */
  readonly neededRate: readonly number[];
}

/** Holds for every configuration of `space`, and so for every space within it. */
export function traceBounds(input: PlanningInput, space: SearchSpace): TraceBounds {
  const fastestUs = space.stages.map(({ options }) =>
    Math.min(...options.map(({ service }) => least(service.fastestUs))),
  );
  const simulator = new StagewiseSimulator({ ...input, fastestUs });
  const { routing, queries, allowedMisses } = simulator;
  const sloUs = usFromMs(input.slo.latencyMs);
  const unavoidableMisses = leastLatencies(routing, queries, fastestUs).reduce((n, us) => n + (us > sloUs ? 1 : 0), 0);
  const windowUs = leastPaths(simulator, fastestUs).map(({ up, down }) => sloUs - up - down);
  return {
    slo: input.slo,
    simulator,
    queries,
    allowedMisses,
    scaleFactors: simulator.itemCounts().map((items) => items / queries),
    unavoidableMisses,
    isImpossible: unavoidableMisses > allowedMisses,
    windowUs,
    neededRate: windowUs.map((window, s) => {
      return insufficientRate(visitors(simulator, s), { windowUs: window, allowedMisses });
    }),
  };
}

function least(tableUs: Float64Array): number {
  return tableUs.subarray(1).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function visitors({ routing, arrivalsUs }: StagewiseSimulator, stage: number): Float64Array {
  if (routing.isPlain[stage]) return arrivalsUs;
  const items = routing.items[stage]!;
  const visiting = new Float64Array(arrivalsUs.length);
  let count = 0;
  for (let q = 0; q < arrivalsUs.length; q++) if (items[q]! > 0) visiting[count++] = arrivalsUs[q]!;
  return visiting.subarray(0, count);
}

/**
 * Per stage, the fastest way from arrival to the stage (`up`) and from its batch on (`down`, without the stage's own service),
 * each the least over the queries that visit it. The two minima are taken apart: the least sum over queries is not a bound.
 */
function leastPaths(simulator: StagewiseSimulator, fastestUs: readonly number[]): { up: number; down: number }[] {
  const { routing, queries } = simulator;
  const stages = fastestUs.map((_, s) => s);
  const children = stages.map((s) => stages.filter((c) => routing.parents[c]!.includes(s)));
  const least = stages.map(() => ({ up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }));
  const branching = stages.filter((s) => !routing.isPlain[s]);
  const routes = new Set<number | string>();
  for (let q = 0; q < queries; q++) {
    const route = routeOf(q, branching, routing);
    if (routes.has(route)) continue;
    routes.add(route);
    const visited = stages.filter((s) => routing.itemsAt(s, q) > 0);
    const up: number[] = [];
    const down: number[] = [];
    for (const s of visited) {
      const before = routing.parents[s]!.filter((p) => visited.includes(p)).map((p) => up[p]! + fastestUs[p]!);
      up[s] = Math.max(0, ...before);
      least[s]!.up = Math.min(least[s]!.up, up[s]);
    }
    for (const s of visited.toReversed()) {
      const after = children[s]!.filter((c) => visited.includes(c)).map((c) => down[c]! + fastestUs[c]!);
      down[s] = Math.max(0, ...after);
      least[s]!.down = Math.min(least[s]!.down, down[s]);
    }
  }
  return least.map(({ up, down }) => (up === Number.POSITIVE_INFINITY ? { up: 0, down: 0 } : { up, down }));
}

/** Names the set of stages a query visits: one bit each while a number has room for them. */
function routeOf(query: number, branching: readonly number[], routing: Routing): number | string {
  if (branching.length > 52) return branching.filter((s) => routing.itemsAt(s, query) > 0).join();
  let bits = 0;
  for (const s of branching) bits = bits * 2 + (routing.itemsAt(s, query) > 0 ? 1 : 0);
  return bits;
}
