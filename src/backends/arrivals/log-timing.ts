/**
 * Learns from an access log's lines how late they come and how far the log's clock is from this machine's.
 *
 * A line is late when its query was slow, or when the proxy writes its lines in batches. Both show as the time from the
 * arrival to the reading of its line. The hold covers that time for 99 of 100 recent lines.
 *
 * The log's clock has a skew when it is in another time zone, or wrong. The newest line of a reading shows it, because
 * no query arrives in the future, and some line is always fresh.
 *
 * Worked number: hold 1 s, a proxy that writes every 5 s. The first batch has lines up to 5 s late, far more than one
 * in a hundred, so the hold becomes 1.2 · 5 = 6 s. The next batches are in time.
 */
import { msFromS } from '../../units.js';

/** Lines that come later than this are not waited for: the tuner would see traffic that is long over. */
const MOST_HOLD_MS = msFromS(60);
/** What the hold has beyond the latest line, and by how much it grows at least. */
const HOLD_MARGIN = 1.2;
const HOLD_GROWTH = 1.5;
/** One line in a hundred may be late, and one in any case: a slow query does not slow the tuner down. */
const ALLOWED_LATE = 100;
const RECENT_MS = msFromS(60);
/** A hold that so few lines need half of is narrowed after this long: one stall of the proxy's disk is over some day. */
const NARROW_AFTER_MS = msFromS(600);
/** Clocks of machines that are set by the network differ by less. */
const MOST_LEAD_MS = msFromS(1);
/** Lines too late for this long, and none in time, show a clock that was set back. */
const STRAY_MS = msFromS(10);
/** Time zones differ by multiples of a quarter of an hour. The newest line may be older by the slack. */
const ZONE_STEP_MS = msFromS(900);
const ZONE_SLACK_MS = msFromS(5);

export interface ReadLines {
  /** Arrival of each line's query, in ms on the log's clock; at least one. */
  readonly stampsMs: readonly number[];
  /** This reading and the one before, in ms on this machine's wall clock. The lines were written in between. */
  readonly readMs: number;
  readonly beforeMs: number;
}

export interface TimingChange {
  /** The log's clock is `skewMs` ahead of this machine's. */
  readonly skewMs?: number;
  /** The hold was widened, or narrowed. */
  readonly holdMs?: number;
  readonly isNarrowed?: boolean;
}

export class LogTiming {
  /** Longest time from an arrival to its line. */
  holdMs: number;
  /** The log's clock less this machine's; undefined before the first line. */
  skewMs: number | undefined;
  /** Whether so many recent lines came later than any hold that arrivals are not known. */
  isTooLate = false;

  readonly mostHoldMs: number;
  private readonly firstHoldMs: number;
  /** Lines since the hold was last looked at, and those of them that would have been too late for half of it. */
  private sinceLook = { atMs: Number.POSITIVE_INFINITY, lines: 0, late: 0 };
  private recent: { readonly readMs: number; readonly lines: number; readonly lateMs: readonly number[] }[] = [];
  private inTimeMs = Number.NEGATIVE_INFINITY;

  constructor(holdMs: number) {
    this.holdMs = holdMs;
    this.firstHoldMs = holdMs;
    this.mostHoldMs = Math.max(MOST_HOLD_MS, holdMs);
  }

  /** Learns from one reading. @returns what it changed */
  take(read: ReadLines): TimingChange {
    const skewMs = this.findSkew(read);
    const holdMs = this.findHold(read);
    if (holdMs === undefined && skewMs === undefined && this.narrow(read))
      return { holdMs: this.holdMs, isNarrowed: true };
    return { ...(skewMs !== undefined && { skewMs }), ...(holdMs !== undefined && { holdMs }) };
  }

  private findSkew({ stampsMs, readMs }: ReadLines): number | undefined {
    const known = this.skewMs;
    const newestMs = stampsMs.reduce((most, ms) => Math.max(most, ms), Number.NEGATIVE_INFINITY);
    const leadMs = newestMs - readMs - (known ?? 0);
    const isBehind = leadMs < -this.mostHoldMs && (known === undefined || readMs - this.inTimeMs > STRAY_MS);
    if (leadMs <= MOST_LEAD_MS && !isBehind) {
      this.skewMs = known ?? 0;
      return undefined;
    }
    const skewMs = (known ?? 0) + leadMs;
    const zoneMs = Math.round(skewMs / ZONE_STEP_MS) * ZONE_STEP_MS;
    // The newest line may be old, but never from the future: the log's clock is at least this far ahead.
    const isZone = skewMs - zoneMs >= -ZONE_SLACK_MS && skewMs - zoneMs <= MOST_LEAD_MS;
    this.skewMs = isZone ? zoneMs : skewMs;
    this.recent = [];
    return this.skewMs;
  }

  private findHold({ stampsMs, readMs, beforeMs }: ReadLines): number | undefined {
    const skewMs = this.skewMs!;
    // A line that was not there at the reading before was at least this late.
    const delaysMs = stampsMs.map((ms) => beforeMs + skewMs - ms);
    if (delaysMs.some((ms) => ms <= this.mostHoldMs)) this.inTimeMs = readMs;
    this.recent.push({ readMs, lines: delaysMs.length, lateMs: delaysMs.filter((ms) => ms > this.holdMs) });
    this.recent = this.recent.filter((one) => readMs - one.readMs <= RECENT_MS);
    const lines = this.recent.reduce((sum, one) => sum + one.lines, 0);
    const lateMs = this.recent.flatMap((one) => one.lateMs).sort((a, b) => b - a);
    const allowed = Math.max(1, Math.floor(lines / ALLOWED_LATE));
    const neededMs = lateMs[allowed] ?? 0;
    this.isTooLate = neededMs > this.mostHoldMs;
    if (neededMs <= this.holdMs || this.isTooLate) return undefined;
    this.sinceLook = { atMs: readMs, lines: 0, late: 0 };
    this.holdMs = Math.min(this.mostHoldMs, Math.max(HOLD_GROWTH * this.holdMs, Math.ceil(HOLD_MARGIN * neededMs)));
    this.recent = [];
    return this.holdMs;
  }

  /** Halves a hold that was widened, when few lines of the last ten minutes needed more. @returns whether it did */
  private narrow({ stampsMs, readMs, beforeMs }: ReadLines): boolean {
    if (this.holdMs <= this.firstHoldMs) return false;
    const look = this.sinceLook;
    if (look.atMs > readMs) look.atMs = readMs;
    const neededMs = this.holdMs / 2 / HOLD_MARGIN;
    look.lines += stampsMs.length;
    look.late += stampsMs.filter((ms) => beforeMs + this.skewMs! - ms > neededMs).length;
    if (readMs - look.atMs < NARROW_AFTER_MS) return false;
    const isSpare = look.late <= Math.floor(look.lines / ALLOWED_LATE);
    this.sinceLook = { atMs: readMs, lines: 0, late: 0 };
    if (isSpare) this.holdMs = Math.max(this.firstHoldMs, this.holdMs / 2);
    return isSpare;
  }
}

/** Whether a skew is that of a time zone. */
export function isZone(skewMs: number): boolean {
  return skewMs % ZONE_STEP_MS === 0;
}
