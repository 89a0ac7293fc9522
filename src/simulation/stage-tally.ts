/** Counts what one stage does while a run advances. */
import type { StageSummary } from './simulation-result.js';
import type { StageQueue } from './stage-queue.js';
import type { PricedSetup } from './stage-setups.js';
import { Tally } from './tally.js';

export class StageTally {
  private readonly delays = new Tally();
  private longestQueue = 0;

  /** Counts the rows just dispatched; the rows after them still wait. */
  add(queue: StageQueue): void {
    const { enteredUs, startUs, entered, dispatched: to } = queue;
    this.delays.addDifferences({ laterUs: startUs, earlierUs: enteredUs, from: 0, to, mask: -1 });
    let longest = Math.max(this.longestQueue, entered - to);
    let ahead = 0;
    let previousStart = -1;
    for (let row = 0; row < to; row++) {
      const start = startUs[row]!;
      if (start === previousStart) continue;
      // Just before this instant's dispatches, everything that entered earlier and has not left is waiting.
      previousStart = start;
      while (ahead < entered && enteredUs[ahead]! < start) ahead++;
      if (ahead - row > longest) longest = ahead - row;
    }
    this.longestQueue = longest;
  }

  summary(context: { setup: PricedSetup; queue: StageQueue; spanUs: number; arrivalSpanUs: number }): StageSummary {
    const { setup, queue, spanUs, arrivalSpanUs } = context;
    const items = this.delays.count;
    return {
      stage: setup.stage,
      hardware: setup.hardware,
      maxBatchSize: setup.maxBatchSize,
      replicas: setup.replicas,
      costUsdPerHour: setup.costUsdPerHour,
      items,
      batches: queue.batches,
      meanBatchSize: queue.batches === 0 ? 0 : items / queue.batches,
      utilisation: spanUs === 0 ? 0 : queue.busyUs / (setup.replicas * spanUs),
      offeredLoadRatio: arrivalSpanUs === 0 ? 0 : (items * leastUsPerItem(setup)) / (setup.replicas * arrivalSpanUs),
      queueingDelay: this.delays.summary(),
      longestQueue: this.longestQueue,
    };
  }
}

/** Service time per item at the batch size that serves items fastest. */
function leastUsPerItem({ service, maxBatchSize }: PricedSetup): number {
  let least = Number.POSITIVE_INFINITY;
  for (let b = 1; b <= maxBatchSize; b++) least = Math.min(least, service.tableUs[b]! / b);
  return least;
}
