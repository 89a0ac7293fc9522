/**
 * A number of replicas below which no configuration of the other stages can help.
 *
 * Source: the fluid argument of docs/algorithms.md, "Capacity bound". A query that ends in time is served at stage s
 * within a window of D = SLO − (fastest way to s) − (fastest way on from s), in a batch whose service time is at most
 * D, so each of its items takes at least 1/μ of one replica's time there, with μ = max b / l(b) over batches with l(b)
 * ≤ D. On-time queries therefore fit as divisible work of items/(n·μ) each on one machine of speed 1, in windows [a, a
 * + D]. Windows open and close in the same order, so "first come, first served; when one cannot end in time, refuse the
 * largest since the machine was last idle" refuses no more than any schedule. If that is more than the objective
 * allows, n replicas are too few, whatever the rest of the pipeline does.
 *
 * Symbols: a arrival (µs), D window (µs), n replicas, μ items per µs, κ = n·μ aggregate items per µs.
 * Cost: a pass over the queries for each rate and window asked. A rate too low for a window is too low for every
 * shorter one, and so is every lower rate: earlier answers settle most questions.
 */
import type { ServiceTimes } from '../../simulation/service-times.js';

/** Windows are rounded up to this fraction of the objective, so that stages and hardware share bounds. */
const WINDOW_STEPS = 100;
/** Slack against rounding: windows are widened by this much, which only weakens the bound. */
const SLACK_US = 1e-2;

/** Queries in order of arrival, and what each brings to a stage. */
export interface Visitors {
  readonly arrivalsUs: Float64Array;
  /** Items of each query at the stage, 0 if it does not visit it; null when each has one. May be longer. */
  readonly items: Uint16Array | null;
  /** Whether no query has more than one item at the stage. */
  readonly isSingle: boolean;
}

/** Whether an aggregate rate κ (items per µs) is proved too low: more queries must then miss the objective than may. */
export function isTooLow(
  visitors: Visitors,
  { rate, windowUs, allowedMisses }: { rate: number; windowUs: number; allowedMisses: number },
): boolean {
  return refusals(visitors, { itemUs: 1 / rate, windowUs, limit: allowedMisses }) > allowedMisses;
}

interface Window {
  /** Time of the machine that one item takes. */
  readonly itemUs: number;
  readonly windowUs: number;
  readonly limit: number;
}

/** Queries looked at together. */
const BLOCK = 4096;
/** Those of a block that visit the stage, and their items; filled anew for every block. */
const visitingUs = new Float64Array(BLOCK);
const visitingItems = new Uint16Array(BLOCK);

/** Fewest queries that must be refused; stops counting beyond the limit. */
function refusals({ arrivalsUs, items, isSingle }: Visitors, window: Window): number {
  const machine = isSingle ? new SinglesMachine() : new ItemsMachine(items!);
  if (items === null) machine.serve(arrivalsUs, arrivalsUs.length, window);
  for (let from = 0; items !== null && from < arrivalsUs.length && machine.refused <= window.limit; from += BLOCK) {
    const to = Math.min(from + BLOCK, arrivalsUs.length);
    let visits = 0;
    // Every query is written, and one that does not visit is overwritten by the next: that needs no branch.
    for (let q = from; q < to; q++) {
      visitingUs[visits] = arrivalsUs[q]!;
      visitingItems[visits] = items[q]!;
      visits += -items[q]! >>> 31;
    }
    machine.serve(visitingUs, visits, window);
  }
  return machine.refused;
}

/** Serves queries of one item each: the query at hand is as good to refuse as any. */
class SinglesMachine {
  refused = 0;
  private freeUs = 0;

  serve(arrivalsUs: Float64Array, count: number, { itemUs, windowUs, limit }: Window): void {
    let { freeUs, refused } = this;
    for (let i = 0; i < count; i++) {
      const arrival = arrivalsUs[i]!;
      const end = Math.max(freeUs, arrival) + itemUs;
      if (end <= arrival + windowUs + SLACK_US) freeUs = end;
      else if (++refused > limit) break;
    }
    this.freeUs = freeUs;
    this.refused = refused;
  }
}

/** Serves the queries of `visitingUs` with their items, and refuses the largest since it was last idle. */
class ItemsMachine {
  refused = 0;
  private freeUs = 0;
  /** Queries accepted since the machine was last idle, by their number of items. */
  private readonly accepted: Int32Array;
  private largest = 0;

  constructor(items: Uint16Array) {
    let most = 0;
    for (let q = 0; q < items.length; q++) if (items[q]! > most) most = items[q]!;
    this.accepted = new Int32Array(1 + most);
  }

  serve(arrivalsUs: Float64Array, count: number, { itemUs, windowUs, limit }: Window): void {
    const { accepted } = this;
    let { freeUs, refused, largest } = this;
    for (let i = 0; i < count; i++) {
      const arrival = arrivalsUs[i]!;
      if (arrival >= freeUs) {
        freeUs = arrival;
        accepted.fill(0, 0, largest + 1);
        largest = 0;
      }
      const size = visitingItems[i]!;
      accepted[size]!++;
      if (size > largest) largest = size;
      freeUs += size * itemUs;
      if (freeUs <= arrival + windowUs + SLACK_US) continue;
      freeUs -= largest * itemUs;
      accepted[largest]!--;
      while (largest > 0 && accepted[largest] === 0) largest--;
      if (++refused > limit) break;
    }
    this.freeUs = freeUs;
    this.refused = refused;
    this.largest = largest;
  }
}

