/**
 * Arrivals from a proxy's access log, read as it grows. The log's lines come in the order of the answers. So a span is
 * reported only after `holdMs`, when the slowest query that arrived in it should have been answered. A later line
 * counts at the start of the next span. A short silence means an idle pipeline, a long one means that the proxy has
 * stopped writing.
 */

import { arrivalOf, type LogFormat } from '../../model/notation/access-log-line.js';
import { msFromS } from '../../units.js';
import type { ArrivalSource, ArrivalSpan } from '../contracts/arrival-source.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { failure } from '../shared/failure.js';
import { untilAborted } from './spans.js';

const POLL_MS = 50;
const DEFAULT_HOLD_MS = 1_000;
/** Longer without a line is no knowledge. */
const SILENCE_MS = msFromS(10);
/** Ten of the milliseconds that the log is written in. */
const FINEST_WINDOW_MS = 10;
/** Lines without an arrival, in a row and from the start, that show a log of another format. */
const MAX_UNREADABLE = 20;

/** A file that is read as it grows (`files/system/follow-file.ts`). */
export interface GrowingLines {
  /** Whole lines since the last call; with a gap, lines before them may be missing. */
  readNew(): { readonly lines: readonly string[]; readonly hasGap: boolean };
  close(): void;
}

export interface AccessLogOptions {
  readonly file: GrowingLines;
  /** Path, as a person is shown it. */
  readonly place: string;
  readonly format: LogFormat;
  /** Longest time from a query's arrival to its line; queries that take longer are counted late. */
  readonly holdMs?: number;
  readonly clock?: Clock;
  /** The wall clock that the log's times are of, in ms since 1970. */
  readonly wallMs?: () => number;
}

export function accessLogArrivals(options: AccessLogOptions): ArrivalSource {
  const { file, place, format, holdMs = DEFAULT_HOLD_MS, clock = steadyClock, wallMs = Date.now } = options;
  const closing = new AbortController();
  /** Read and not told, unordered. */
  let held: number[] = [];
  let unreadable = 0;
  let hasRead = false;
  let toldToMs: number | undefined;
  let lastLineMs = wallMs();

  function take(): boolean {
    const { lines, hasGap } = file.readNew();
    for (const line of lines) {
      const ms = arrivalOf(line, format);
      if (ms === undefined) {
        unreadable += 1;
        if (!hasRead && unreadable >= MAX_UNREADABLE) throw wrongFormat(line);
        continue;
      }
      hasRead = true;
      held.push(ms);
    }
    if (lines.length > 0) lastLineMs = wallMs();
    return hasGap;
  }

  function wrongFormat(line: string): Error {
    const hint = 'nginx: log_format … "$msec $request_time"; haproxy: option httplog; envoy: [%START_TIME%]';
    const what = `${MAX_UNREADABLE} lines hold no time of the format ${format}, such as: ${line.slice(0, 200)}`;
    return failure('BACKEND_REJECTED', { place, what, hint });
  }

  async function* tell(signal: AbortSignal): AsyncGenerator<ArrivalSpan> {
    for (;;) {
      const nowMs = wallMs();
      const hasGap = take();
      // A wall clock that was set back begins a new account.
      if (toldToMs === undefined || hasGap || nowMs < toldToMs) toldToMs = nowMs - holdMs;
      const isSilent = nowMs - lastLineMs > SILENCE_MS;
      const toMs = nowMs - holdMs;
      if (isSilent) {
        toldToMs = undefined;
        held = [];
      } else if (toMs > toldToMs) {
        const fromMs = toldToMs;
        const due = held.filter((ms) => ms <= toMs).sort((a, b) => a - b);
        held = held.filter((ms) => ms > toMs);
        // What is late is counted, at the first instant that is not told yet.
        const stampsMs = due.map((ms) => (ms > fromMs ? ms : Math.min(toMs, fromMs + 1)));
        toldToMs = toMs;
        yield { fromMs, toMs, count: stampsMs.length, stampsMs: stampsMs.sort((a, b) => a - b), ageMs: holdMs };
      }
      await clock.pause(POLL_MS, signal);
    }
  }

  return {
    describe: () => ({ kind: 'access-log', place, precision: 'stamps', finestWindowMs: FINEST_WINDOW_MS }),
    spans: ({ signal }) => untilAborted({ signal, closing: closing.signal }, tell),
    close: async () => {
      closing.abort(failure('BACKEND_UNREACHABLE', { place, what: 'closed' }));
      file.close();
    },
  };
}
