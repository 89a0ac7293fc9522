/**
 * Times counted in cells: flat memory however many there are. A cell holds one microsecond up to 32.8 ms. Above, each
 * doubling has 16,384 cells, so a cell is within 0.01 % of every time in it.
 */
import { requiredOnTime } from '../model/slo.js';
import { msFromUs } from '../units.js';
import type { MeasuredTimes } from './load-result.js';

const CELLS_OF_A_DOUBLING = 2 ** 14;

export class TimeHistogram {
  count = 0;
  /** By cell: how many times. */
  private readonly counts = new Map<number, number>();
  private sumUs = 0;
  private maxUs = 0;

  /** Counts one time of whole microseconds, ≥ 0. */
  add(us: number): void {
    const cell = cellOf(us);
    this.counts.set(cell, (this.counts.get(cell) ?? 0) + 1);
    this.count++;
    this.sumUs += us;
    if (us > this.maxUs) this.maxUs = us;
  }

  clear(): void {
    this.counts.clear();
    this.count = 0;
    this.sumUs = 0;
    this.maxUs = 0;
  }

  /** The time of the given rank, from 1 to `count`, in ascending order. */
  ofRankMs(rank: number): number {
    return this.ofRanksMs([rank])[0]!;
  }

  /** Nearest-rank percentile; null when nothing was counted. */
  percentileMs(percentile: number): number | null {
    return this.count === 0 ? null : this.ofRankMs(requiredOnTime(this.count, percentile));
  }

  /** Mean, nearest-rank percentiles and largest; all null when nothing was counted. */
  summary(): MeasuredTimes {
    if (this.count === 0) {
      return { meanMs: null, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, p999Ms: null, maxMs: null };
    }
    const ranks = [50, 90, 95, 99, 99.9].map((percentile) => requiredOnTime(this.count, percentile));
    const [p50Ms, p90Ms, p95Ms, p99Ms, p999Ms] = this.ofRanksMs(ranks) as [number, number, number, number, number];
    return {
      meanMs: msFromUs(this.sumUs / this.count),
      p50Ms,
      p90Ms,
      p95Ms,
      p99Ms,
      p999Ms,
      maxMs: msFromUs(this.maxUs),
    };
  }

  /** Ranks rise. Costs a sort of the cells in use. */
  private ofRanksMs(ranks: readonly number[]): number[] {
    const cells = Float64Array.from(this.counts.keys()).sort();
    let at = -1;
    let seen = 0;
    return ranks.map((rank) => {
      while (seen < rank) seen += this.counts.get(cells[++at]!)!;
      return msFromUs(Math.min(this.maxUs, largestIn(cells[at]!)));
    });
  }
}

/** Cells rise with the times in them: the first 2 · 16,384 hold a microsecond, the next 16,384 two, and so on. */
function cellOf(us: number): number {
  let width = 1;
  let first = 0;
  while (us >= 2 * CELLS_OF_A_DOUBLING * width) {
    width *= 2;
    first += CELLS_OF_A_DOUBLING;
  }
  return first + Math.floor(us / width);
}

/** The largest time of a cell, in whole microseconds. */
function largestIn(cell: number): number {
  const doublings = Math.max(0, Math.floor(cell / CELLS_OF_A_DOUBLING) - 1);
  const width = 2 ** doublings;
  return (cell - doublings * CELLS_OF_A_DOUBLING + 1) * width - 1;
}
