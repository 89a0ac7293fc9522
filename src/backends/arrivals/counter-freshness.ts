/**
 * Tells a server that refreshes its counters rarely from one whose queries come in bursts. Both stand still for a while
 * and then grow by a lump. If they go on growing at once, or the lump still waits in the queue, they are live.
 * Otherwise a lump that the recent rate explains is a late refresh: from then on each count is reported over the time
 * since the refresh before. A larger lump is a burst, and stays where it is. The very first lump is not reported.
 *
 * Worked number: polled every 50 ms at 40 queries/s, a server that refreshes every 5 s grows by 200 every 5 s. The
 * first lump shows the rate, 200 ÷ 5 s = 40/s. That rate explains the second. The third is reported over its 5 s.
 */
import { msFromS } from '../../units.js';

/** Smaller lumps, and shorter whiles, ask for no replica. */
const LEAST_LUMP = 5;
const LEAST_QUIET_MS = msFromS(1);
const LEAST_QUIET_POLLS = 4;
/** Polls without growth after a lump, before it is judged. */
const CONFIRMING_POLLS = 4;
/** Counters that stand still for longer are idle. */
const MOST_REFRESH_MS = msFromS(30);
/** Up to this many times the expected count is no burst. */
const MOST_EXPECTED = 2;
/** A refresh may be late by its own interval. */
const PATIENCE = 2;
const RECENT_MS = msFromS(60);

/** What one reading of the counters adds to the one before. */
export interface Growth {
  /** The reading before, and this one. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  /** Of the count, those that wait in the server's queue now. */
  readonly waiting: number;
}

export interface CountedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

interface Lump extends CountedSpan {
  readonly quietMs: number;
  readonly isFirst: boolean;
  readonly expected: number;
}

export class CounterFreshness {
  /** Between two refreshes, while nothing is reported in between; undefined while the counters are live or idle. */
  refreshMs: number | undefined;

  private readonly pollMs: number;
  private changedMs: number;
  /** The last refresh interval found: a lump after an idle while is such a refresh. */
  private learnedMs: number | undefined;
  private lump: Lump | undefined;
  private recent: CountedSpan[] = [];

  constructor({ pollMs, startMs }: { readonly pollMs: number; readonly startMs: number }) {
    this.pollMs = pollMs;
    this.changedMs = startMs;
  }

  /** @returns spans that one reading makes known, in order; a gap between them is not known */
  take({ fromMs, toMs, count, waiting }: Growth): readonly CountedSpan[] {
    if (this.lump !== undefined) return this.confirm(this.lump, toMs, count);
    if (count === 0) return this.rest(fromMs, toMs);
    const changedMs = this.changedMs;
    const quietMs = toMs - changedMs;
    const isQuiet = quietMs >= Math.max(LEAST_QUIET_MS, LEAST_QUIET_POLLS * this.pollMs);
    const isFirst = this.recent.length === 0;
    const expected = this.rateQpms() * quietMs;
    this.change(toMs, count);
    if (this.refreshMs !== undefined) {
      this.refreshMs = isQuiet ? quietMs : undefined;
      return [{ fromMs: changedMs, toMs, count }];
    }
    if (!isQuiet || count < LEAST_LUMP || 2 * waiting >= count) return [{ fromMs, toMs, count }];
    this.lump = { fromMs, toMs, count, quietMs, isFirst, expected };
    return [];
  }

  /** Looks whether the counters grow on after a lump. */
  private confirm(lump: Lump, toMs: number, count: number): readonly CountedSpan[] {
    const asCounted = [lump, { fromMs: lump.toMs, toMs, count }].map(({ fromMs, toMs: endMs, count: counted }) => ({
      fromMs,
      toMs: endMs,
      count: counted,
    }));
    if (count > 0) this.change(toMs, count);
    else if (toMs - lump.toMs < CONFIRMING_POLLS * this.pollMs) return [];
    this.lump = undefined;
    if (count > 0) return asCounted;
    const isExplained = lump.quietMs <= MOST_REFRESH_MS && lump.count <= MOST_EXPECTED * lump.expected;
    if (this.learnedMs === undefined && isExplained) this.learnedMs = lump.quietMs;
    this.refreshMs = this.learnedMs;
    return lump.isFirst || this.refreshMs !== undefined ? [] : asCounted;
  }

  /** Nothing arrived, or the next refresh is still due. */
  private rest(fromMs: number, toMs: number): readonly CountedSpan[] {
    if (this.refreshMs === undefined) return [{ fromMs, toMs, count: 0 }];
    if (toMs - this.changedMs <= PATIENCE * this.refreshMs) return [];
    this.refreshMs = undefined;
    return [{ fromMs: this.changedMs, toMs, count: 0 }];
  }

  private change(atMs: number, count: number): void {
    this.recent.push({ fromMs: this.changedMs, toMs: atMs, count });
    this.recent = this.recent.filter(({ toMs }) => toMs >= atMs - RECENT_MS);
    this.changedMs = atMs;
  }

  /** Mean arrivals per ms over the recent changes. */
  private rateQpms(): number {
    const first = this.recent[0];
    if (first === undefined) return 0;
    return this.recent.reduce((sum, { count }) => sum + count, 0) / (this.changedMs - first.fromMs);
  }
}
