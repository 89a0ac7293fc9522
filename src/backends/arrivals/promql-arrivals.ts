/**
 * Arrivals from a request counter that Prometheus scrapes. The query asks for raw samples with their scrape times,
 * because `rate()` gives the same for a dead server as for an idle one. Counters of several servers are scraped at
 * different instants, so each is interpolated linearly.
 */
import { msFromS, sFromMs } from '../../units.js';
import type { ArrivalSource, ArrivalSpan } from '../contracts/arrival-source.js';
import { listOf, mappingOf, piece, textOf, under } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { failure } from '../shared/failure.js';
import { askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';
import { withinLimits } from '../shared/within-limits.js';
import { INTERVALS_PER_WINDOW, untilAborted } from './spans.js';

const QUERY_TIMEOUT_MS = 10_000;
/** How far back a query looks at most, so that a failure of that length leaves no gap. */
const LOOK_BACK_MS = msFromS(300);
/** A counter without a sample for so many scrapes has left. */
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
  /** The wall clock, in ms since 1970, as the Prometheus server has it. */
  readonly wallMs?: () => number;
}

/** One counter's samples, resets taken out, ascending in time. */
interface Series {
  readonly atMs: readonly number[];
  readonly total: readonly number[];
}

export function promqlArrivals(options: PromqlArrivalsOptions): ArrivalSource {
  const { url, selector, scrapeMs, http = callHttp, clock = steadyClock, wallMs = Date.now } = options;
  const base = url.replace(/\/+$/, '');
  const place = shownUrl(base);
  const closing = new AbortController();
  let toldToMs: number | undefined;

  async function querySeries(signal: AbortSignal): Promise<readonly Series[]> {
    const limits = { limits: { signal }, defaultTimeoutMs: QUERY_TIMEOUT_MS, clock, place };
    const backMs = toldToMs === undefined ? 2 * scrapeMs : wallMs() - toldToMs + 2 * scrapeMs;
    const query = `${selector}[${Math.ceil(Math.min(backMs, LOOK_BACK_MS))}ms]`;
    const from = `${base}/api/v1/query?${new URLSearchParams({ query, time: `${sFromMs(wallMs())}` })}`;
    const answer = await withinLimits(limits, (limited) =>
      askJson(http, { method: 'GET', url: from, signal: limited }),
    );
    const data = under(piece(answer, place), 'data');
    if (textOf(under(data, 'resultType')) !== 'matrix') {
      const hint = 'Give the bare counter, such as nginx_http_requests_total{job="front"}, without rate() or sum()';
      throw failure('BACKEND_REJECTED', { place, what: `${selector} selects no series`, hint });
    }
    return listOf(under(data, 'result')).map((one) => seriesOf(listOf(under(one, 'values')).map(sampleOf)));
  }

  async function* tell(signal: AbortSignal): AsyncGenerator<ArrivalSpan> {
    for (;;) {
      const series = present(await querySeries(signal), wallMs() - MISSED_SCRAPES * scrapeMs);
      for (const span of spansOf(series)) {
        toldToMs = span.toMs;
        yield { ...span, ageMs: Math.max(0, wallMs() - span.toMs) };
      }
      await clock.pause(scrapeMs / 2, signal);
    }
  }

  /** Spans between the scrapes of one of the counters, as far as all of them are known. */
  function spansOf(series: readonly Series[]): { fromMs: number; toMs: number; count: number }[] {
    if (series.length === 0) return [];
    const knownFromMs = Math.max(...series.map(({ atMs }) => atMs[0]!));
    const knownToMs = Math.min(...series.map(({ atMs }) => atMs.at(-1)!));
    const startMs = Math.max(knownFromMs, toldToMs ?? knownFromMs);
    const grid = [startMs, ...series[0]!.atMs.filter((ms) => ms > startMs && ms < knownToMs), knownToMs];
    const spans: { fromMs: number; toMs: number; count: number }[] = [];
    for (let index = 1; index < grid.length; index += 1) {
      const [fromMs, toMs] = [grid[index - 1]!, grid[index]!];
      if (toMs <= fromMs) continue;
      const arrived = series.reduce((sum, one) => sum + totalAt(one, toMs) - totalAt(one, fromMs), 0);
      spans.push({ fromMs, toMs, count: Math.round(arrived) });
    }
    return spans;
  }

  return {
    describe: () => ({
      kind: 'promql',
      place,
      precision: 'counts',
      finestWindowMs: scrapeMs * INTERVALS_PER_WINDOW,
    }),
    spans: ({ signal }) => untilAborted({ signal, closing: closing.signal }, tell),
    close: async () => closing.abort(failure('BACKEND_UNREACHABLE', { place, what: 'closed' })),
  };

  function sampleOf(pair: ReturnType<typeof piece>): readonly [number, number] {
    const [at, value] = Array.isArray(pair.value) ? (pair.value as unknown[]) : [mappingOf(pair)];
    const sample = [msFromS(Number(at)), Number(value)] as const;
    if (sample.every(Number.isFinite)) return sample;
    throw failure('BACKEND_ANSWER', { place: pair.place, what: 'must be a sample [time, value]' });
  }
}

/** Counters that are still scraped; one that has left would hold all others back. */
function present(series: readonly Series[], sinceMs: number): readonly Series[] {
  return series.filter(({ atMs }) => atMs.length > 0 && atMs.at(-1)! >= sinceMs);
}

/** A counter that falls began anew from 0. */
function seriesOf(samples: readonly (readonly [number, number])[]): Series {
  let total = 0;
  let last: number | undefined;
  const totals = samples.map(([, value]) => {
    if (last !== undefined) total += value >= last ? value - last : value;
    last = value;
    return total;
  });
  return { atMs: samples.map(([at]) => at), total: totals };
}

/** The counter at an instant within its samples, on the straight line between the two around it. */
function totalAt({ atMs, total }: Series, ms: number): number {
  const after = atMs.findIndex((at) => at >= ms);
  if (after <= 0) return total[Math.max(0, after)]!;
  const share = (ms - atMs[after - 1]!) / (atMs[after]! - atMs[after - 1]!);
  return total[after - 1]! + share * (total[after]! - total[after - 1]!);
}
