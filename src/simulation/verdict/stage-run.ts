/**
 * One stage over items that are all known beforehand, as a search needs it: the rows that leave, in order, and the
 * queries that leave too late, up to the point where there are too many. The rules are those of stage-queue.ts and
 * completions.ts, in one loop.
 *
 * Cost: a few loads per item, and O(replicas overtaken) per batch. The next run reuses the columns.
 */

import type { Leaving } from '../item-rows.js';
import type { ServiceTimes } from '../service-times.js';
import type { QueryMarks } from './query-marks.js';

/** Spare places in the array of free instants: the instants slide along it and are moved back when it is used up. */
const SLIDE = 512;

export interface StageRunOptions {
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly replicas: number;
  /** 0 means a free replica never waits. */
  readonly batchTimeoutUs: number;
  /** Whether every query has one item here. */
  readonly isSingle: boolean;
  /** Items in the order in which they enter. */
  readonly rows: Leaving;
  /** Per route, the longest time from a query's arrival until it leaves the stage that is not too late. */
  readonly slackUs: Float64Array;
  /** Queries that are late already. */
  readonly late: Int32Array;
  /** The run stops once more queries than this are late. */
  readonly allowedMisses: number;
}

export class StageRun {
  /** Late queries, those given first; `lateCount` rows are filled. */
  late = new Int32Array(0);
  lateCount = 0;
  /** Items dispatched. */
  dispatched = 0;
  /** Items of the largest batch. */
  largestBatch = 0;
  /** Fewest replicas idle just after a dispatch: that many fewer replicas would give the same batches. */
  leastIdle = 0;

  /** Queries that have completed the stage: `count` rows in (instant, query) order. */
  private instantUs = new Float64Array(0);
  private query = new Int32Array(0);
  private count = 0;
  private readonly arrivalsUs: Float64Array;
  private readonly routeOf: Int32Array;
  /** Marks late queries. */
  private readonly marks: QueryMarks;

  constructor(queries: {
    readonly arrivalsUs: Float64Array;
    readonly routeOf: Int32Array;
    readonly marks: QueryMarks;
  }) {
    this.arrivalsUs = queries.arrivalsUs;
    this.routeOf = queries.routeOf;
    this.marks = queries.marks;
  }

  /** Runs until the last item is dispatched or too many queries are late. */
  judge(options: StageRunOptions): void {
    const { replicas, maxBatchSize, batchTimeoutUs, isSingle, slackUs, allowedMisses } = options;
    const { tableUs, drawUs } = options.service;
    const { instantUs: enteredUs, query: queryOf, to: entered } = options.rows;
    const run = this.begin(options);
    const { late, instantUs, query, arrivalsUs, routeOf } = this;
    const lateIn = this.marks.sweepOf;
    // Instants at which replicas become free: ascending, `replicas` of them from `first` on.
    const freeUs = new Float64Array(replicas + SLIDE);
    let first = 0;
    let batches = 0;
    let largestBatch = 0;
    let leastIdle = replicas;
    let lateCount = this.lateCount;
    let count = 0;
    // Latest completion among the dispatched items of a query that has more items in the queue.
    let partialUs = 0;

    let next = 0;
    while (next < entered && lateCount <= allowedMisses) {
      // The batch: when it starts, which items it takes, when it ends.
      const full = next + maxBatchSize;
      let readyUs = enteredUs[next]!;
      if (batchTimeoutUs > 0) {
        readyUs += batchTimeoutUs;
        if (full <= entered && enteredUs[full - 1]! < readyUs) readyUs = enteredUs[full - 1]!;
      }
      const start = Math.max(freeUs[first]!, readyUs);
      const last = Math.min(full, entered);
      let end = next + 1;
      while (end < last && enteredUs[end]! <= start) end++;
      const size = end - next;
      if (size > largestBatch) largestBatch = size;
      const finish = start + (drawUs === null ? tableUs[size]! : drawUs(size, batches));
      batches++;

      // The replica: its instant moves to its place, and idle replicas are counted.
      let slot = first + replicas;
      first++;
      for (; slot > first && freeUs[slot - 1]! > finish; slot--) freeUs[slot] = freeUs[slot - 1]!;
      freeUs[slot] = finish;
      while (leastIdle > 0 && freeUs[first + leastIdle - 1]! > start) leastIdle--;
      if (first === SLIDE - 1) {
        freeUs.copyWithin(0, first, first + replicas);
        first = 0;
      }

      // The departures: a sorted insertion, and a check of each query against its latest instant.
      if (isSingle) {
        // Make room for the whole batch in one pass, before every later completion.
        let at = next;
        for (; at > 0 && instantUs[at - 1]! > finish; at--) {
          instantUs[at - 1 + size] = instantUs[at - 1]!;
          query[at - 1 + size] = query[at - 1]!;
        }
        for (; next < end; next++, at++) {
          const q = queryOf[next]!;
          let row = at;
          instantUs[row] = finish;
          for (; row > 0 && instantUs[row - 1] === finish && query[row - 1]! > q; row--) query[row] = query[row - 1]!;
          query[row] = q;
          if (finish <= arrivalsUs[q]! + slackUs[routeOf[q]!]! || lateIn[q] === run) continue;
          lateIn[q] = run;
          late[lateCount++] = q;
        }
      } else {
        for (; next < end; next++) {
          const q = queryOf[next]!;
          if (finish > arrivalsUs[q]! + slackUs[routeOf[q]!]! && lateIn[q] !== run) {
            lateIn[q] = run;
            late[lateCount++] = q;
          }
          if (finish > partialUs) partialUs = finish;
          if (next + 1 < entered && queryOf[next + 1] === q) continue;
          // A query completes the stage with its last item; its items are neighbours in the queue.
          let row = count++;
          for (; row > 0 && instantUs[row - 1]! >= partialUs; row--) {
            if (instantUs[row - 1] === partialUs && query[row - 1]! < q) break;
            instantUs[row] = instantUs[row - 1]!;
            query[row] = query[row - 1]!;
          }
          instantUs[row] = partialUs;
          query[row] = q;
          partialUs = 0;
        }
      }
    }
    this.dispatched = next;
    this.largestBatch = largestBatch;
    this.leastIdle = leastIdle;
    this.lateCount = lateCount;
    this.count = isSingle ? entered : count;
  }

  /** Rows that leave, after a run that was not stopped. Full columns are handed over, others copied. */
  leaving(): Leaving {
    const { count, instantUs, query } = this;
    if (count < query.length)
      return { instantUs: instantUs.slice(0, count), query: query.slice(0, count), from: 0, to: count };
    this.instantUs = new Float64Array(0);
    this.query = new Int32Array(0);
    return { instantUs, query, from: 0, to: count };
  }

  /** @returns the mark of late queries */
  private begin({ rows, late: given, allowedMisses, maxBatchSize }: StageRunOptions): number {
    if (this.query.length < rows.to) {
      this.instantUs = new Float64Array(rows.to);
      this.query = new Int32Array(rows.to);
    }
    const most = Math.min(this.arrivalsUs.length, Math.max(given.length, allowedMisses) + maxBatchSize);
    if (this.late.length < most) this.late = new Int32Array(most);
    const run = this.marks.sweep();
    const { sweepOf } = this.marks;
    this.late.set(given);
    this.lateCount = given.length;
    for (const q of given) sweepOf[q] = run;
    return run;
  }
}
