/** Latencies when nothing ever waits: what no configuration can beat. */
import type { Routing } from './routing.js';

/** Per query of [0, queries), the service time along the longest path of the stages it visits. */
export function leastLatencies(routing: Routing, queries: number, serviceUs: readonly number[]): Float64Array {
  const leavesUs = serviceUs.map(() => new Float64Array(queries));
  const least = new Float64Array(queries);
  serviceUs.forEach((service, s) => {
    const own = leavesUs[s]!;
    for (const p of routing.parents[s]!) {
      if (p < 0) continue;
      const before = leavesUs[p]!;
      for (let q = 0; q < queries; q++) if (before[q]! > own[q]!) own[q] = before[q]!;
    }
    for (let q = 0; q < queries; q++) {
      if (routing.itemsAt(s, q) === 0) own[q] = 0;
      else {
        own[q] = own[q]! + service;
        if (own[q]! > least[q]!) least[q] = own[q]!;
      }
    }
  });
  return least;
}

/** The stage that takes most of the service time along a query's longest path. */
export function slowestStage(routing: Routing, query: number, serviceUs: readonly number[]): number {
  const leavesUs: number[] = [];
  const slowest: number[] = [];
  let last = 0;
  serviceUs.forEach((service, s) => {
    leavesUs[s] = 0;
    if (routing.itemsAt(s, query) === 0) return;
    const visited = routing.parents[s]!.filter((p) => p >= 0 && leavesUs[p]! > 0);
    const before = visited.length === 0 ? -1 : visited.reduce((a, b) => (leavesUs[b]! > leavesUs[a]! ? b : a));
    leavesUs[s] = service + (before < 0 ? 0 : leavesUs[before]!);
    slowest[s] = before >= 0 && serviceUs[slowest[before]!]! >= service ? slowest[before]! : s;
    if (leavesUs[s] > (leavesUs[last] ?? 0)) last = s;
  });
  return slowest[last] ?? last;
}
