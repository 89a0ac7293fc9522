/**
 * Queries that have completed a stage, in the order in which they leave it: (instant, query).
 *
 * Batches are added in dispatch order, which is nearly the order of completion: a batch only passes those that started
 * before it and run longer. A query completes a stage when its last item does; its items stand together in the queue.
 */
const FIRST_CAPACITY = 1024;

export class Completions {
  instantUs = new Float64Array(FIRST_CAPACITY);
  query = new Int32Array(FIRST_CAPACITY);
  /** Rows filled. */
  count = 0;
  /** Rows before this one have been handed on. */
  handedOn = 0;

  /** The query whose items are still leaving the queue, and the latest completion among those that left; −1 if none. */
  private partialQuery = -1;
  private partialUs = 0;

  /** Adds a batch of rows [from, to) of `queryOf` that completes at `finishUs`, one item a query. */
  addSingles(finishUs: number, queryOf: Int32Array, from: number, to: number): void {
    const size = to - from;
    if (this.count + size > this.instantUs.length) this.grow(this.count + size);
    const { instantUs, query } = this;
    let at = this.count;
    this.count += size;
    // Room for the whole batch at once, before every later completion.
    while (at > 0 && instantUs[at - 1]! > finishUs) {
      at--;
      instantUs[at + size] = instantUs[at]!;
      query[at + size] = query[at]!;
    }
    for (let row = from; row < to; row++, at++) {
      const q = queryOf[row]!;
      let slot = at;
      instantUs[slot] = finishUs;
      while (slot > 0 && query[slot - 1]! > q && instantUs[slot - 1] === finishUs) {
        query[slot] = query[slot - 1]!;
        slot--;
      }
      query[slot] = q;
    }
  }

  /** The same where queries may have several items; `entered` rows of `queryOf` are filled. */
  addGroups(finishUs: number, queryOf: Int32Array, from: number, to: number, entered: number): void {
    for (let row = from; row < to; row++) {
      const q = queryOf[row]!;
      if (q !== this.partialQuery) {
        this.partialQuery = q;
        this.partialUs = 0;
      }
      if (finishUs > this.partialUs) this.partialUs = finishUs;
      if (row + 1 === entered || queryOf[row + 1] !== q) this.insert(this.partialUs, q);
    }
  }

  private insert(finishUs: number, q: number): void {
    if (this.count === this.instantUs.length) this.grow(this.count + 1);
    const { instantUs, query } = this;
    let at = this.count++;
    while (at > 0 && (instantUs[at - 1]! > finishUs || (instantUs[at - 1] === finishUs && query[at - 1]! > q))) {
      instantUs[at] = instantUs[at - 1]!;
      query[at] = query[at - 1]!;
      at--;
    }
    instantUs[at] = finishUs;
    query[at] = q;
  }

  /** One past the last row that completes by `untilUs`. */
  completedBy(untilUs: number): number {
    let end = this.handedOn;
    while (end < this.count && this.instantUs[end]! <= untilUs) end++;
    return end;
  }

  /** Forgets everything, keeps the room. */
  clear(): void {
    this.count = 0;
    this.handedOn = 0;
    this.partialQuery = -1;
  }

  /** Forgets the rows handed on. */
  forget(): void {
    this.instantUs.copyWithin(0, this.handedOn, this.count);
    this.query.copyWithin(0, this.handedOn, this.count);
    this.count -= this.handedOn;
    this.handedOn = 0;
  }

  private grow(rows: number): void {
    const capacity = Math.max(rows, 2 * this.instantUs.length);
    this.instantUs = copyInto(new Float64Array(capacity), this.instantUs);
    this.query = copyInto(new Int32Array(capacity), this.query);
  }
}

/** Copies a column into a longer one. */
export function copyInto<T extends Float64Array | Int32Array>(longer: T, column: T): T {
  longer.set(column);
  return longer;
}
