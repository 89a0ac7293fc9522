/** A mark for every query of a trace, to find those that were met before. */
export class QueryMarks {
  /** A query is marked when it has the number of the present sweep. */
  readonly sweepOf: Int32Array;
  private sweeps = 0;
  /** Scratch. */
  private joined = new Int32Array(0);

  constructor(queries: number) {
    this.sweepOf = new Int32Array(queries);
  }

  /** Takes all marks away. @returns the number that marks a query until the next sweep */
  sweep(): number {
    return ++this.sweeps;
  }

  /** Union of lists of queries, in order of their first place. */
  union(lists: readonly Int32Array[]): Int32Array {
    const most = lists.reduce((sum, { length }) => sum + length, 0);
    if (this.joined.length < most) this.joined = new Int32Array(2 * most);
    const { sweepOf, joined } = this;
    const sweep = this.sweep();
    let count = 0;
    for (const list of lists) {
      for (const q of list) {
        if (sweepOf[q] === sweep) continue;
        sweepOf[q] = sweep;
        joined[count++] = q;
      }
    }
    return joined.slice(0, count);
  }
}
