/**
 * The capacity bound (docs/algorithms.md) in whole numbers, one pass per question.
 *
 * A stage with n replicas whose best fitting batch is b items in l microseconds can serve on-time queries no faster
 * than one machine that takes l/(n·b) µs for each item. Times are multiplied by n·b, so that nothing is rounded. When a
 * query cannot end in time, the one with the most items since the machine was last idle is refused: that refuses no
 * more than any schedule.
 */

import type { ServiceTimes } from '../simulation/service-times.js';

/**
 * Windows are rounded up to this fraction of the objective, which weakens the bound and lets one pass answer more
 * questions.
 */
const WINDOW_STEPS = 200;

/** Queries that visit a stage, in order of arrival. */
export interface Visitors {
  readonly arrivalsUs: Float64Array;
  /** Items of each at the stage, at least one; null when each has one. */
  readonly items: Uint16Array | null;
}

/** Answers, per stage, whether a number of replicas may do whatever the other stages do. */
export class FluidBound {
  private readonly answers = new Map<string, boolean>();
  private readonly visitors: readonly Visitors[];
  private readonly allowedMisses: number;
  private readonly stepUs: number;

  /** @param visitors per stage */
  constructor(visitors: readonly Visitors[], { allowedMisses, sloUs }: { allowedMisses: number; sloUs: number }) {
    this.visitors = visitors;
    this.allowedMisses = allowedMisses;
    this.stepUs = Math.max(1, Math.ceil(sloUs / WINDOW_STEPS));
  }

  /** @param windowUs longest time between entering and leaving the stage that a query on time can have, whole */
  mayDo(
    stage: number,
    {
      service,
      maxBatchSize,
      replicas,
      windowUs,
    }: { service: ServiceTimes; maxBatchSize: number; replicas: number; windowUs: number },
  ): boolean {
    const visitors = this.visitors[stage]!;
    if (visitors.arrivalsUs.length <= this.allowedMisses) return true;
    const batch = bestBatch(service.fastestUs, maxBatchSize, windowUs);
    if (batch === undefined) return false;
    const widenedUs = Math.ceil(windowUs / this.stepUs) * this.stepUs;
    const key = `${stage} ${widenedUs} ${batch.serviceUs}/${batch.items * replicas}`;
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = this.fits(visitors, { windowUs: widenedUs, itemUs: batch.serviceUs, scale: batch.items * replicas });
      this.answers.set(key, answer);
    }
    return answer;
  }

  /** First come, first served, each item `itemUs / scale`. */
  private fits(
    { arrivalsUs, items }: Visitors,
    { windowUs, itemUs, scale }: { windowUs: number; itemUs: number; scale: number },
  ): boolean {
    let accepted: number[] = []; // items of the queries accepted since the machine was last idle
    let free = 0;
    let refused = 0;
    for (let i = 0; i < arrivalsUs.length; i++) {
      if (arrivalsUs[i]! * scale >= free) {
        free = arrivalsUs[i]! * scale;
        accepted = [];
      }
      const size = items?.[i] ?? 1;
      free += size * itemUs;
      accepted[size] = (accepted[size] ?? 0) + 1;
      if (free <= (arrivalsUs[i]! + windowUs) * scale) continue;
      const largest = accepted.findLastIndex((count) => count > 0);
      accepted[largest]!--;
      free -= largest * itemUs;
      if (++refused > this.allowedMisses) return false;
    }
    return true;
  }
}

/** The batch with the most items per microsecond among those that fit into the window. */
function bestBatch(
  fastestUs: Float64Array,
  maxBatchSize: number,
  windowUs: number,
): { items: number; serviceUs: number } | undefined {
  let best: { items: number; serviceUs: number } | undefined;
  for (let items = 1; items <= maxBatchSize; items++) {
    const serviceUs = fastestUs[items]!;
    if (serviceUs > windowUs) continue;
    if (best === undefined || items * best.serviceUs > best.items * serviceUs) best = { items, serviceUs };
  }
  return best;
}
