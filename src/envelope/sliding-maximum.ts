/**
 * The largest of the last `span` values of a series, in constant amortised time per value. It keeps a monotonic queue:
 * the values that no later value exceeds.
 */
export class SlidingMaximum {
  private readonly span: number;
  /** Ring of candidates: value, and the number of the push it came with. */
  private readonly values: Float64Array;
  private readonly pushes: Float64Array;
  private first = 0;
  private end = 0;
  private pushed = 0;

  /** @param span how many of the last values count, ≥ 1 */
  constructor(span: number) {
    this.span = span;
    this.values = new Float64Array(span);
    this.pushes = new Float64Array(span);
  }

  push(value: number): void {
    const { span, values, pushes } = this;
    if (this.first < this.end && pushes[this.first % span]! <= this.pushed - span) this.first++;
    while (this.first < this.end && values[(this.end - 1) % span]! <= value) this.end--;
    values[this.end % span] = value;
    pushes[this.end % span] = this.pushed++;
    this.end++;
  }

  /** 0 before the first value. */
  get maximum(): number {
    return this.first < this.end ? this.values[this.first % this.span]! : 0;
  }
}