/**
 * Items per µs that one replica can give within the window, at its best batch size up to `maxBatchSize`;
 * 0 when no batch fits into the window.
 * @param fastestUs shortest service time per batch size
 */
export function replicaRate(fastestUs: Float64Array, maxBatchSize: number, windowUs: number): number {
  let best = 0;
  for (let b = 1; b <= maxBatchSize; b++) {
    if (fastestUs[b]! <= windowUs)
      best = Math.max(best, fastestUs[b] === 0 ? Number.POSITIVE_INFINITY : b / fastestUs[b]!);
  }
  return best;
}

/** The bound for every stage of a pipeline on one trace and objective. */
export class CapacityBound {
  private readonly stages: readonly StageCapacity[];

  /** @param visitors per stage */
  constructor(visitors: readonly Visitors[], { allowedMisses, sloUs }: { allowedMisses: number; sloUs: number }) {
    this.stages = visitors.map((ofStage) => new StageCapacity(ofStage, { allowedMisses, sloUs }));
  }

  /**
   * Fewest replicas of a stage that are not ruled out, whatever the other stages do; Infinity when no number can do.
   * @param windowUs longest time between entering and leaving the stage that a query on time can have
   */
  fewestReplicas(stage: number, { service, maxBatchSize, windowUs }: BoundedStage): number {
    return this.stages[stage]!.fewestReplicas(replicaRate(service.fastestUs, maxBatchSize, windowUs), windowUs);
  }
}

/** What is known of one stage: per window, the highest rate proved too low and the lowest that is not. */
class StageCapacity {
  private readonly visitors: Visitors;
  private readonly allowedMisses: number;
  private readonly stepUs: number;
  private readonly items: number;
  /** Queries that visit the stage. */
  private readonly visits: number;
  /** By the window's number of steps, in items per µs. */
  private readonly tooLow = new Float64Array(WINDOW_STEPS + 1);
  private readonly enough = new Float64Array(WINDOW_STEPS + 1).fill(Number.POSITIVE_INFINITY);

  constructor(visitors: Visitors, { allowedMisses, sloUs }: { allowedMisses: number; sloUs: number }) {
    const { arrivalsUs, items } = visitors;
    this.visitors = visitors;
    this.allowedMisses = allowedMisses;
    this.stepUs = sloUs / WINDOW_STEPS;
    this.items = arrivalsUs.length;
    this.visits = arrivalsUs.length;
    if (items === null) return;
    this.items = 0;
    this.visits = 0;
    for (let q = 0; q < arrivalsUs.length; q++) {
      this.items += items[q]!;
      this.visits += -items[q]! >>> 31;
    }
  }

  /** @param rate items per µs of one replica; 0 when it has no time for any */
  fewestReplicas(rate: number, windowUs: number): number {
    if (this.visits <= this.allowedMisses) return 1;
    if (rate === 0) return Number.POSITIVE_INFINITY;
    const steps = Math.min(WINDOW_STEPS, Math.ceil(windowUs / this.stepUs));
    const least = above(this.tooLow[steps]!, rate);
    if (least * rate >= this.enough[steps]!) return least;
    this.learnFromOthers(steps);
    return this.search(rate, steps);
  }

  /** What is too low for a longer window is so for this one; what is enough for a shorter one as well. */
  private learnFromOthers(steps: number): void {
    const { tooLow, enough } = this;
    for (let s = steps + 1; s <= WINDOW_STEPS; s++) tooLow[steps] = Math.max(tooLow[steps]!, tooLow[s]!);
    for (let s = 0; s < steps; s++) enough[steps] = Math.min(enough[steps]!, enough[s]!);
  }

  /**
   * Bisection over whole numbers of replicas, in growing strides from the mean rate on where no number is known to be
   * enough.
   */
  private search(rate: number, steps: number): number {
    const { visitors, allowedMisses, items, tooLow, enough } = this;
    const windowUs = steps * this.stepUs;
    const { arrivalsUs } = visitors;
    const meanRate = items / (arrivalsUs[arrivalsUs.length - 1]! - arrivalsUs[0]! + Math.max(windowUs, 1));
    // Every item within one window needs the highest rate.
    const highest = items / Math.max(windowUs, 1);
    let least = above(tooLow[steps]!, rate);
    let most = reaching(Math.min(enough[steps]!, highest), rate);
    let stride = enough[steps]! < highest ? undefined : Math.ceil(meanRate / rate);
    while (least < most) {
      const replicas = Math.max(least, Math.min(stride ?? Math.floor((least + most) / 2), most - 1));
      const tried = replicas * rate;
      if (isTooLow(visitors, { rate: tried, windowUs, allowedMisses })) {
        tooLow[steps] = tried;
        least = replicas + 1;
        stride &&= 2 * replicas;
      } else {
        enough[steps] = tried;
        most = replicas;
        stride = undefined;
      }
    }
    enough[steps] = Math.min(enough[steps]!, most * rate);
    return least;
  }
}

/** Fewest replicas with more than so much of a rate together. */
function above(total: number, rate: number): number {
  let replicas = Math.max(1, Math.floor(total / rate));
  while (replicas * rate <= total) replicas++;
  return replicas;
}

/** Fewest replicas with at least so much of a rate together. */
function reaching(total: number, rate: number): number {
  let replicas = Math.max(1, Math.ceil(total / rate) - 1);
  while (replicas * rate < total) replicas++;
  return replicas;
}

export interface BoundedStage {
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly windowUs: number;
}
