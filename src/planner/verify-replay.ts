/**
 * One stage at a time, whole, in the plainest way: what the verifier believes instead of the estimator and the search.
 *
 * Design rules: items enter in (instant, query) order once every visited parent has completed the query; a free replica takes
 * what waits, up to the max batch size; a batch that is not full leaves when its oldest item has waited for the timeout.
 * Columns run over queries, not over rows of a queue. Cost: O(items · replicas).
 */
import type { Pipeline } from '../model/pipeline.js';
import { Routing } from '../simulation/routing.js';
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

/** @param leftUs per stage before this one, when queries leave it (`StageReplay.leftUs`) */
export function replayStage(
  traffic: Traffic,
  stage: number,
  { choice, leftUs, stop }: { choice: ReplayChoice; leftUs: readonly Float64Array[]; stop?: StopRule },
): StageReplay {
  const { enteredUs, query } = itemsOf(traffic, stage, leftUs);
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

/** The stage's items in the order (instant of entry, query). */
function itemsOf(
  { arrivalsUs, routing }: Traffic,
  stage: number,
  leftUs: readonly Float64Array[],
): { enteredUs: Float64Array; query: Int32Array } {
  const entryUs = new Float64Array(arrivalsUs.length);
  const order = new Int32Array(arrivalsUs.length);
  let visitors = 0;
  let items = 0;
  for (let q = 0; q < arrivalsUs.length; q++) {
    const sent = routing.itemsAt(stage, q);
    if (sent === 0) continue;
    let enteredUs = arrivalsUs[q]!;
    for (const p of routing.parents[stage]!) if (p >= 0) enteredUs = Math.max(enteredUs, leftUs[p]![q]!);
    entryUs[q] = enteredUs;
    items += sent;
    // Queries come nearly in order already, so each moves a short way back.
    let place = visitors++;
    for (; place > 0 && entryUs[order[place - 1]!]! > enteredUs; place--) order[place] = order[place - 1]!;
    order[place] = q;
  }
  const query = new Int32Array(items);
  let row = 0;
  for (let v = 0; v < visitors; v++) {
    for (let sent = routing.itemsAt(stage, order[v]!); sent > 0; sent--) query[row++] = order[v]!;
  }
  return { enteredUs: Float64Array.from(query, (q) => entryUs[q]!), query };
}
