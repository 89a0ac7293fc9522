/**
 * The items that wait at one stage, in the order (instant of entry, query, item), as a ring of columns. An entering
 * item is nearly always the last in that order, so entering costs O(1).
 */
import type { LiveQuery } from './live-query.js';

const FIRST_CAPACITY = 64;

/** Items taken from the queue together, one cell an item in each column. */
export interface TakenItems {
  readonly enteredUs: number[];
  readonly queries: LiveQuery[];
  /** Number of the item within its query at this stage. */
  readonly items: number[];
  readonly values: unknown[];
}

export class ItemQueue {
  length = 0;
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
    if (this.length > this.mask) this.grow();
    const { head, mask } = this;
    let at = head + this.length++;
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
    for (let n = 0; n < count; n++) {
      const slot = (this.head + n) & this.mask;
      taken.enteredUs.push(this.enteredUs[slot]!);
      taken.queries.push(this.query[slot]!);
      taken.items.push(this.item[slot]!);
      taken.values.push(this.value[slot]);
      this.query[slot] = undefined;
      this.value[slot] = undefined;
    }
    this.head = (this.head + count) & this.mask;
    this.length -= count;
    return taken;
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

  private grow(): void {
    const { head, mask, length, enteredUs, item, query, value } = this;
    const capacity = 2 * (mask + 1);
    this.enteredUs = new Float64Array(capacity);
    this.item = new Int32Array(capacity);
    this.query = new Array(capacity);
    this.value = new Array(capacity);
    for (let n = 0; n < length; n++) {
      const slot = (head + n) & mask;
      this.enteredUs[n] = enteredUs[slot]!;
      this.item[n] = item[slot]!;
      this.query[n] = query[slot];
      this.value[n] = value[slot];
    }
    this.head = 0;
    this.mask = capacity - 1;
  }
}
