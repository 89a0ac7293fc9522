/**
 * A number of replicas below which no configuration of the other stages can help.
 *
 * Source: the fluid argument of docs/algorithms.md, "Capacity bound". A query that ends in time is served at stage s
 * within a window of D = SLO − (fastest way to s) − (fastest way on from s), in a batch whose service time is at most D, so
 * each of its items takes at least 1/μ of one replica's time there, with μ = max b / l(b) over batches with l(b) ≤ D. On-time
 * queries therefore fit as divisible work of items/(n·μ) each on one machine of speed 1, in windows [a, a + D]. Windows open and
 * close in the same order, so "first come, first served; when one cannot end in time, refuse the largest since the machine was
 * last idle" refuses no more than any schedule. If that is more than the objective allows, n replicas are too few, whatever
 * the rest of the pipeline does.
 *
 * Symbols: a arrival (µs), D window (µs), n replicas, μ items per µs, κ aggregate items per µs.
 * Cost: O(queries) a pass, about a dozen passes a stage and window, once per trace and objective.
 */
import type { ServiceTimes } from '../simulation/service-times.js';

/** The rate is found to within this share of itself; closer would seldom move the bound by a replica. */
const PRECISION = 1 / 1024;
/** Windows are rounded up to this fraction of the objective, so that stages and hardware share bounds. */
const WINDOW_STEPS = 100;
/** Slack against rounding: windows are widened by this much, which only weakens the bound. */
const SLACK_US = 1e-2;

/** Queries that visit a stage, in order of arrival. */
export interface Visitors {
  readonly arrivalsUs: Float64Array;
  /** Items of each at the stage, at least one; null when each has one. */
  readonly items: Uint16Array | null;
}

/**
 * The largest aggregate rate κ (items per µs) that is still proved too low, from bisection; the bound is monotone in κ.
 * @returns 0 when even the lowest rate may do; Infinity when no rate can, because the window is empty
 */
export function insufficientRate(
  visitors: Visitors,
  { windowUs, allowedMisses }: { windowUs: number; allowedMisses: number },
): number {
  const { arrivalsUs, items } = visitors;
  if (arrivalsUs.length <= allowedMisses) return 0;
  if (windowUs < 0) return Number.POSITIVE_INFINITY;
  const isTooLow = (rate: number): boolean =>
    refusals(visitors, { rate, windowUs, limit: allowedMisses }) > allowedMisses;
  // The mean rate is seldom far from what is needed. Every item within one window needs the highest.
  const all = items === null ? arrivalsUs.length : items.reduce((sum, n) => sum + n, 0);
  const highest = all / Math.max(windowUs, 1);
  let high = all / (arrivalsUs[arrivalsUs.length - 1]! - arrivalsUs[0]! + Math.max(windowUs, 1));
  let low = 0;
  while (isTooLow(high)) {
    if (high >= highest) return 0;
    low = high;
    high = Math.min(2 * high, highest);
  }
  while (high - low > PRECISION * high) {
    const rate = (low + high) / 2;
    if (isTooLow(rate)) low = rate;
    else high = rate;
  }
  return low;
}

/** Fewest queries that must be refused at a rate; stops counting beyond `limit`. */
function refusals(
  { arrivalsUs, items }: Visitors,
  { rate, windowUs, limit }: { rate: number; windowUs: number; limit: number },
): number {
  const itemUs = 1 / rate;
  if (items === null) return refusalsOfSingles(arrivalsUs, { itemUs, windowUs, limit });
  /** Queries accepted since the machine was last idle, by their number of items. */
  const accepted = new Int32Array(1 + items.reduce((a, b) => Math.max(a, b), 0));
  let largest = 0;
  let freeUs = 0;
  let refused = 0;
  for (let i = 0; i < arrivalsUs.length; i++) {
    const arrival = arrivalsUs[i]!;
    if (arrival >= freeUs) {
      freeUs = arrival;
      accepted.fill(0, 0, largest + 1);
      largest = 0;
    }
    const size = items[i]!;
    accepted[size]!++;
    if (size > largest) largest = size;
    freeUs += size * itemUs;
    if (freeUs <= arrival + windowUs + SLACK_US) continue;
    freeUs -= largest * itemUs;
    accepted[largest]!--;
    while (largest > 0 && accepted[largest] === 0) largest--;
    if (++refused > limit) break;
  }
  return refused;
}

/** With sizes alike, the query at hand is as good to refuse as any. */
function refusalsOfSingles(
  arrivalsUs: Float64Array,
  { itemUs, windowUs, limit }: { itemUs: number; windowUs: number; limit: number },
): number {
  let freeUs = 0;
  let refused = 0;
  for (let i = 0; i < arrivalsUs.length; i++) {
    const arrival = arrivalsUs[i]!;
    const end = Math.max(freeUs, arrival) + itemUs;
    if (end <= arrival + windowUs + SLACK_US) freeUs = end;
    else if (++refused > limit) break;
  }
  return refused;
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
  private readonly visitors: readonly Visitors[];
  private readonly allowedMisses: number;
  private readonly stepUs: number;
  private readonly rates = new Map<string, number>();

  /** @param visitors per stage */
  constructor(visitors: readonly Visitors[], { allowedMisses, sloUs }: { allowedMisses: number; sloUs: number }) {
    this.visitors = visitors;
    this.allowedMisses = allowedMisses;
    this.stepUs = sloUs / WINDOW_STEPS;
  }

  /**
   * Fewest replicas of a stage that are not ruled out, whatever the other stages do; Infinity when no number can do.
   * @param windowUs longest time between entering and leaving the stage that a query on time can have
   */
  fewestReplicas(stage: number, { service, maxBatchSize, windowUs }: BoundedStage): number {
    if (this.visitors[stage]!.arrivalsUs.length <= this.allowedMisses) return 1;
    const rate = replicaRate(service.fastestUs, maxBatchSize, windowUs);
    if (rate === 0) return Number.POSITIVE_INFINITY;
    const needed = this.neededRate(stage, windowUs);
    return needed === 0 ? 1 : Math.max(1, Math.floor(needed / rate) + 1);
  }

  private neededRate(stage: number, windowUs: number): number {
    const steps = Math.ceil(windowUs / this.stepUs);
    const key = `${stage} ${steps}`;
    let rate = this.rates.get(key);
    if (rate === undefined) {
      const { allowedMisses } = this;
      rate = insufficientRate(this.visitors[stage]!, { windowUs: steps * this.stepUs, allowedMisses });
      this.rates.set(key, rate);
    }
    return rate;
  }
}

export interface BoundedStage {
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly windowUs: number;
}
