/**
 * One stage at a time, whole, in the plainest way: what the verifier believes instead of the estimator and the search.
 *
 * Rules (docs/invariants.md, R3 to R6): items enter in (instant, query) order once every visited parent has completed
 * the query; a free replica takes what waits, up to the max batch size; a batch that is not full leaves when its oldest
 * item has waited for the timeout.
 * Columns run over queries, not over rows of a queue. Cost: O(items · replicas).
 */
import type { Pipeline } from '../model/pipeline.js';
import { powerOfTwo, Routing } from '../simulation/routing.js';
import type { ServiceTimes } from '../simulation/service-times.js';
import { usFromMs } from '../units.js';

/** A trace with its routes: what every configuration sees alike. */
export interface Traffic {
  readonly arrivalsUs: Float64Array;
  readonly routing: Routing;
  readonly batchTimeoutsUs: readonly number[];
}

export interface ReplayChoice {
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly replicas: number;
}

export interface StageReplay {
  /** Per query, when it leaves the stage; −1 where it does not visit it. Empty when the replay was stopped. */
  readonly leftUs: Float64Array;
  /** Per item in the order of service, its wait. */
  readonly delaysUs: Float64Array;
  readonly batches: number;
  readonly largestBatch: number;
  /** Most replicas busy at once. */
  readonly mostBusy: number;
  readonly busyUs: number;
  /** Whether more queries left after their `latestUs` than may. */
  readonly isStopped: boolean;
}

/** A query that leaves a stage after `latestUs` misses; the replay stops once more than `allowed` do. */
export interface StopRule {
  readonly latestUs: Float64Array;
  readonly allowed: number;
}

export function trafficOf(given: { pipeline: Pipeline; arrivalsUs: Float64Array; seed: number }): Traffic {
  const { pipeline, arrivalsUs, seed } = given;
  const routing = new Routing({ pipeline, seed, capacity: arrivalsUs.length });
  routing.draw(0, arrivalsUs.length);
  const batchTimeoutsUs = pipeline.stages.map(({ batchTimeoutMs }) => usFromMs(batchTimeoutMs ?? 0));
  return { arrivalsUs, routing, batchTimeoutsUs };
}

export function replayStage(
  traffic: Traffic,
  stage: number,
  { items, choice, stop }: { items: EnteringItems; choice: ReplayChoice; stop?: StopRule },
): StageReplay {
  const { enteredUs, query } = items;
  const timeoutUs = traffic.batchTimeoutsUs[stage]!;
  const { service, maxBatchSize, replicas } = choice;
  const freeUs = new Float64Array(replicas);
  const left = new Float64Array(traffic.arrivalsUs.length).fill(-1);
  const delaysUs = new Float64Array(query.length);
  let batches = 0;
  let largestBatch = 0;
  let mostBusy = 0;
  let busyUs = 0;
  let late = 0;
  for (let first = 0; first < query.length; ) {
    const fullAt =
      first + maxBatchSize <= query.length ? enteredUs[first + maxBatchSize - 1]! : Number.POSITIVE_INFINITY;
    const readyUs = timeoutUs === 0 ? enteredUs[first]! : Math.min(fullAt, enteredUs[first]! + timeoutUs);
    let replica = 0;
    for (let r = 1; r < replicas; r++) if (freeUs[r]! < freeUs[replica]!) replica = r;
    const startUs = Math.max(readyUs, freeUs[replica]!);

    let end = first;
    while (end < query.length && end < first + maxBatchSize && enteredUs[end]! <= startUs) end++;
    const serviceUs = service.drawUs === null ? service.tableUs[end - first]! : service.drawUs(end - first, batches);
    const doneUs = startUs + serviceUs;
    freeUs[replica] = doneUs;
    batches++;
    busyUs += serviceUs;
    largestBatch = Math.max(largestBatch, end - first);
    if (mostBusy < replicas) mostBusy = Math.max(mostBusy, busyAfter(freeUs, startUs));
    for (let item = first; item < end; item++) {
      const q = query[item]!;
      delaysUs[item] = startUs - enteredUs[item]!;
      // Items of one query stand together: it has left with the one that completes last.
      const before = left[q]!;
      left[q] = Math.max(before, doneUs);
      if (stop !== undefined && left[q] > stop.latestUs[q]! && before <= stop.latestUs[q]!) late++;
    }
    first = end;
    if (stop !== undefined && late > stop.allowed) {
      return { leftUs: NOTHING, delaysUs: NOTHING, batches, largestBatch, mostBusy, busyUs, isStopped: true };
    }
  }
  return { leftUs: left, delaysUs, batches, largestBatch, mostBusy, busyUs, isStopped: false };
}

const NOTHING = new Float64Array(0);

function busyAfter(freeUs: Float64Array, nowUs: number): number {
  let busy = 0;
  for (let r = 0; r < freeUs.length; r++) if (freeUs[r]! > nowUs) busy++;
  return busy;
}

/** A stage's items in the order (instant of entry, query). */
export interface EnteringItems {
  readonly enteredUs: Float64Array;
  readonly query: Int32Array;
}

/** @param leftUs per stage before this one, when queries leave it (`StageReplay.leftUs`) */
export function enteringItems(
  { arrivalsUs, routing }: Traffic,
  stage: number,
  leftUs: readonly Float64Array[],
): EnteringItems {
  const parents = routing.parents[stage]!.filter((p) => p >= 0).map((p) => leftUs[p]!);
  const entryUs = arrivalsUs.slice();
  for (const left of parents) for (let q = 0; q < left.length; q++) entryUs[q] = Math.max(entryUs[q]!, left[q]!);
  const visitors = new Int32Array(arrivalsUs.length);
  let visiting = 0;
  let items = 0;
  for (let q = 0; q < arrivalsUs.length; q++) {
    const sent = routing.itemsAt(stage, q);
    items += sent;
    if (sent > 0) visitors[visiting++] = q;
  }
  const enteredUs = new Float64Array(items);
  const query = new Int32Array(items);
  let item = 0;
  for (const q of byEntry(visitors.subarray(0, visiting), entryUs)) {
    const end = item + routing.itemsAt(stage, q);
    enteredUs.fill(entryUs[q]!, item, end);
    query.fill(q, item, end);
    item = end;
  }
  return { enteredUs, query };
}

/** Queries in the order (instant, query). */
function byEntry(queries: Int32Array, entryUs: Float64Array): Int32Array {
  const size = powerOfTwo(entryUs.length);
  const keys = new Float64Array(queries.length);
  for (let i = 0; i < keys.length; i++) keys[i] = entryUs[queries[i]!]! * size + queries[i]!;
  keys.sort();
  // One number for instant and query sorts ten times faster than two, as long as it is exact.
  if (keys.length > 0 && !Number.isSafeInteger(keys.at(-1)!)) {
    return queries.toSorted((a, b) => entryUs[a]! - entryUs[b]! || a - b);
  }
  return Int32Array.from(keys, (key) => key - Math.floor(key / size) * size);
}
