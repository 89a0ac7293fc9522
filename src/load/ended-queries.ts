/**
 * Puts queries that end in any order back into scheduled order. Memory grows with the distance between the oldest open
 * query and the newest.
 */

/** Queries [from, to), counted from 0; their columns are indexed by `query & mask`. A failed query ends at infinity. */
export interface EndedQueries {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
  readonly arrivalUs: Float64Array;
  readonly endUs: Float64Array;
}

const FIRST_CAPACITY = 1 << 10;
/** Marks a row whose query is still open; no query ends before time begins. */
const OPEN = -1;

export class EndedQueriesInOrder {
  private readonly tell: (queries: EndedQueries) => void;
  private arrivalUs = new Float64Array(FIRST_CAPACITY);
  private endUs = new Float64Array(FIRST_CAPACITY).fill(OPEN);
  /** All before this one have been reported. */
  private oldest = 0;

  constructor(tell: (queries: EndedQueries) => void) {
    this.tell = tell;
  }

  /** A query has ended. Each is added once. */
  add(query: number, arrivalUs: number, endUs: number): void {
    while (query - this.oldest >= this.endUs.length) this.grow();
    const mask = this.endUs.length - 1;
    this.arrivalUs[query & mask] = arrivalUs;
    this.endUs[query & mask] = endUs;
    if (query === this.oldest) this.release(mask);
  }

  private release(mask: number): void {
    const from = this.oldest;
    let to = from;
    while (to - from <= mask && this.endUs[to & mask] !== OPEN) to++;
    this.tell({ from, to, mask, arrivalUs: this.arrivalUs, endUs: this.endUs });
    for (let query = from; query < to; query++) this.endUs[query & mask] = OPEN;
    this.oldest = to;
  }

  private grow(): void {
    const { arrivalUs, endUs } = this;
    const mask = endUs.length - 1;
    this.arrivalUs = new Float64Array(2 * endUs.length);
    this.endUs = new Float64Array(2 * endUs.length).fill(OPEN);
    const wider = this.endUs.length - 1;
    for (let query = this.oldest; query <= this.oldest + mask; query++) {
      this.arrivalUs[query & wider] = arrivalUs[query & mask]!;
      this.endUs[query & wider] = endUs[query & mask]!;
    }
  }
}
