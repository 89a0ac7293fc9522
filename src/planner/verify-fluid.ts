/**
 * The capacity bound (docs/algorithms.md) in whole numbers, one pass per question.
 *
 * A stage with n replicas whose best fitting batch is b items in l microseconds can serve on-time queries no faster than one
 * machine that takes l/(n·b) µs for each. Times are multiplied by n·b, so that nothing is rounded.
 */
import type { ServiceTimes } from '../simulation/service-times.js';

/** Windows are rounded up to this fraction of the objective, which weakens the bound and lets one pass answer more questions. */
const WINDOW_STEPS = 200;

/** Answers, per stage, whether a number of replicas may do whatever the other stages do. */
export class FluidBound {
  private readonly answers = new Map<string, boolean>();
  private readonly visitorsUs: readonly Float64Array[];
  private readonly allowedMisses: number;
  private readonly stepUs: number;

  /** @param visitorsUs per stage, arrivals of the queries that visit it */
  constructor(visitorsUs: readonly Float64Array[], { allowedMisses, sloUs }: { allowedMisses: number; sloUs: number }) {
    this.visitorsUs = visitorsUs;
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
    const visitorsUs = this.visitorsUs[stage]!;
    if (visitorsUs.length <= this.allowedMisses) return true;
    const batch = bestBatch(service.fastestUs, maxBatchSize, windowUs);
    if (batch === undefined) return false;
    const widenedUs = Math.ceil(windowUs / this.stepUs) * this.stepUs;
    const key = `${stage} ${widenedUs} ${batch.serviceUs}/${batch.items * replicas}`;
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = this.fits(visitorsUs, { windowUs: widenedUs, itemUs: batch.serviceUs, scale: batch.items * replicas });
      this.answers.set(key, answer);
    }
    return answer;
  }

  /** First come, first served, each query `itemUs / scale`; one that would end past its window is refused. */
  private fits(
    arrivalsUs: Float64Array,
    { windowUs, itemUs, scale }: { windowUs: number; itemUs: number; scale: number },
  ): boolean {
    let free = 0;
    let refused = 0;
    for (let i = 0; i < arrivalsUs.length; i++) {
      const end = Math.max(free, arrivalsUs[i]! * scale) + itemUs;
      if (end <= (arrivalsUs[i]! + windowUs) * scale) free = end;
      else if (++refused > this.allowedMisses) return false;
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
