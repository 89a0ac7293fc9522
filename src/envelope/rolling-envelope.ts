/**
 * The traffic envelope of live arrivals, updated at each arrival. At every instant its counts equal those of
 * `trafficEnvelope` over the arrivals so far (invariant T0).
 *
 * Arrivals stand in a ring of cells: an instant and how many arrived before it. Each width keeps the oldest cell still
 * inside its window, which only moves forward, so an arrival costs a step per width on average. Arrivals at one
 * microsecond share a cell.
 *
 * Memory is bounded at any rate. When the ring would overflow within the widest window, arrivals within a grain (64 µs
 * for windows up to a minute) share a cell at the latest of them. A count is then at most that of a window wider by one
 * grain. The ring holds 2^20 cells of 8 bytes: it counts 15 000 queries/s for a minute, with bursts of 100 000,
 * exactly.
 */
import { InputError } from '../errors.js';
import { msFromUs, usFromMs } from '../units.js';

const FIRST_CELLS = 1 << 10;
const MOST_CELLS = 1 << 20;
/** Cells that the widest window needs when every grain holds an arrival; the rest keep arrivals one by one. */
const GRAIN_CELLS = 937_500;
const FINEST_GRAIN_US = 64;
/** Instants are kept modulo 2^32 µs, so a window must be shorter than half of that. */
const WRAP_US = 2 ** 32;
const WIDEST_US = 2 ** 31;

export class RollingEnvelope {
  readonly widthsUs: readonly number[];
  /** Per width, arrivals in (now − width, now], where now is the instant last given. */
  readonly counts: Float64Array;
  /** Per width, the largest count at any instant since `restartPeaks`, or ever. */
  readonly peaks: Float64Array;
  /** Arrivals taken so far. */
  arrivals = 0;

  /** Index of the widest width; its oldest cell is the oldest of all. */
  private readonly widest: number;
  private readonly widestUs: number;
  private readonly grainUs: number;
  private stamps = new Uint32Array(FIRST_CELLS);
  private before = new Uint32Array(FIRST_CELLS);
  /** Cells written; cell number c stands at `c & (length − 1)`. */
  private cells = 0;
  private readonly oldest: Float64Array;
  private lastUs = Number.NEGATIVE_INFINITY;
  private cellFirstUs = 0;

  /** @throws InputError when a width is 2^31 µs (35 minutes) or more */
  constructor(windowsMs: readonly number[]) {
    this.widthsUs = windowsMs.map((windowMs) => Math.max(1, usFromMs(windowMs)));
    this.widestUs = Math.max(1, ...this.widthsUs);
    if (this.widestUs >= WIDEST_US) {
      throw new InputError('WINDOW_TOO_WIDE', `window = ${msFromUs(this.widestUs)} ms, must be less than 35 minutes`);
    }
    this.widest = this.widthsUs.indexOf(this.widestUs);
    this.grainUs = Math.max(FINEST_GRAIN_US, Math.ceil(this.widestUs / GRAIN_CELLS));
    this.counts = new Float64Array(this.widthsUs.length);
    this.peaks = new Float64Array(this.widthsUs.length);
    this.oldest = new Float64Array(this.widthsUs.length);
  }

  /** Bytes held. */
  get bytes(): number {
    return this.stamps.byteLength + this.before.byteLength;
  }

  /** Takes `count` arrivals at one instant (whole µs), not before the last one. */
  add(arrivalUs: number, count = 1): void {
    if (arrivalUs === this.lastUs && this.cells > 0) {
      this.arrivals += count;
    } else {
      this.expire(arrivalUs);
      if (this.sharesCell(arrivalUs)) this.stamps[(this.cells - 1) & (this.stamps.length - 1)] = arrivalUs % WRAP_US;
      else this.open(arrivalUs);
      this.lastUs = arrivalUs;
      this.arrivals += count;
    }
    const { counts, peaks } = this;
    for (let w = 0; w < counts.length; w++) {
      const inside = counts[w]! + count;
      counts[w] = inside;
      if (inside > peaks[w]!) peaks[w] = inside;
    }
  }

  /** Moves on to an instant, not before the last arrival; nothing arrived in between. */
  advance(nowUs: number): void {
    this.expire(nowUs);
  }

  /** Starts the peaks anew at the instant last given. */
  restartPeaks(): void {
    this.peaks.set(this.counts);
  }

  /** Arrivals of the widest window. */
  get recentQueries(): number {
    return this.counts[this.widest]!;
  }

  /** The arrivals of the widest window, ascending, in µs; arrivals that share a cell have its instant. */
  recentUs(): Float64Array {
    const oldest = this.oldest[this.widest]!;
    const recent = new Float64Array(this.counts[this.widest]!);
    let row = recent.length;
    const mask = this.stamps.length - 1;
    let end = this.arrivals;
    for (let cell = this.cells - 1; cell >= oldest; cell--) {
      const size = (end - this.before[cell & mask]!) >>> 0;
      const instantUs = this.lastUs - age(this.lastUs, this.stamps[cell & mask]!);
      recent.fill(instantUs, row - size, row);
      row -= size;
      end -= size;
    }
    return recent;
  }

  private expire(nowUs: number): void {
    const { stamps, before, oldest, counts, widthsUs, cells } = this;
    const mask = stamps.length - 1;
    const isAllGone = nowUs - this.lastUs >= this.widestUs;
    const low = nowUs % WRAP_US;
    for (let w = 0; w < widthsUs.length; w++) {
      const widthUs = widthsUs[w]!;
      let first = oldest[w]!;
      if (isAllGone) first = cells;
      else while (first < cells && (low - stamps[first & mask]!) >>> 0 >= widthUs) first++;
      if (first === oldest[w]) continue;
      oldest[w] = first;
      counts[w] = first === cells ? 0 : (this.arrivals - before[first & mask]!) >>> 0;
    }
  }

  /** Whether a later arrival joins the newest cell: only when cells would otherwise run out. */
  private sharesCell(arrivalUs: number): boolean {
    const oldest = this.oldest[this.widest]!;
    const used = this.cells - oldest;
    if (used < MOST_CELLS - GRAIN_CELLS - 2) return false;
    const oldestAgeUs = age(arrivalUs, this.stamps[oldest & (this.stamps.length - 1)]!);
    const reserved = Math.ceil((this.widestUs - oldestAgeUs) / this.grainUs) + 2;
    return used + reserved > MOST_CELLS && arrivalUs - this.cellFirstUs < this.grainUs;
  }

  private open(arrivalUs: number): void {
    const used = this.cells - this.oldest[this.widest]!;
    if (used === this.stamps.length) this.grow();
    const at = this.cells & (this.stamps.length - 1);
    this.stamps[at] = arrivalUs % WRAP_US;
    this.before[at] = this.arrivals;
    this.cellFirstUs = arrivalUs;
    this.cells++;
  }

  private grow(): void {
    const mask = this.stamps.length - 1;
    const stamps = new Uint32Array(this.stamps.length * 2);
    const before = new Uint32Array(stamps.length);
    for (let cell = this.oldest[this.widest]!; cell < this.cells; cell++) {
      stamps[cell & (stamps.length - 1)] = this.stamps[cell & mask]!;
      before[cell & (stamps.length - 1)] = this.before[cell & mask]!;
    }
    this.stamps = stamps;
    this.before = before;
  }
}

/** µs from a stamp to an instant less than 2^32 µs after it. */
function age(nowUs: number, stamp: number): number {
  return ((nowUs % WRAP_US) - stamp) >>> 0;
}
