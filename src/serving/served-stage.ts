/**
 * One stage as it is served: its queue, its replicas, and the dispatch rules (L20 of `docs/invariants.md`).
 *
 * A free replica takes min(waiting, max batch size) items at once. With a batch timeout a batch that is not full leaves
 * when its oldest item has waited that long. Of several idle replicas the last to work goes first, because its caches
 * are warm.
 */

import type { Batch } from './items/batch.js';
import { ItemQueue, type TakenItems } from './items/item-queue.js';

export interface Replica {
  readonly number: number;
  state: 'starting' | 'idle' | 'busy';
  batch: Batch | null;
}

/** Items whose replica died: they go first, together, once more. */
type Retry = TakenItems & { readonly attempt: number };

export class ServedStage {
  readonly index: number;
  readonly name: string;
  readonly hardware: string;
  readonly queue = new ItemQueue();
  readonly replicas = new Map<number, Replica>();
  maxBatchSize: number;
  /** How many replicas there should be. */
  wanted = 0;

  restarts = 0;
  batches = 0;
  itemsDone = 0;
  busyUs = 0;

  private readonly batchTimeoutUs: number;
  private readonly idle: Replica[] = [];
  private readonly retries: Retry[] = [];
  private nextReplica = 0;
  private nextBatch = 0;
  private wokenForUs = -1;

  constructor(options: {
    readonly index: number;
    readonly name: string;
    readonly hardware: string;
    readonly maxBatchSize: number;
    readonly batchTimeoutUs: number;
  }) {
    this.index = options.index;
    this.name = options.name;
    this.hardware = options.hardware;
    this.maxBatchSize = options.maxBatchSize;
    this.batchTimeoutUs = options.batchTimeoutUs;
  }

  /** Items that wait, those that are to be tried again among them. */
  get waiting(): number {
    return this.queue.length + this.retries.reduce((sum, { queries }) => sum + queries.length, 0);
  }

  /** Replicas that serve or could. */
  get ready(): number {
    let count = 0;
    for (const { state } of this.replicas.values()) if (state === 'idle' || state === 'busy') count++;
    return count;
  }

  get busy(): number {
    let count = 0;
    for (const { batch } of this.replicas.values()) if (batch !== null) count++;
    return count;
  }

  /** A replica that is about to start. */
  addReplica(): Replica {
    const replica: Replica = { number: this.nextReplica++, state: 'starting', batch: null };
    this.replicas.set(replica.number, replica);
    return replica;
  }

  /** The replica has nothing to do: it is there for the next batch. */
  makeIdle(replica: Replica): void {
    replica.state = 'idle';
    replica.batch = null;
    this.idle.push(replica);
  }

  /** The replica is gone. */
  forget(replica: Replica): void {
    this.replicas.delete(replica.number);
    const at = this.idle.indexOf(replica);
    if (at >= 0) this.idle.splice(at, 1);
  }

  /** Replicas that can go at once: first those that start (latest first), then idle ones. */
  get removable(): Replica[] {
    const latestFirst = [...this.replicas.values()].reverse();
    const inState = (state: Replica['state']) => latestFirst.filter((replica) => replica.state === state);
    return [...inState('starting'), ...inState('idle')];
  }

  /** Whether there are more replicas than there should be: then whichever becomes free next goes. */
  get hasSurplus(): boolean {
    return this.replicas.size > this.wanted;
  }

  /** Keeps the items of a batch whose replica died for a second attempt. */
  retry(batch: Batch): void {
    this.retries.push({ ...batch, attempt: batch.attempt + 1 });
  }

  /** Gives batches to idle replicas while the rules allow. Returns an instant to dispatch again at, or −1. */
  dispatch(nowUs: number, run: (batch: Batch) => void): number {
    while (this.idle.length > 0) {
      const retry = this.retries.shift();
      if (retry === undefined) {
        const { length } = this.queue;
        if (length === 0) return -1;
        if (this.batchTimeoutUs > 0 && length < this.maxBatchSize) {
          const leavesUs = this.queue.oldestUs + this.batchTimeoutUs;
          if (leavesUs > nowUs) return this.wakeOnce(leavesUs);
        }
      }
      const taken = retry ?? this.takeBatch();
      const replica = this.idle.pop()!;
      replica.state = 'busy';
      replica.batch = {
        stage: this.index,
        number: this.nextBatch++,
        replica: replica.number,
        attempt: retry?.attempt ?? 1,
        startUs: nowUs,
        maxBatchSize: this.maxBatchSize,
        enteredUs: taken.enteredUs,
        queries: taken.queries,
        items: taken.items,
        values: taken.values,
      };
      run(replica.batch);
    }
    return -1;
  }

  private takeBatch(): TakenItems {
    const taken = this.queue.take(Math.min(this.queue.length, this.maxBatchSize));
    for (const query of taken.queries) query.changeWaiting(this.index, -1);
    return taken;
  }

  /** The alarm that was asked for has rung, or does not count any more: the next dispatch asks again if it must. */
  forgetAlarm(): void {
    this.wokenForUs = -1;
  }

  private wakeOnce(atUs: number): number {
    if (atUs === this.wokenForUs) return -1;
    this.wokenForUs = atUs;
    return atUs;
  }
}
