/**
 * The estimator's rules as a textbook event loop: one heap of events, one object per query, item and batch.
 *
 * It takes every rule literally and nothing by stages or blocks, so that the estimator can be held against it. At one
 * instant it handles first every completion, then every arrival, through as many stages as happen at that instant;
 * then each stage dispatches; last come changes of replicas. Service times are at least 1 µs.
 */
import { ENTRY, type Pipeline } from '../../src/model/pipeline.js';
import type { StageSetup } from '../../src/simulation/pipeline-run.js';
import { usFromMs } from '../../src/units.js';
import { drawItems } from './draw-items.js';
import { EventHeap } from './event-heap.js';

export interface RunInput {
  readonly pipeline: Pipeline;
  readonly stages: readonly StageSetup[];
  readonly arrivalsUs: readonly number[];
  readonly seed: number;
  /** In order of time. */
  readonly changes?: readonly ReplicaChange[];
}

/** Replicas of a stage from just after `atUs` on. */
export interface ReplicaChange {
  readonly atUs: number;
  readonly stage: number;
  readonly replicas: number;
  readonly activationDelayUs: number;
}

export interface ItemRecord {
  readonly query: number;
  /** Number of the batch it left in, counted from 0. */
  readonly batch: number;
  readonly enteredUs: number;
  readonly startUs: number;
  readonly completedUs: number;
}

export interface RunRecord {
  /** When each query ended. */
  readonly endUs: readonly number[];
  /** Per stage: its items in the order in which they left the queue, how many batches they made, and their service time. */
  readonly stages: readonly {
    readonly items: readonly ItemRecord[];
    readonly batches: number;
    readonly busyUs: number;
  }[];
}

export function runEventLoop(input: RunInput): RunRecord {
  return new EventLoop(input).run();
}

interface Query {
  readonly number: number;
  /** Per stage, how many of the parents it visits have yet to complete it. */
  readonly waitsFor: number[];
  /** Per stage, its items that have yet to complete. */
  readonly itemsLeft: number[];
  endUs: number;
}

interface Item {
  readonly query: Query;
  readonly number: number;
  readonly enteredUs: number;
  batch: number;
  startUs: number;
  completedUs: number;
}

interface Batch {
  readonly stage: Stage;
  readonly items: readonly Item[];
  readonly completesUs: number;
  /** Whether its replica is taken away when it completes. */
  isLast: boolean;
}

interface Stage {
  readonly index: number;
  readonly name: string;
  readonly setup: StageSetup;
  readonly batchTimeoutUs: number;
  readonly children: readonly number[];
  /** Items in the order in which they leave; those before `next` have left. */
  readonly queue: Item[];
  next: number;
  freeReplicas: number;
  running: Batch[];
  /** Instants at which replicas that were asked for begin to serve. */
  activatingUs: number[];
  batches: number;
  busyUs: number;
}

/** In the order in which they are handled at one instant. */
type Event =
  | { readonly atUs: number; readonly rank: 0; readonly batch: Batch }
  | { readonly atUs: number; readonly rank: 1; readonly arrival: Query }
  | { readonly atUs: number; readonly rank: 2; readonly activates: Stage }
  | { readonly atUs: number; readonly rank: 3; readonly timeout: Stage };

class EventLoop {
  private readonly events = new EventHeap<Event>();
  private readonly stages: Stage[];
  private readonly queries: Query[];
  private readonly entered: readonly number[];
  private readonly changes: ReplicaChange[];

  constructor({ pipeline, stages, arrivalsUs, seed, changes = [] }: RunInput) {
    const childrenOf = (name: string) => {
      return pipeline.stages.flatMap(({ parents }, child) =>
        parents.some(({ from }) => from === name) ? [child] : [],
      );
    };
    this.stages = pipeline.stages.map(({ name, batchTimeoutMs = 0 }, index) => ({
      index,
      name,
      setup: stages[index]!,
      batchTimeoutUs: usFromMs(batchTimeoutMs),
      children: childrenOf(name),
      queue: [],
      next: 0,
      freeReplicas: stages[index]!.replicas,
      running: [],
      activatingUs: [],
      batches: 0,
      busyUs: 0,
    }));
    this.entered = childrenOf(ENTRY);
    this.changes = [...changes];

    const indexOf = new Map(pipeline.stages.map(({ name }, index) => [name, index]));
    this.queries = arrivalsUs.map((arrivalUs, number) => {
      const itemsLeft = drawItems(pipeline, seed, number);
      const isVisited = (parent: string) => parent === ENTRY || itemsLeft[indexOf.get(parent)!]! > 0;
      const waitsFor = pipeline.stages.map(({ parents }) => parents.filter(({ from }) => isVisited(from)).length);
      const query = { number, waitsFor, itemsLeft, endUs: arrivalUs };
      this.events.push({ atUs: arrivalUs, rank: 1, arrival: query });
      return query;
    });
  }

