/**
 * `local`: exact stamps of the queries that arrive at the engine of `infer-plan serve`. The engine streams one line per
 * arrival, and its clock reports how many there were up to an instant. Once that many lines are here, everything up to
 * then is known, even when nothing arrives.
 */

import type { ArrivalSource, ArrivalSpan } from '../contracts/arrival-source.js';
import { amountOf, countOf, maybeUnder, piece, textOf, under } from '../shared/answer-shape.js';
import { linesOf } from '../shared/bounded-text.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { failure, quoted } from '../shared/failure.js';
import { askJson, callHttp, type HttpCall, type HttpStream, shownUrl, streamHttp } from '../shared/http.js';
import { engineBatches } from './engine-log.js';
import { withToken } from './with-token.js';

const POLL_MS = 100;
const CLOCK_TIMEOUT_MS = 5_000;
/** Lines that the clock has counted are on their way; later than this they are lost. */
const LINES_TIMEOUT_MS = 5_000;
const WAIT_MS = 5;
/** The engine remembers as many arrivals, and its clock counts each before the next reading. */
const MOST_WAITING = 2 * 2 ** 20;
const STAMP = /^\d{1,15}(\.\d{1,6})?$/;
const MOST_STAMP_CHARS = 1_000;
const TIMES_BACK_BELIEVED = 3;

export interface LocalArrivalsOptions {
  /** Where `serve` listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Begin this far back on the engine's clock, as far as it still knows; undefined begins now. */
  readonly sinceMs?: number;
  /** Of the engine's port, where it demands one. */
  readonly token?: string | undefined;
  readonly call?: HttpCall;
  readonly stream?: HttpStream;
  readonly clock?: Clock;
}

interface EngineClock {
  /** Another one after every start of the engine; undefined where it does not say. */
  readonly runId: string | undefined;
  readonly nowMs: number;
  readonly arrivals: number;
  readonly first: number;
}

export function localArrivals(options: LocalArrivalsOptions): ArrivalSource {
  const { token, clock = steadyClock } = options;
  const call = withToken(options.call ?? callHttp, token);
  const stream = withToken(options.stream ?? streamHttp, token);
  const base = options.url.replace(/\/+$/, '');
  const place = shownUrl(base);
  /** Everything up to here was handed over; undefined before the first span. */
  let knownMs: number | undefined;
  /** Number of the first arrival that was not. */
  let next = 0;
  /** How often in a row the engine's clock was behind what is known. */
  let timesBack = 0;
  /** The run of the engine that both are of. */
  let runId: string | undefined;

  async function readClock(signal: AbortSignal): Promise<EngineClock> {
    const url = `${base}/admin/clock`;
    const late = AbortSignal.timeout(CLOCK_TIMEOUT_MS);
    const answer = piece(
      await askJson(call, { method: 'GET', url, signal: AbortSignal.any([signal, late]) }),
      shownUrl(url),
    );
    const run = maybeUnder(answer, 'run_id');
    return {
      runId: run === undefined ? undefined : textOf(run),
      nowMs: amountOf(under(answer, 'now_ms')),
      arrivals: countOf(under(answer, 'arrivals')),
      first: countOf(under(answer, 'first_known_arrival')),
    };
  }

  /** Where to begin or to continue: at its start, for an engine that has started anew; now, where the clock was wrong. */
  function beginAt(now: EngineClock): void {
    if (knownMs === undefined) {
      const { sinceMs } = options;
      knownMs = sinceMs === undefined ? now.nowMs : Math.min(sinceMs, now.nowMs);
      next = sinceMs === undefined ? now.arrivals : now.first;
    } else if (isNewRun(now)) {
      knownMs = 0;
      next = now.first;
    } else if (timesBack >= TIMES_BACK_BELIEVED) {
      knownMs = now.nowMs;
      next = now.arrivals;
      timesBack = 0;
    } else {
      checkGoesOn(now);
      next = Math.max(next, now.first);
    }
    runId = now.runId;
  }

  function isNewRun(now: EngineClock): boolean {
    return now.runId === undefined ? now.nowMs < knownMs! : now.runId !== runId;
  }

  /** A clock that goes back within one run is wrong, or the last one was: which, later readings tell. */
  function checkGoesOn({ nowMs, arrivals }: EngineClock): void {
    if (nowMs >= knownMs! && arrivals >= next) {
      timesBack = 0;
      return;
    }
    timesBack++;
    throw failure('BACKEND_ANSWER', { place, what: 'its clock or its count of arrivals went back' });
  }

  async function* spans(signal: AbortSignal): AsyncIterable<ArrivalSpan> {
    const listening = new AbortController();
    const both = AbortSignal.any([signal, listening.signal]);
    const start = await readClock(signal);
    beginAt(start);
    let fromMs = knownMs!;
    let isCutOff = next === start.first && next > 0;
    const lines: number[] = [];
    let received = next;
    let broken: unknown;
    const listen = async () => {
      const url = `${base}/admin/arrivals?from=${next}`;
      const pieces = stream({ method: 'GET', url, signal: both });
      for await (const line of linesOf(pieces, { place: shownUrl(url), mostChars: MOST_STAMP_CHARS })) {
        if (!STAMP.test(line)) {
          throw failure('BACKEND_ANSWER', { place, what: `an arrival must be a number of ms, is ${quoted(line)}` });
        }
        if (lines.length >= MOST_WAITING) {
          throw failure('BACKEND_ANSWER', { place, what: `sends ${MOST_WAITING} arrivals that it does not count` });
        }
        lines.push(Number(line));
        received++;
      }
      throw failure('BACKEND_UNREACHABLE', { place, what: 'the stream of arrivals ended' });
    };
    const heard = listen().catch((error: unknown) => {
      broken = error;
    });
    try {
      while (!signal.aborted) {
        const now = await readClock(signal);
        if (isNewRun(now)) throw failure('BACKEND_UNREACHABLE', { place, what: 'the engine has restarted' });
        checkGoesOn(now);
        const waitedFromMs = clock.nowMs();
        while (received < now.arrivals) {
          if (broken !== undefined) throw broken;
          if (clock.nowMs() - waitedFromMs > LINES_TIMEOUT_MS) {
            throw failure('BACKEND_TIMEOUT', {
              place,
              what: `the stream lacks ${now.arrivals - received} arrivals that the engine counted`,
            });
          }
          await clock.pause(WAIT_MS, signal);
        }
        const sentMs = lines.splice(0, now.arrivals - next);
        if (sentMs.some((ms, index) => ms > now.nowMs || ms < (sentMs[index - 1] ?? 0))) {
          throw failure('BACKEND_ANSWER', { place, what: 'sent an arrival before the last one, or after its clock' });
        }
        // What the engine has forgotten before the first arrival that it still knows is a gap.
        if (isCutOff && sentMs.length > 0) fromMs = Math.max(fromMs, sentMs[0]!);
        isCutOff = false;
        const stampsMs = sentMs.filter((ms) => ms > fromMs);
        next = now.arrivals;
        knownMs = now.nowMs;
        yield { fromMs, toMs: now.nowMs, count: stampsMs.length, stampsMs, ageMs: clock.nowMs() - waitedFromMs };
        fromMs = now.nowMs;
        if (broken !== undefined) throw broken;
        await clock.pause(POLL_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      listening.abort();
      await heard;
    }
  }

  return {
    describe: () => ({ kind: 'local', place, precision: 'stamps', finestWindowMs: 0 }),
    spans: ({ signal }) => spans(signal),
    batches: ({ signal }) => engineBatches({ url: base, stream, signal }),
    close: () => Promise.resolve(),
  };
}
