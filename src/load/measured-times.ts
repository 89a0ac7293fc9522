/** Times counted in an HDR histogram: flat memory however many there are. */
import { build } from 'hdr-histogram-js';
import { requiredOnTime } from '../model/slo.js';
import { msFromS, msFromUs, usFromMs } from '../units.js';
import type { MeasuredTimes } from './load-result.js';

/** Four digits count every microsecond up to 20 ms by itself, and are within 0.01 % above. */
const SIGNIFICANT_DIGITS = 4;
/** Longer times widen the histogram. */
const EXPECTED_MOST_MS = msFromS(60);
/** Between two ranks, so that rounding cannot fall into the neighbouring one. */
const HALF_A_RANK = 0.5;

export class TimeHistogram {
  private readonly histogram: ReturnType<typeof build>;
  private sumUs = 0;
  private maxUs = 0;

  constructor(digits: 3 | 4 = SIGNIFICANT_DIGITS) {
    this.histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: usFromMs(EXPECTED_MOST_MS),
      numberOfSignificantValueDigits: digits,
      autoResize: true,
    });
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** Counts one time of whole microseconds, ≥ 0. */
  add(us: number): void {
    this.histogram.recordValue(us);
    this.sumUs += us;
    if (us > this.maxUs) this.maxUs = us;
  }

  clear(): void {
    this.histogram.reset();
    this.sumUs = 0;
    this.maxUs = 0;
  }

  /** The time of the given rank, from 1 to `count`, in ascending order. */
  ofRankMs(rank: number): number {
    const percentile = (100 * (rank - HALF_A_RANK)) / this.count;
    return msFromUs(Math.min(this.maxUs, this.histogram.getValueAtPercentile(percentile)));
  }

  /** Nearest-rank percentile; null when nothing was counted. */
  percentileMs(percentile: number): number | null {
    return this.count === 0 ? null : this.ofRankMs(requiredOnTime(this.count, percentile));
  }

  /** Mean, nearest-rank percentiles and largest; all null when nothing was counted. */
  summary(): MeasuredTimes {
    return {
      meanMs: this.count === 0 ? null : msFromUs(this.sumUs / this.count),
      p50Ms: this.percentileMs(50),
      p90Ms: this.percentileMs(90),
      p95Ms: this.percentileMs(95),
      p99Ms: this.percentileMs(99),
      p999Ms: this.percentileMs(99.9),
      maxMs: this.count === 0 ? null : msFromUs(this.maxUs),
    };
  }
}
