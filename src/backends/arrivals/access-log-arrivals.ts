/**
 * Arrivals from a proxy's access log, read as it grows. The log's lines come in the order of the answers. So a span is
 * reported only after the hold, when the slowest query that arrived in it should have been answered. Lines that come
 * later widen the hold; they are never counted at another instant. A short silence means an idle pipeline, a long one
 * means that the proxy has stopped writing.
 *
 * Spans are on this machine's wall clock; the log's own clock may be off (log-timing.ts).
 */

import { arrivalOf, type LogFormat } from '../../model/notation/access-log-line.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { msFromS } from '../../units.js';
import type { ArrivalSource, ArrivalSpan, SpanRequest } from '../contracts/arrival-source.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { failure } from '../shared/failure.js';
import { isZone, LogTiming, type TimingChange } from './log-timing.js';
import { untilAborted } from './spans.js';

const POLL_MS = 50;
const DEFAULT_HOLD_MS = 1_000;
/** A longer silence says nothing, or twice the hold where lines come in batches. */
const SILENCE_MS = msFromS(10);
/** A longer silence is reported. */
const REPORTED_SILENCE_MS = msFromS(60);
/** Ten of the milliseconds that the log is written in. */
const FINEST_WINDOW_MS = 10;
/** Lines without an arrival, in a row, that show another format. From the start, it is an error. */
const MAX_UNREADABLE = 20;
/** A wall clock that moves by this much more or less than the steady one was set. */
const CLOCK_SET_MS = msFromS(1);

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
  /** Longest time from a query's arrival to its line, to begin with. */
  readonly holdMs?: number;
  readonly clock?: Clock;
  /** This machine's wall clock, in ms since 1970. */
  readonly wallMs?: () => number;
}

