import { copyInto } from './completions.js';

const FIRST_CAPACITY = 1024;
/** Rows behind the last that may be written before the next ones overwrite them. */
export const OVERWRITTEN = 2;

/** Rows [from, to) of queries that leave a parent stage, or arrive, in (instant, query) order. */
export interface Leaving {
  readonly instantUs: Float64Array;
  readonly query: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** Bytes of memory that the rows take. */
export function bytesOf({ to }: Leaving): number {
  return 12 * to + 256;
}

/** Items in the order in which they enter a stage: two columns, one row an item. */
export class ItemRows {
  enteredUs: Float64Array;
  query: Int32Array;
  /** Rows filled. */
  entered = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.enteredUs = new Float64Array(capacity);
    this.query = new Int32Array(capacity);
  }

  /** Makes room for `rows` more rows. */
  reserve(rows: number): void {
    if (this.entered + rows > this.query.length) this.grow(this.entered + rows);
  }

  /** Adds one row for each of the rows [from, to). */
  enterPlain({ instantUs, query, from, to }: Leaving): void {
    this.reserve(to - from);
    this.enteredUs.set(instantUs.subarray(from, to), this.entered);
    this.query.set(query.subarray(from, to), this.entered);
    this.entered += to - from;
  }

  /**
   * Adds one row for each of the rows [from, to) whose query has `items[query & mask] > 0`. Every row is written; one
   * that does not count is overwritten by the next. That avoids a branch that the processor cannot predict.
   */
  enterVisiting({ instantUs, query: queryOf, from, to }: Leaving, items: Uint16Array, mask: number): void {
    let { enteredUs, query, entered } = this;
    for (let row = from; row < to; row++) {
      const q = queryOf[row]!;
      if (entered === query.length) {
        this.entered = entered;
        this.grow(entered + to - row);
        ({ enteredUs, query } = this);
      }
      enteredUs[entered] = instantUs[row]!;
      query[entered] = q;
      entered += -items[q & mask]! >>> 31;
    }
    this.entered = entered;
  }

  /**
   * Adds `items[query & mask]` rows for each of the rows [from, to). Two are always written, and surplus ones are
   * overwritten: only the rare case of more than two needs a branch.
   */
  enterItems({ instantUs, query: queryOf, from, to }: Leaving, items: Uint16Array, mask: number): void {
    let { enteredUs, query, entered } = this;
    for (let row = from; row < to; row++) {
      const q = queryOf[row]!;
      const count = items[q & mask]!;
      if (entered + Math.max(2, count) > query.length) {
        this.entered = entered;
        this.grow(entered + Math.max(2, count));
        ({ enteredUs, query } = this);
      }
      const instant = instantUs[row]!;
      enteredUs[entered] = instant;
      query[entered] = q;
      enteredUs[entered + 1] = instant;
      query[entered + 1] = q;
      for (let item = 2; item < count; item++) {
        enteredUs[entered + item] = instant;
        query[entered + item] = q;
      }
      entered += count;
    }
    this.entered = entered;
  }

  protected grow(needed: number): void {
    const capacity = Math.max(needed, 2 * this.query.length);
    this.enteredUs = copyInto(new Float64Array(capacity), this.enteredUs);
    this.query = copyInto(new Int32Array(capacity), this.query);
  }
}
