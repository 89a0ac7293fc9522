/**
 * Queries that have completed a stage, sorted by (instant, query): the order in which they leave it.
 *
 * Batches are added in dispatch order, which is nearly the order of completion: a batch only overtakes batches that
 * started earlier and run longer. A query completes a stage with its last item; its items are neighbours in the queue.
 */
const FIRST_CAPACITY = 1024;

export class Completions {
  instantUs = new Float64Array(FIRST_CAPACITY);
  query = new Int32Array(FIRST_CAPACITY);
  /** Rows filled. */
  count = 0;
  /** Rows before this one have been handed on. */
  handedOn = 0;

  /** The query of which only some items have been dispatched, and their latest completion; −1 if there is none. */
  private partialQuery = -1;
  private partialUs = 0;

  /** Adds the batch of rows [from, to) of `queryOf`, which completes at `finishUs`; each query has one item. */
  addSingles(finishUs: number, queryOf: Int32Array, from: number, to: number): void {
    const size = to - from;
    if (this.count + size > this.instantUs.length) this.grow(this.count + size);
    const { instantUs, query } = this;
    let at = this.count;
    this.count += size;
    // Make room for the whole batch in one pass, before every later completion.
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

  /** Like `addSingles`, for queries with several items; `entered` rows of `queryOf` are filled. */
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

  /** Removes every row and keeps the allocated columns. */
  clear(): void {
    this.count = 0;
    this.handedOn = 0;
    this.partialQuery = -1;
  }

  /** Removes the rows handed on. */
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