export function accessLogArrivals(options: AccessLogOptions): ArrivalSource {
  const { file, place, format, clock = steadyClock, wallMs = Date.now } = options;
  const closing = new AbortController();
  const timing = new LogTiming(options.holdMs ?? DEFAULT_HOLD_MS);
  /** Stamps of the log that no span has reported yet, unordered. */
  let held: number[] = [];
  /** Lines since the last one with an arrival. */
  let unreadable = 0;
  let before = { readMs: wallMs(), steadyMs: clock.nowMs() };
  let lastLineMs = before.readMs;
  /** Arrivals are known from here on, as far as spans have not reported them. */
  let knownFromMs = before.readMs;
  let reportedToMs: number | undefined;

  function readStamps(): { readonly stampsMs: readonly number[]; readonly hasGap: boolean } {
    const { lines, hasGap } = file.readNew();
    const stampsMs: number[] = [];
    for (const line of lines) {
      const ms = arrivalOf(line, format);
      unreadable = ms === undefined ? unreadable + 1 : 0;
      if (ms !== undefined) stampsMs.push(ms);
      else if (timing.skewMs === undefined && unreadable >= MAX_UNREADABLE) throw wrongFormat(line);
    }
    return { stampsMs, hasGap };
  }

  function wrongFormat(line: string): Error {
    const hint = 'nginx: log_format … "$msec $request_time"; haproxy: option httplog; envoy: [%START_TIME%]';
    const what = `${MAX_UNREADABLE} lines hold no time of the format ${format}, such as: ${line.slice(0, 200)}`;
    return failure('BACKEND_REJECTED', { place, what, hint });
  }

  /** Forgets what was held: knowledge begins anew at `fromMs`. */
  function beginAt(fromMs: number): void {
    held = [];
    knownFromMs = fromMs;
  }

  /** Takes the lines of one reading. */
  function take(stampsMs: readonly number[], readMs: number, onNotice: SpanRequest['onNotice']): void {
    const change = timing.take({ stampsMs, readMs, beforeMs: before.readMs });
    if (change.skewMs !== undefined && reportedToMs !== undefined) beginAt(before.readMs);
    held.push(...stampsMs);
    // Spans already reported lack the late lines. A gap makes the tuner forget that they looked quiet.
    if (change.holdMs !== undefined && !change.isNarrowed && reportedToMs !== undefined)
      knownFromMs = reportedToMs + FINEST_WINDOW_MS;
    const text = noteOf(change);
    if (text !== undefined) onNotice?.({ kind: 'corrected', note: `${place}: ${text}` });
  }

  /** What was learned of the lines, for a person. */
  function problemAt(readMs: number): string | undefined {
    if (timing.isTooLate) {
      const late = `more than one line in a hundred comes ${shown(timing.mostHoldMs)} after its query or later`;
      return `${place}: ${late}: flush the log more often, and set the clocks of all its proxies`;
    }
    if (unreadable >= MAX_UNREADABLE) return `${place}: lines hold no time of the format ${format} any more`;
    if (readMs - lastLineMs <= REPORTED_SILENCE_MS) return undefined;
    return `${place}: no line for ${shown(REPORTED_SILENCE_MS)}: an idle pipeline, or a proxy that writes elsewhere`;
  }

  async function* tell({ signal, onNotice }: SpanRequest): AsyncGenerator<ArrivalSpan> {
    for (;;) {
      const now = { readMs: wallMs(), steadyMs: clock.nowMs() };
      const { readMs } = now;
      const { stampsMs, hasGap } = readStamps();
      const wallStepMs = readMs - before.readMs - (now.steadyMs - before.steadyMs);
      if (Math.abs(wallStepMs) > CLOCK_SET_MS) {
        beginAt(readMs);
        reportedToMs = undefined;
        before = now;
      }
      if (hasGap) beginAt(readMs - timing.holdMs);
      const silenceMs = Math.max(SILENCE_MS, 2 * timing.holdMs);
      const wasSilent = readMs - lastLineMs > silenceMs;
      if (stampsMs.length > 0) {
        if (wasSilent) beginAt(Math.max(knownFromMs, readMs - timing.holdMs));
        take(stampsMs, readMs, onNotice);
        lastLineMs = readMs;
      }
      before = now;
      const problem = problemAt(readMs);
      if (problem !== undefined) {
        onNotice?.({ kind: 'unknown', problem });
        beginAt(readMs);
      } else if (timing.skewMs !== undefined && readMs - lastLineMs <= silenceMs) {
        const span = spanUpTo(readMs - timing.holdMs, timing.skewMs);
        if (span !== undefined) yield span;
      }
      await clock.pause(POLL_MS, signal);
    }
  }

  function spanUpTo(toMs: number, skewMs: number): ArrivalSpan | undefined {
    const fromMs = Math.max(knownFromMs, reportedToMs ?? Number.NEGATIVE_INFINITY);
    if (toMs <= fromMs) return undefined;
    const stampsMs = held
      .map((ms) => ms - skewMs)
      .filter((ms) => ms > fromMs && ms <= toMs)
      .sort((a, b) => a - b);
    held = held.filter((ms) => ms - skewMs > toMs);
    reportedToMs = toMs;
    return { fromMs, toMs, count: stampsMs.length, stampsMs, ageMs: timing.holdMs };
  }

  return {
    describe: () => ({ kind: 'access-log', place, precision: 'stamps', finestWindowMs: FINEST_WINDOW_MS }),
    spans: (request) =>
      untilAborted({ signal: request.signal, closing: closing.signal }, (signal) => tell({ ...request, signal })),
    close: async () => {
      closing.abort(failure('BACKEND_UNREACHABLE', { place, what: 'closed' }));
      file.close();
    },
  };
}

function noteOf({ skewMs, holdMs, isNarrowed }: TimingChange): string | undefined {
  const notes: string[] = [];
  if (skewMs === 0) notes.push("its times agree with this machine's clock");
  else if (skewMs !== undefined) {
    const side = skewMs > 0 ? 'ahead of' : 'behind';
    const wrong = skewMs > 0 ? 'a clock that is wrong' : 'a clock that is wrong, or lines that come late';
    const cause = isZone(skewMs) ? 'another time zone' : wrong;
    notes.push(`its times are ${shown(Math.abs(skewMs))} ${side} this machine's clock (${cause}): corrected`);
  }
  if (isNarrowed) notes.push(`lines come in time again: hold narrowed to ${shown(holdMs!)}`);
  else if (holdMs !== undefined) {
    notes.push(
      `lines come later than expected: hold widened to ${shown(holdMs)}, so the tuner sees arrivals that late`,
    );
  }
  return notes.length === 0 ? undefined : notes.join('; ');
}

function shown(ms: number): string {
  return formatDuration(Math.round(ms));
}
