/**
 * Arrivals from a request counter that Prometheus scrapes. The query asks for raw samples with their scrape times,
 * because `rate()` gives the same for a dead server as for an idle one. Counters of several servers are scraped at
 * different instants, so each is interpolated linearly. Time is the clock of the Prometheus server.
 */
import { formatDuration } from '../../model/notation/quantity.js';
import { msFromS } from '../../units.js';
import type { ArrivalSource, ArrivalSpan, SpanRequest } from '../contracts/arrival-source.js';
import { listOf, mappingOf, maybeUnder, type Piece, piece, textOf, under } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { failure } from '../shared/failure.js';
import { askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';
import { withinLimits } from '../shared/within-limits.js';
import { newestMs, type Series, seriesOf, spansOf, withoutCopies } from './promql-series.js';
import { INTERVALS_PER_WINDOW, untilAborted } from './spans.js';

const QUERY_TIMEOUT_MS = 10_000;
/** How far back a query looks at most, so that a failure of that length leaves no gap. */
const LOOK_BACK_MS = msFromS(300);
/** More counters, and more sums of samples, than the arrivals of a pipeline are counted by. */
const MOST_SERIES = 10_000;
const MOST_SUMS = 5_000_000;
/** The year 2255. */
const LATEST_S = 9e9;
const COUNT = /^\+?\d+(\.\d*)?(e[+-]?\d+)?$/i;
/** A counter without a sample for this many scrapes has left. */
const MISSED_SCRAPES = 3;

export interface PromqlArrivalsOptions {
  /** Where Prometheus answers: `http://127.0.0.1:9090`. */
  readonly url: string;
  /** Selector of request counters: `nginx_http_requests_total{job="front"}`. */
  readonly selector: string;
  /** The scrape interval of those counters. */
  readonly scrapeMs: number;
  readonly http?: HttpCall;
  readonly clock?: Clock;
  /** This machine's wall clock, in ms since 1970: for the age of the data alone. */
  readonly wallMs?: () => number;
}

export function promqlArrivals(options: PromqlArrivalsOptions): ArrivalSource {
  const { url, selector, scrapeMs, http = callHttp, clock = steadyClock, wallMs = Date.now } = options;
  const base = url.replace(/\/+$/, '');
  const place = shownUrl(base);
  const closing = new AbortController();
  let reportedToMs: number | undefined;
  /** The newest sample so far, and when it was first seen here. */
  let newest: { readonly ms: number; readonly seenMs: number } | undefined;
  let hasReportedCopies = false;
  /** How far back the next query looks as long as nothing was reported: twice as far where two samples did not lie within. */
  let firstLookMs = 2 * scrapeMs;

  /**
   * From what was reported to now, and two scrapes more. Prometheus's clock is at most a scrape past its newest sample.
   */
  function lookBackMs(): number {
    if (reportedToMs === undefined || newest === undefined) return Math.min(LOOK_BACK_MS, firstLookMs);
    const sinceNewestMs = clock.nowMs() - newest.seenMs + scrapeMs;
    return Math.min(LOOK_BACK_MS, newest.ms - reportedToMs + sinceNewestMs + 2 * scrapeMs);
  }

  async function querySeries(signal: AbortSignal): Promise<readonly Series[]> {
    const limits = { limits: { signal }, defaultTimeoutMs: QUERY_TIMEOUT_MS, clock, place };
    const query = `${selector}[${Math.ceil(lookBackMs())}ms]`;
    const from = `${base}/api/v1/query?${new URLSearchParams({ query })}`;
    const answer = await withinLimits(limits, (limited) =>
      askJson(http, { method: 'GET', url: from, signal: limited }),
    );
    if (textOf(under(piece(answer, place), 'status')) !== 'success') {
      throw failure('BACKEND_ANSWER', { place, what: 'must answer with the status success' });
    }
    const data = under(piece(answer, place), 'data');
    if (textOf(under(data, 'resultType')) !== 'matrix') {
      const hint = 'Give the bare counter, such as nginx_http_requests_total{job="front"}, without rate() or sum()';
      throw failure('BACKEND_REJECTED', { place, what: `${selector} selects no series`, hint });
    }
    const series = listOf(under(data, 'result')).map((one) => {
      const samples = listOf(under(one, 'values')).map(sampleOf);
      if (samples.some(([atMs], i) => i > 0 && atMs <= samples[i - 1]![0])) {
        throw failure('BACKEND_ANSWER', { place: one.place, what: 'samples must ascend in time' });
      }
      return seriesOf(labelsOf(maybeUnder(one, 'metric')), samples);
    });
    const found = series.filter(({ atMs }) => atMs.length > 0);
    const most = found.reduce((largest, { atMs }) => Math.max(largest, atMs.length), 0);
    if (found.length <= MOST_SERIES && found.length * most <= MOST_SUMS) return found;
    const what = `${selector} selects ${found.length} series of up to ${most} samples, which is more than can be added`;
    throw failure('BACKEND_REJECTED', { place, what, hint: 'Select the counters where queries enter, and no others' });
  }

  /** Why there is nothing to report; undefined while samples keep coming. */
  function problemOf(series: readonly Series[]): string | undefined {
    if (newest === undefined) {
      const check = 'check the selector, and that Prometheus scrapes its target';
      return `${place}: ${selector} selects no series: ${check}`;
    }
    if (clock.nowMs() - newest.seenMs < MISSED_SCRAPES * scrapeMs) return undefined;
    const since = `no new sample of ${selector} for ${formatDuration(MISSED_SCRAPES * scrapeMs)}`;
    return `${place}: ${since}${series.length === 0 ? ', it selects no series now' : ''}`;
  }

  async function* tell({ signal, onNotice }: SpanRequest): AsyncGenerator<ArrivalSpan> {
    for (;;) {
      const found = await querySeries(signal);
      const newestNowMs = newestMs(found);
      if (newestNowMs !== undefined && newestNowMs !== newest?.ms) {
        newest = { ms: newestNowMs, seenMs: clock.nowMs() };
        // Its clock was set back: what was reported lies in its future.
        if (newest.ms < (reportedToMs ?? 0) - MISSED_SCRAPES * scrapeMs) reportedToMs = undefined;
      }
      const problem = problemOf(found);
      if (problem !== undefined) onNotice?.({ kind: 'unknown', problem });
      const { series, label } = withoutCopies(found);
      if (label !== undefined && !hasReportedCopies) {
        const note = `${place}: series differ only by ${label}, as of an HA pair: each counter counts once`;
        onNotice?.({ kind: 'corrected', note });
        hasReportedCopies = true;
      }
      for (const span of spansOf(present(series, MISSED_SCRAPES * scrapeMs), reportedToMs)) {
        reportedToMs = span.toMs;
        yield { ...span, ageMs: Math.max(0, wallMs() - span.toMs) };
      }
      if (reportedToMs === undefined && firstLookMs < LOOK_BACK_MS) firstLookMs *= 2;
      await clock.pause(scrapeMs / 2, signal);
    }
  }

  return {
    describe: () => ({
      kind: 'promql',
      place,
      precision: 'counts',
      finestWindowMs: scrapeMs * INTERVALS_PER_WINDOW,
    }),
    spans: (request) =>
      untilAborted({ signal: request.signal, closing: closing.signal }, (signal) => tell({ ...request, signal })),
    close: async () => closing.abort(failure('BACKEND_UNREACHABLE', { place, what: 'closed' })),
  };
}

/** Counters that are still scraped; one that has left would hold all others back. */
function present(series: readonly Series[], longestMs: number): readonly Series[] {
  const newest = newestMs(series);
  return series.filter(({ atMs }) => atMs.at(-1)! >= newest! - longestMs);
}

function labelsOf(metric: Piece | undefined): Record<string, string> {
  return metric === undefined
    ? {}
    : Object.fromEntries(Object.entries(mappingOf(metric)).map(([name, value]) => [name, String(value)]));
}

/** Prometheus writes an instant as a number of seconds and a value as a text. */
function sampleOf(pair: Piece): readonly [atMs: number, value: number] {
  const [at, value, ...more] = Array.isArray(pair.value) ? (pair.value as unknown[]) : [];
  const count = typeof value === 'string' && COUNT.test(value) ? Number(value) : Number.NaN;
  const isInstant = typeof at === 'number' && at >= 0 && at <= LATEST_S;
  if (isInstant && count <= Number.MAX_SAFE_INTEGER && more.length === 0) return [msFromS(at), count];
  throw failure('BACKEND_ANSWER', {
    place: pair.place,
    what: 'must be a sample [seconds, "count"] of a counter',
  });
}
