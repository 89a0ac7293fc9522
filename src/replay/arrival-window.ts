const FIRST_CAPACITY = 1 << 13;

/** Arrivals that no tick has seen yet, in order. */
export class ArrivalWindow {
  private instantsUs = new Float64Array(FIRST_CAPACITY);
  private from = 0;
  private to = 0;

  /** The next arrival that no tick has seen; Infinity when it is not known yet. */
  get nextUs(): number {
    return this.from < this.to ? this.instantsUs[this.from]! : Number.POSITIVE_INFINITY;
  }

  add(arrivalsUs: Float64Array): void {
    const waiting = this.to - this.from;
    const needed = waiting + arrivalsUs.length;
    const room = needed > this.instantsUs.length ? new Float64Array(2 * needed) : this.instantsUs;
    room.set(this.instantsUs.subarray(this.from, this.to));
    room.set(arrivalsUs, waiting);
    this.instantsUs = room;
    this.from = 0;
    this.to = needed;
  }

  /** Arrivals up to and with `untilUs`, valid until the next call of `add`. */
  take(untilUs: number): Float64Array {
    const { instantsUs, from, to } = this;
    let end = from;
    while (end < to && instantsUs[end]! <= untilUs) end++;
    this.from = end;
    return instantsUs.subarray(from, end);
  }
}
