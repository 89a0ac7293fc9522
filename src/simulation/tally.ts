/**
 * An exact histogram of whole-microsecond values. Its memory depends on their spread, not on their number: values up to
 * about 8 s have one counter each, larger values are kept in a list.
 */
import { requiredOnTime } from '../model/slo.js';
import { msFromUs } from '../units.js';
import type { TimeSummary } from './simulation-result.js';

const FIRST_CAPACITY = 1 << 16;
const LARGEST_COUNTED = 1 << 23;

export class Tally {
  count = 0;
  private counts = new Uint32Array(FIRST_CAPACITY);
  private sumUs = 0;
  private maxUs = 0;
  private large = new Float64Array(0);
  private largeCount = 0;

  /** Adds `laterUs[row & mask] − earlierUs[row & mask]` for each of the rows [from, to); a mask of −1 means no wrap. */
  addDifferences(rows: {
    readonly laterUs: Float64Array;
    readonly earlierUs: Float64Array;
    readonly from: number;
    readonly to: number;
    readonly mask: number;
  }): void {
    const { laterUs, earlierUs, from, to, mask } = rows;
    let { counts, sumUs, maxUs } = this;
    let capacity = counts.length;
    for (let row = from; row < to; row++) {
      const valueUs = laterUs[row & mask]! - earlierUs[row & mask]!;
      sumUs += valueUs;
      if (valueUs > maxUs) maxUs = valueUs;
      if (valueUs < capacity) {
        const slot = valueUs | 0;
        counts[slot] = counts[slot]! + 1;
      } else {
        this.addBeyond(valueUs);
        counts = this.counts;
        capacity = counts.length;
      }
    }
    this.count += to - from;
    this.sumUs = sumUs;
    this.maxUs = maxUs;
  }

  private addBeyond(valueUs: number): void {
    if (valueUs < LARGEST_COUNTED) {
      let capacity = this.counts.length;
      while (capacity <= valueUs) capacity *= 2;
      const wider = new Uint32Array(capacity);
      wider.set(this.counts);
      this.counts = wider;
      this.counts[valueUs]!++;
      return;
    }
    if (this.largeCount === this.large.length) {
      const longer = new Float64Array(Math.max(1024, this.largeCount * 2));
      longer.set(this.large);
      this.large = longer;
    }
    this.large[this.largeCount++] = valueUs;
  }

  /** How many values are at most `limitUs`. */
  countAtMost(limitUs: number): number {
    let n = 0;
    const end = Math.min(Math.floor(limitUs), this.counts.length - 1);
    for (let value = 0; value <= end; value++) n += this.counts[value]!;
    for (let i = 0; i < this.largeCount; i++) if (this.large[i]! <= limitUs) n++;
    return n;
  }

  /** Mean, nearest-rank percentiles and maximum; all zero when the tally is empty. */
  summary(): TimeSummary {
    const [p50, p90, p95, p99, p999] = this.percentilesUs([50, 90, 95, 99, 99.9]);
    return {
      meanMs: this.count === 0 ? 0 : msFromUs(this.sumUs / this.count),
      p50Ms: msFromUs(p50!),
      p90Ms: msFromUs(p90!),
      p95Ms: msFromUs(p95!),
      p99Ms: msFromUs(p99!),
      p999Ms: msFromUs(p999!),
      maxMs: msFromUs(this.maxUs),
    };
  }

  /** The smallest value that at least `percentile` % of the values do not exceed. */
  percentileUs(percentile: number): number {
    return this.percentilesUs([percentile])[0]!;
  }

  /** For each percentile (ascending) the smallest value that at least that share of the values do not exceed. */
  percentilesUs(percentiles: readonly number[]): number[] {
    const large = this.large.slice(0, this.largeCount).sort();
    const counted = this.count - this.largeCount;
    let value = -1;
    let seen = 0;
    return percentiles.map((percentile) => {
      if (this.count === 0) return 0;
      const rank = requiredOnTime(this.count, percentile);
      if (rank > counted) return large[rank - counted - 1]!;
      while (seen < rank) seen += this.counts[++value]!;
      return value;
    });
  }
}
