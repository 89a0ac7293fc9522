/** A query on its way through the stages. */
import type { StageResult } from '../modules/stage-module.js';

/** How a query ended; everything but `done` is answered with an error. */
export type Outcome = 'done' | 'failed' | 'timed out' | 'stopped' | 'client gone';

/** What the last stages that a query visited made of it. */
export interface StageAnswer {
  readonly stage: number;
  readonly outputs: readonly unknown[];
}

export type OnAnswer = (query: LiveQuery, outcome: Outcome, reason: string) => void;

/** Columns of `LiveQuery.counts`, one cell a stage in each. */
const COLUMNS = 4;
const LARGEST_COUNT = 2 ** 31 - 1;

export class LiveQuery {
  /** Place in the order of arrival; negative for a query to a single stage. */
  readonly number: number;
  readonly arrivedUs: number;
  endedUs = 0;
  isAnswered = false;
  /** The stage that this query is for, and no other; −1 for the whole pipeline. */
  readonly onlyStage: number;
  /** Stages that are neither done nor passed by. */
  openStages: number;
  readonly answers: StageAnswer[] = [];
  readonly onAnswer: OnAnswer;

  /** Items on their way into each stage with a module: a list, or at a join one list a parent. */
  readonly inbox: (unknown[] | Record<string, unknown>)[] = [];
  /** What the stage's module made of each item, by the item's number. */
  readonly results: (StageResult | undefined)[][] = [];

  /** Neighbours in the engine's list of queries that wait for their answer. */
  previous: LiveQuery | null = null;
  next: LiveQuery | null = null;

  private readonly counts: Int32Array;
  private readonly stages: number;

  constructor(options: {
    readonly number: number;
    readonly arrivedUs: number;
    readonly parents: readonly number[];
    readonly onlyStage: number;
    readonly onAnswer: OnAnswer;
  }) {
    this.number = options.number;
    this.arrivedUs = options.arrivedUs;
    this.onlyStage = options.onlyStage;
    this.onAnswer = options.onAnswer;
    this.stages = options.parents.length;
    this.openStages = options.onlyStage < 0 ? this.stages : 1;
    this.counts = new Int32Array(COLUMNS * this.stages);
    this.counts.set(options.parents);
  }

  /** One more of a stage's parents is done or passed by; returns how many are left. */
  settleParent(stage: number): number {
    return --this.counts[stage]!;
  }

  /** Items that the stage gets, as far as its parents have said. */
  itemsAt(stage: number): number {
    return this.counts[this.stages + stage]!;
  }

  /** Of several parents the largest number counts (docs/decisions/0002). */
  offerItems(stage: number, items: number): void {
    const at = this.stages + stage;
    if (items > this.counts[at]!) this.counts[at] = Math.min(items, LARGEST_COUNT);
  }

  /** The query does not visit a stage; false when that was known. */
  passBy(stage: number): boolean {
    const isNews = this.counts[this.stages + stage]! >= 0;
    this.counts[this.stages + stage] = -1;
    return isNews;
  }

  /** The stage begins: all its items are still to be done. */
  enterStage(stage: number): void {
    this.counts[2 * this.stages + stage] = this.itemsAt(stage);
  }

  /** So many items more, or fewer, wait in the queue of a stage. */
  changeWaiting(stage: number, by: number): void {
    this.counts[3 * this.stages + stage]! += by;
  }

  /** Items in the queue of a stage. */
  waitingAt(stage: number): number {
    return this.counts[3 * this.stages + stage]!;
  }

  /** One more item of a stage is done; returns how many are left. */
  settleItem(stage: number): number {
    return --this.counts[2 * this.stages + stage]!;
  }
}

/** The queries that wait for their answer, oldest first. */
export class LiveQueries {
  count = 0;
  oldest: LiveQuery | null = null;
  private newest: LiveQuery | null = null;

  add(query: LiveQuery): void {
    query.previous = this.newest;
    if (this.newest === null) this.oldest = query;
    else this.newest.next = query;
    this.newest = query;
    this.count++;
  }

  remove(query: LiveQuery): void {
    if (query.previous === null) this.oldest = query.next;
    else query.previous.next = query.next;
    if (query.next === null) this.newest = query.previous;
    else query.next.previous = query.previous;
    query.previous = null;
    query.next = null;
    this.count--;
  }
}
