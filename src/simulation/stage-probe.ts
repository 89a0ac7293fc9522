/**
 * What one stage did between two instants, as its system's metrics would say it. Only who asks pays: the estimator's
 * own loop logs batches when a probe is there, and nothing else.
 *
 * Integrals are exact whole microseconds. With t₀ the last reading and t the present one, and every instant counted
 * from t₀: ∫ queued = queued(t)·t − Σ entered + Σ started, over what happened in (t₀, t]. In service and busy time are
 * the same sums over starts and completions, of items and of batches.
 * Cost: O(1) per item and batch, and O(items in service) per reading.
 */
import { requiredOnTime } from '../model/slo.js';
import { BatchLog } from './batch-log.js';
import { copyInto } from './completions.js';
import type { StageQueue } from './stage-queue.js';

const FIRST_CAPACITY = 256;

/** Since the last reading, and now. */
export interface ProbeReading {
  readonly enteredItems: number;
  readonly completedItems: number;
  readonly queuedItems: number;
  readonly inServiceItems: number;
  /** Integrals over the interval. */
  readonly queuedItemUs: number;
  readonly inServiceItemUs: number;
  readonly busyUs: number;
  /** Of the items completed, from entering the queue to completion; 0 when there are none. */
  readonly meanLatencyUs: number;
}

/** Instants with a second column, added at the end and taken out when they have passed. */
class Pending {
  finishUs = new Float64Array(FIRST_CAPACITY);
  latencyUs = new Float64Array(FIRST_CAPACITY);
  count = 0;

  add(finishUs: number, latencyUs: number): void {
    if (this.count === this.finishUs.length) {
      this.finishUs = copyInto(new Float64Array(2 * this.count), this.finishUs);
      this.latencyUs = copyInto(new Float64Array(2 * this.count), this.latencyUs);
    }
    this.finishUs[this.count] = finishUs;
    this.latencyUs[this.count++] = latencyUs;
  }
}

export class StageProbe {
  private sinceUs = 0;
  private queued = 0;
  /** Sums of instants since the last reading, counted from it. */
  private enteredUs = 0;
  private startedItemUs = 0;
  private startedBatchUs = 0;
  private entered = 0;
  private readonly items = new Pending();
  private readonly batches = new Pending();
  private readonly completed = new Pending();
  private readonly log = new BatchLog();

  constructor(queue: StageQueue) {
    queue.batchLog = this.log;
  }

  /** Takes what a step dispatched. Call it after each step, before the dispatched rows are removed. */
  record({ enteredUs, entered, dispatched }: StageQueue): void {
    const { sinceUs, log, items, batches } = this;
    for (let row = this.queued; row < entered; row++) this.enteredUs += enteredUs[row]! - sinceUs;
    this.entered += entered - this.queued;
    this.queued = entered - dispatched;
    let row = 0;
    for (let b = 0; b < log.count; b++) {
      const finish = log.finishUs[b]!;
      const size = log.size[b]!;
      const started = log.startUs[b]! - sinceUs;
      this.startedBatchUs += started;
      this.startedItemUs += size * started;
      batches.add(finish, 0);
      for (const end = row + size; row < end; row++) items.add(finish, finish - enteredUs[row]!);
    }
    log.clear();
  }

  /** What happened in (last reading, `nowUs`]. The pipeline must stand at `nowUs`. */
  read(nowUs: number): ProbeReading {
    const spanUs = nowUs - this.sinceUs;
    const { completed, items, batches, queued, entered } = this;
    completed.count = 0;
    const completedItemUs = this.takePassed(items, nowUs, completed);
    const completedBatchUs = this.takePassed(batches, nowUs, null);
    let latencyUs = 0;
    for (let i = 0; i < completed.count; i++) latencyUs += completed.latencyUs[i]!;
    const reading = {
      enteredItems: entered,
      completedItems: completed.count,
      queuedItems: queued,
      inServiceItems: items.count,
      queuedItemUs: queued * spanUs - this.enteredUs + this.startedItemUs,
      inServiceItemUs: items.count * spanUs - this.startedItemUs + completedItemUs,
      busyUs: batches.count * spanUs - this.startedBatchUs + completedBatchUs,
      meanLatencyUs: completed.count === 0 ? 0 : latencyUs / completed.count,
    };
    this.sinceUs = nowUs;
    this.entered = 0;
    this.enteredUs = 0;
    this.startedItemUs = 0;
    this.startedBatchUs = 0;
    return reading;
  }

  /** A percentile of the latencies of the items that the last reading counts as completed; 0 when there are none. */
  latencyPercentileUs(percentile: number): number {
    const { latencyUs, count } = this.completed;
    if (count === 0) return 0;
    return latencyUs.slice(0, count).sort()[requiredOnTime(count, percentile) - 1]!;
  }

  /** Moves what completed by `nowUs` out, and adds up its instants, counted from the last reading. */
  private takePassed(pending: Pending, nowUs: number, to: Pending | null): number {
    const { finishUs, latencyUs } = pending;
    let sum = 0;
    let kept = 0;
    for (let i = 0; i < pending.count; i++) {
      const finish = finishUs[i]!;
      if (finish <= nowUs) {
        sum += finish - this.sinceUs;
        to?.add(finish, latencyUs[i]!);
      } else {
        finishUs[kept] = finish;
        latencyUs[kept++] = latencyUs[i]!;
      }
    }
    pending.count = kept;
    return sum;
  }
}