  run(): RunRecord {
    for (;;) {
      const nowUs = Math.min(this.events.nextUs(), this.changes[0]?.atUs ?? Number.POSITIVE_INFINITY);
      if (nowUs === Number.POSITIVE_INFINITY) break;
      this.handle(nowUs);
      if (this.changes[0]?.atUs !== nowUs) continue;
      while (this.changes[0]?.atUs === nowUs) this.change(this.changes.shift()!);
      this.handle(nowUs);
    }
    return {
      endUs: this.queries.map(({ endUs }) => endUs),
      stages: this.stages.map(({ queue, batches, busyUs }) => {
        const items = queue.map(({ query, batch, enteredUs, startUs, completedUs }) => {
          return { query: query.number, batch, enteredUs, startUs, completedUs };
        });
        return { items, batches, busyUs };
      }),
    };
  }

  private handle(nowUs: number): void {
    this.settle(nowUs);
    for (const stage of this.stages) while (this.dispatch(stage, nowUs));
  }

  private settle(nowUs: number): void {
    while (this.events.nextUs() === nowUs) {
      const event = this.events.pop();
      if (event.rank === 0) this.complete(event.batch);
      else if (event.rank === 1) this.passOn(event.arrival, this.entered, nowUs);
      else if (event.rank === 2) this.activate(event.activates, nowUs);
    }
  }

  private complete(batch: Batch): void {
    const { stage, items, completesUs } = batch;
    stage.running = stage.running.filter((other) => other !== batch);
    if (!batch.isLast) stage.freeReplicas++;
    for (const item of items) {
      const { query } = item;
      item.completedUs = completesUs;
      query.itemsLeft[stage.index]!--;
      if (query.itemsLeft[stage.index] !== 0) continue;
      query.endUs = Math.max(query.endUs, completesUs);
      this.passOn(query, stage.children, completesUs);
    }
  }

  /** A parent of these stages, or the entry, is done with the query. */
  private passOn(query: Query, children: readonly number[], nowUs: number): void {
    for (const child of children) {
      const items = query.itemsLeft[child]!;
      query.waitsFor[child]!--;
      if (query.waitsFor[child] === 0) this.enter(this.stages[child]!, { query, items, nowUs });
    }
  }

  private enter(stage: Stage, { query, items, nowUs }: { query: Query; items: number; nowUs: number }): void {
    const { queue } = stage;
    for (let number = 0; number < items; number++) {
      const item: Item = { query, number, enteredUs: nowUs, batch: -1, startUs: Number.NaN, completedUs: Number.NaN };
      let place = queue.length;
      while (place > stage.next && isBefore(item, queue[place - 1]!)) place--;
      queue.splice(place, 0, item);
      if (stage.batchTimeoutUs > 0) {
        this.events.push({ atUs: nowUs + stage.batchTimeoutUs, rank: 3, timeout: stage });
      }
    }
  }

  /** Sends off one batch if it may leave now. */
  private dispatch(stage: Stage, nowUs: number): boolean {
    const { queue, next, setup } = stage;
    const size = Math.min(queue.length - next, setup.maxBatchSize);
    if (stage.freeReplicas === 0 || size === 0) return false;
    if (size < setup.maxBatchSize && nowUs - queue[next]!.enteredUs < stage.batchTimeoutUs) return false;
    const { tableUs, drawUs } = setup.service;
    const serviceUs = drawUs === null ? tableUs[size]! : drawUs(size, stage.batches);
    const items = queue.slice(next, next + size);
    for (const item of items) {
      item.batch = stage.batches;
      item.startUs = nowUs;
    }
    const batch = { stage, items, completesUs: nowUs + serviceUs, isLast: false };
    stage.next += size;
    stage.freeReplicas--;
    stage.running.push(batch);
    stage.batches++;
    stage.busyUs += serviceUs;
    this.events.push({ atUs: batch.completesUs, rank: 0, batch });
    return true;
  }

  private change({ atUs, stage: index, replicas, activationDelayUs }: ReplicaChange): void {
    const stage = this.stages[index]!;
    const staying = stage.running.filter(({ isLast }) => !isLast).sort((a, b) => a.completesUs - b.completesUs);
    let present = stage.freeReplicas + staying.length + stage.activatingUs.length;
    for (; present < replicas; present++) {
      stage.activatingUs.push(atUs + activationDelayUs);
      this.events.push({ atUs: atUs + activationDelayUs, rank: 2, activates: stage });
    }
    stage.activatingUs.sort((a, b) => a - b);
    for (; present > replicas; present--) {
      if (stage.activatingUs.length > 0) stage.activatingUs.pop();
      else if (stage.freeReplicas > 0) stage.freeReplicas--;
      else staying.shift()!.isLast = true;
    }
  }

  private activate(stage: Stage, nowUs: number): void {
    // One that was taken away before it served is no longer listed.
    const place = stage.activatingUs.indexOf(nowUs);
    if (place < 0) return;
    stage.activatingUs.splice(place, 1);
    stage.freeReplicas++;
  }
}

/** The order of a queue: time of entry, query, item. */
function isBefore(a: Item, b: Item): boolean {
  if (a.enteredUs !== b.enteredUs) return a.enteredUs < b.enteredUs;
  if (a.query.number !== b.query.number) return a.query.number < b.query.number;
  return a.number < b.number;
}
