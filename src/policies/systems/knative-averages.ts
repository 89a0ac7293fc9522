/**
 * Knative's sliding averages of samples, one bucket a second (serving 0.51, pkg/autoscaler/aggregation/bucketing.go).
 *
 * Linear: the window's sum ÷ the age of the data while that is younger than the window, so the first seconds count in
 * full. A second without a sample inside the data counts 0; seconds after the last sample leave the divisor too.
 * Weighted: Σ bucket·c·(1 − c)^age, c = max(1 − 0.0001^(1 ÷ buckets), 0.2), trailing silence included in the age.
 */

const DIGITS = 1e6;
const SMALLEST_WEIGHT = 1e-4;
const LEAST_COEFFICIENT = 0.2;

export type Aggregation = 'linear' | 'weighted-exponential';

export class SecondBuckets {
  private readonly buckets: Float64Array;
  private readonly aggregation: Aggregation;
  private firstS = Number.NEGATIVE_INFINITY;
  private lastS = Number.NEGATIVE_INFINITY;

  constructor(windowS: number, aggregation: Aggregation) {
    this.buckets = new Float64Array(windowS);
    this.aggregation = aggregation;
  }

  /** Adds a sample of whole second `atS`, which is not before the last one. */
  record(atS: number, value: number): void {
    const { buckets } = this;
    const size = buckets.length;
    if (atS > this.lastS) {
      if (atS - this.lastS >= size) {
        buckets.fill(0);
        this.firstS = atS;
      } else for (let s = this.lastS + 1; s <= atS; s++) buckets[s % size] = 0;
      this.lastS = atS;
    }
    buckets[atS % size]! += value;
  }

  /** Whether nothing was recorded for longer than the window. */
  isEmpty(nowS: number): boolean {
    return nowS - this.lastS > this.buckets.length;
  }

  average(nowS: number): number {
    const size = this.buckets.length;
    const silentS = Math.max(0, nowS - this.lastS);
    if (this.isEmpty(nowS)) return 0;
    if (this.aggregation === 'weighted-exponential') return this.weighted(silentS);
    if (silentS >= size) return 0;
    let total = 0;
    for (let s = this.lastS; s > nowS - size && s > this.lastS - size; s--) total += this.at(s);
    const seconds = Math.min(this.lastS - this.firstS + 1, size - silentS);
    return Math.round((total / seconds) * DIGITS) / DIGITS;
  }

  private weighted(silentS: number): number {
    const size = this.buckets.length;
    const coefficient = Math.max(1 - SMALLEST_WEIGHT ** (1 / size), LEAST_COEFFICIENT);
    let weight = coefficient * (1 - coefficient) ** silentS;
    let sum = 0;
    for (let age = 0; age < size - silentS; age++) {
      sum += this.at(this.lastS - age) * weight;
      weight *= 1 - coefficient;
    }
    return sum;
  }

  private at(s: number): number {
    const size = this.buckets.length;
    return this.buckets[((s % size) + size) % size]!;
  }
}
