/**
 * The items that wait at one stage, in the order (instant of entry, query, item), as a ring of columns. An entering
 * item is nearly always the last in that order, so entering costs O(1).
 */
import type { LiveQuery } from './live-query.js';

const FIRST_CAPACITY = 64;
/** Cells that are in use for each item that counts, before the others are cleared away. */
const MOST_USED_SHARE = 2;

/** Items taken from the queue together, one cell an item in each column. */
export interface TakenItems {
  readonly enteredUs: number[];
  readonly queries: LiveQuery[];
  /** Number of the item within its query at this stage. */
  readonly items: number[];
  readonly values: unknown[];
}

export class ItemQueue {
  /** Items of queries that still wait for their answer. */
  length = 0;
  /** Cells in use: those items, and others whose query was given up after they entered. */
  private used = 0;
  private head = 0;
  private mask = FIRST_CAPACITY - 1;
  private enteredUs = new Float64Array(FIRST_CAPACITY);
  private item = new Int32Array(FIRST_CAPACITY);
  private query: (LiveQuery | undefined)[] = new Array(FIRST_CAPACITY);
  private value: unknown[] = new Array(FIRST_CAPACITY);

  /** Instant at which the oldest item entered; there must be one. */
  get oldestUs(): number {
    return this.enteredUs[this.head]!;
  }

  enter(enteredUs: number, query: LiveQuery, item: number, value: unknown): void {
    if (this.used > this.mask) this.resize(2 * (this.mask + 1));
    this.length++;
    const { head, mask } = this;
    let at = head + this.used++;
    while (at > head && this.isAfter((at - 1) & mask, enteredUs, query.number)) {
      this.move((at - 1) & mask, at & mask);
      at--;
    }
    const slot = at & mask;
    this.enteredUs[slot] = enteredUs;
    this.query[slot] = query;
    this.item[slot] = item;
    this.value[slot] = value;
  }

  /** Takes the `count` oldest; there must be as many. */
  take(count: number): TakenItems {
    const taken: TakenItems = { enteredUs: [], queries: [], items: [], values: [] };
    while (taken.items.length < count) {
      const slot = this.head;
      const query = this.query[slot]!;
      if (!query.isAnswered) {
        taken.enteredUs.push(this.enteredUs[slot]!);
        taken.queries.push(query);
        taken.items.push(this.item[slot]!);
        taken.values.push(this.value[slot]);
      }
      this.dropOldest();
    }
    this.length -= count;
    this.dropAnswered();
    return taken;
  }

  /** So many items belong to a query that was answered before they were taken: they leave. */
  giveUp(count: number): void {
    this.length -= count;
    this.dropAnswered();
    if (this.used > FIRST_CAPACITY && this.used > MOST_USED_SHARE * this.length) this.resize(this.mask + 1);
  }

  /** The oldest cell always holds an item of a query that waits. */
  private dropAnswered(): void {
    while (this.used > 0 && this.query[this.head]!.isAnswered) this.dropOldest();
  }

  private dropOldest(): void {
    this.query[this.head] = undefined;
    this.value[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    this.used--;
  }

  private isAfter(slot: number, enteredUs: number, query: number): boolean {
    const other = this.enteredUs[slot]!;
    return other > enteredUs || (other === enteredUs && this.query[slot]!.number > query);
  }

  private move(from: number, to: number): void {
    this.enteredUs[to] = this.enteredUs[from]!;
    this.query[to] = this.query[from];
    this.item[to] = this.item[from]!;
    this.value[to] = this.value[from];
  }

  /** Moves the items that still count into columns of another capacity, which must hold them. */
  private resize(capacity: number): void {
    const { head, mask, used, enteredUs, item, query, value } = this;
    this.enteredUs = new Float64Array(capacity);
    this.item = new Int32Array(capacity);
    this.query = new Array(capacity);
    this.value = new Array(capacity);
    let kept = 0;
    for (let n = 0; n < used; n++) {
      const slot = (head + n) & mask;
      if (query[slot]!.isAnswered) continue;
      this.enteredUs[kept] = enteredUs[slot]!;
      this.item[kept] = item[slot]!;
      this.query[kept] = query[slot];
      this.value[kept] = value[slot];
      kept++;
    }
    this.head = 0;
    this.used = kept;
    this.mask = capacity - 1;
  }
}
