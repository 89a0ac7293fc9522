/**
 * One stage: a FIFO queue of items and the replicas that serve it in batches.
 *
 * What a stage does up to an instant depends on its replicas and on the items that entered by then. So `advance(t)`
 * makes every batch that starts by t, and advancing in many steps gives the same batches as advancing in one.
 *
 * Dispatch (docs/invariants.md, R4 to R6): a free replica takes min(waiting, max batch size) items at once. With a
 * batch timeout, a batch that is not full leaves when its oldest item has waited that long. Items enter in (instant,
 * query, item) order, and everything that enters at an instant is there before the instant's dispatch.
 *
 * Columns have one row per item, in queue order: `enteredUs` and `query` are input, `startUs` is output.
 * Rows [dispatched, entered) wait. Queries that complete go to `completions`.
 * Cost: O(1) per item and O(replicas overtaken) per batch.
 */
import type { BatchLog } from './batch-log.js';
import { Completions, copyInto } from './completions.js';
import { ItemRows } from './item-rows.js';
import type { ServiceTimes } from './service-times.js';

export class StageQueue extends ItemRows {
  startUs = new Float64Array(this.enteredUs.length);
  /** Rows dispatched; each has a start. */
  dispatched = 0;

  readonly completions = new Completions();

  batches = 0;
  /** Busy time of all replicas, added when a batch starts. */
  busyUs = 0;
  replicas: number;
  /** Of the next batches; at most what the service times cover. */
  maxBatchSize: number;
  /** Receives every batch, for who probes the stage. */
  batchLog: BatchLog | null = null;

  private readonly service: ServiceTimes;
  private readonly batchTimeoutUs: number;
  private readonly isSingle: boolean;
  /** Instants at which replicas become free: ascending, in a ring that begins at `firstFree`. */
  private freeUs: Float64Array;
  private firstFree = 0;
  /** Instants at which added replicas begin to serve; some may have passed. */
  private activatingUs: number[] = [];

  constructor(options: {
    readonly service: ServiceTimes;
    readonly maxBatchSize: number;
    readonly replicas: number;
    /** 0 means a free replica never waits. */
    readonly batchTimeoutUs: number;
    /** Whether every query has one item here. */
    readonly isSingle: boolean;
  }) {
    super();
    this.service = options.service;
    this.maxBatchSize = options.maxBatchSize;
    this.batchTimeoutUs = options.batchTimeoutUs;
    this.isSingle = options.isSingle;
    this.replicas = options.replicas;
    this.freeUs = new Float64Array(options.replicas);
  }

  /** Dispatches every batch that starts by `untilUs` (inclusive). */
  advance(untilUs: number): void {
    const { enteredUs, query, startUs, completions, freeUs, maxBatchSize, batchTimeoutUs, isSingle } = this;
    const { tableUs, drawUs } = this.service;
    const replicas = freeUs.length;
    if (replicas === 0) return;
    const { entered, batchLog } = this;
    let firstFree = this.firstFree;
    let next = this.dispatched;
    let batches = this.batches;
    let busyUs = this.busyUs;

    while (next < entered) {
      const oldestUs = enteredUs[next]!;
      const full = next + maxBatchSize;
      let readyUs = oldestUs;
      if (batchTimeoutUs > 0) {
        readyUs += batchTimeoutUs;
        if (full <= entered && enteredUs[full - 1]! < readyUs) readyUs = enteredUs[full - 1]!;
      }
      const free = freeUs[firstFree]!;
      const start = Math.max(free, readyUs);
      if (start > untilUs) break;

      const last = Math.min(full, entered);
      let end = next + 1;
      while (end < last && enteredUs[end]! <= start) end++;
      const size = end - next;
      const serviceUs = drawUs === null ? tableUs[size]! : drawUs(size, batches);
      const finish = start + serviceUs;
      batches++;
      busyUs += serviceUs;
      if (batchLog !== null) batchLog.add(start, finish, size);
      if (isSingle) completions.addSingles(finish, query, next, end);
      else completions.addGroups(finish, query, next, end, entered);
      for (; next < end; next++) startUs[next] = start;

      // The freed slot becomes the ring's last. Later instants move up until the new one is in its place.
      let slot = firstFree;
      firstFree = firstFree + 1 === replicas ? 0 : firstFree + 1;
      while (slot !== firstFree) {
        const before = slot === 0 ? replicas - 1 : slot - 1;
        if (freeUs[before]! <= finish) break;
        freeUs[slot] = freeUs[before]!;
        slot = before;
      }
      freeUs[slot] = finish;
    }
    this.firstFree = firstFree;
    this.dispatched = next;
    this.batches = batches;
    this.busyUs = busyUs;
  }

  /**
   * Changes the number of replicas after everything at `nowUs` has happened. New replicas serve from `nowUs` plus the
   * activation delay. Replicas that do not serve yet are removed first (the latest first), then those that become free
   * soonest. A running batch always finishes.
   */
  setReplicas(replicas: number, { nowUs, activationDelayUs }: { nowUs: number; activationDelayUs: number }): void {
    const free = Array.from(this.freeUs, (_, i) => this.freeUs[(this.firstFree + i) % this.freeUs.length]!);
    for (let n = free.length; n < replicas; n++) {
      free.push(nowUs + activationDelayUs);
      this.activatingUs.push(nowUs + activationDelayUs);
    }
    this.activatingUs = this.activatingUs.filter((instant) => instant > nowUs).sort((a, b) => a - b);
    for (let n = free.length; n > replicas; n--) {
      const notYetServing = this.activatingUs.pop();
      free.splice(notYetServing === undefined ? 0 : free.indexOf(notYetServing), 1);
    }
    this.freeUs = Float64Array.from(free.sort((a, b) => a - b));
    this.firstFree = 0;
    this.replicas = replicas;
  }

  /** Starts no batch before `untilUs`; running ones finish. */
  holdUntil(untilUs: number): void {
    const free = Array.from(this.freeUs, (instant) => Math.max(instant, untilUs));
    this.freeUs = Float64Array.from(free.sort((a, b) => a - b));
    this.firstFree = 0;
  }

  /** Removes the dispatched rows, so that memory does not grow with the trace. */
  forgetDispatched(): void {
    this.enteredUs.copyWithin(0, this.dispatched, this.entered);
    this.query.copyWithin(0, this.dispatched, this.entered);
    this.entered -= this.dispatched;
    this.dispatched = 0;
  }

  protected override grow(needed: number): void {
    super.grow(needed);
    this.startUs = copyInto(new Float64Array(this.enteredUs.length), this.startUs);
  }
}
