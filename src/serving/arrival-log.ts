/** Instants at which queries arrived, the latest million, by the queries' numbers. */
const CAPACITY = 1 << 20;

export class ArrivalLog {
  /** Arrivals so far: the number of the next query. */
  count = 0;
  private readonly ms = new Float64Array(CAPACITY);

  add(ms: number): void {
    this.ms[this.count++ & (CAPACITY - 1)] = ms;
  }

  /** Number of the first query that is still known. */
  get first(): number {
    return Math.max(0, this.count - CAPACITY);
  }

  /** Lines of the arrivals [from, to): milliseconds with three decimals. All must be known. */
  lines(from: number, to: number): string {
    let text = '';
    for (let query = from; query < to; query++) text += `${this.ms[query & (CAPACITY - 1)]!.toFixed(3)}\n`;
    return text;
  }
}
