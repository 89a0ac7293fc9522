/**
 * Arrivals from a server's own request counters, polled fast. Such counters count answers, not arrivals. Where the
 * server also reports its queue length, the two are added, so a burst shows when it comes. Items in service count one
 * service time late.
 */

import type { CountedServer } from '../../model/backend-spec.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { msFromS } from '../../units.js';
import { type ArrivalSource, type ArrivalSpan, type SpanRequest, spanProblem } from '../contracts/arrival-source.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { failure } from '../shared/failure.js';
import { ask, callHttp, type HttpCall, shownUrl } from '../shared/http.js';
import { withinLimits } from '../shared/within-limits.js';
import { CounterFreshness } from './counter-freshness.js';
import { type SampleFilter, sumOfSamples } from './metrics-text.js';
import { INTERVALS_PER_WINDOW, untilAborted } from './spans.js';

const DEFAULT_POLL_MS = 50;
const POLL_TIMEOUT_MS = 2_000;
/** A wall clock that gains more on the steady one was set, or the machine slept. */
const LONGEST_SLEEP_MS = msFromS(1);
const QUIET_AFTER_BREAK_MS = msFromS(2);
/** One server begins anew once in a while. This often within this time, several servers answer at one address. */
const MOST_BREAKS = 3;
const LONGEST_DOUBT_MS = msFromS(60);

/** Samples that add up to the queries that have arrived. */
export interface CounterRecipe {
  /** Of these at least one must be there. */
  readonly answered: readonly SampleFilter[];
  /** Gauges of what waits; missing ones are 0. */
  readonly waiting?: readonly SampleFilter[];
  /** How often the server brings its own figures up to date, where that is slower than anybody would ask. */
  readonly refreshMs?: number;
}

/** Counters of servers that are known, for the model (or application) where queries enter. */
export const COUNTER_RECIPES: Readonly<Record<CountedServer, (entry: string) => CounterRecipe>> = {
  triton: (model) => ({
    answered: [
      { name: 'nv_inference_request_success', labels: { model } },
      { name: 'nv_inference_request_failure', labels: { model } },
    ],
    waiting: [{ name: 'nv_inference_pending_request_count', labels: { model } }],
  }),
  mlserver: (model) => ({
    answered: [
      { name: 'model_infer_request_success_total', labels: { model } },
      { name: 'model_infer_request_failure_total', labels: { model } },
    ],
  }),
  // Ray's own documentation promises new figures every 10 s.
  'ray-serve': (application) => ({
    refreshMs: msFromS(10),
    answered: [
      { name: 'ray_serve_num_http_requests_total', labels: { application } },
      { name: 'ray_serve_num_http_requests', labels: { application } },
    ],
  }),
};

/**
 * Readings that cannot be told from one to the next: the server began anew, or another server answered. A fall shows it.
 * What follows is not counted for a while, since the next reading may be of the first server again: it would look like
 * a burst.
 */
class Continuity {
  private quietUntilMs = Number.NEGATIVE_INFINITY;
  private breaksMs: number[] = [];

  /** Whether growth from `last` to `now` is what one server counted. */
  holds(last: Reading, now: Reading): boolean {
    if (now.answered < last.answered || now.counters !== last.counters) {
      this.breaksMs = [...this.breaksMs.filter((ms) => now.atMs - ms < LONGEST_DOUBT_MS), now.atMs];
      this.quietUntilMs = now.atMs + (this.isInDoubt ? LONGEST_DOUBT_MS : QUIET_AFTER_BREAK_MS);
    }
    return now.atMs >= this.quietUntilMs;
  }

  /** Whether servers take turns. */
  get isInDoubt(): boolean {
    return this.breaksMs.length >= MOST_BREAKS;
  }
}

export interface CounterArrivalsOptions {
  /** Address of the Prometheus text: `http://127.0.0.1:8002/metrics`. */
  readonly url: string;
  readonly recipe: CounterRecipe;
  readonly pollMs?: number;
  readonly http?: HttpCall;
  readonly clock?: Clock;
  /** This machine's wall clock, which goes on while the machine sleeps. */
  readonly wallMs?: () => number;
}

export function counterArrivals(options: CounterArrivalsOptions): ArrivalSource {
  const { url, recipe, pollMs = DEFAULT_POLL_MS, http = callHttp, clock = steadyClock, wallMs = Date.now } = options;
  const place = shownUrl(url);
  const intervalMs = Math.max(pollMs, recipe.refreshMs ?? 0);
  const closing = new AbortController();
  let hasReported = false;

  async function poll(signal: AbortSignal): Promise<Reading> {
    const limits = { limits: { signal }, defaultTimeoutMs: POLL_TIMEOUT_MS, clock, place };
    const askedMs = clock.nowMs();
    const text = await withinLimits(limits, (limited) => ask(http, { method: 'GET', url, signal: limited }));
    const sums = recipe.answered.map((filter) => sumOfSamples(text, filter));
    const counters = sums.map((total) => total !== undefined).join();
    const answered = sums.filter((total) => total !== undefined);
    if (answered.length === 0) {
      const names = recipe.answered.map(({ name, labels }) => `${name}${JSON.stringify(labels ?? {})}`);
      const hint = 'Check server and entry in the backend file, and that the server exports its metrics there';
      throw failure('BACKEND_REJECTED', { place, what: `has no counter ${names.join(' or ')}`, hint });
    }
    const waiting = (recipe.waiting ?? []).map((filter) => sumOfSamples(text, filter) ?? 0);
    if (!(sum(answered) + sum(waiting) <= Number.MAX_SAFE_INTEGER)) {
      throw failure('BACKEND_ANSWER', { place, what: 'a counter of requests is no count, or its text breaks off' });
    }
    // Taken somewhere between question and answer.
    return {
      atMs: (askedMs + clock.nowMs()) / 2,
      wallMs: wallMs(),
      answered: sum(answered),
      waiting: sum(waiting),
      counters,
    };
  }

  async function* tell({ signal, onNotice }: SpanRequest): AsyncGenerator<ArrivalSpan> {
    let last = await poll(signal);
    let told = last.answered + last.waiting;
    let freshness = new CounterFreshness({ pollMs: intervalMs, startMs: last.atMs });
    const continuity = new Continuity();
    for (;;) {
      await clock.pause(intervalMs, signal);
      const now = await poll(signal);
      const arrived = now.answered + now.waiting;
      const wallStepMs = now.wallMs - last.wallMs - (now.atMs - last.atMs);
      const jump = jumpOf(last, now, told);
      if (jump !== undefined) onNotice?.({ kind: 'unknown', problem: `${place}: ${jump}` });
      const isOneServer = continuity.holds(last, now);
      if (!isOneServer && continuity.isInDoubt)
        onNotice?.({ kind: 'unknown', problem: `${place}: ${SEVERAL_SERVERS}` });
      if (!isOneServer || wallStepMs > LONGEST_SLEEP_MS || jump !== undefined) {
        // The server has restarted, this machine slept, or the counter jumped: what was counted since the last reading
        // has no known time.
        told = arrived;
        freshness = new CounterFreshness({ pollMs: intervalMs, startMs: now.atMs });
      } else {
        // A query that leaves the queue is in neither count until it is answered, so the sum may dip.
        const count = Math.max(0, Math.round(arrived - told));
        told += count;
        const growth = { fromMs: last.atMs, toMs: now.atMs, count, waiting: Math.min(count, now.waiting) };
        const spans = freshness.take(growth);
        if (freshness.refreshMs !== undefined && !hasReported) {
          const every = formatDuration(Math.round(freshness.refreshMs));
          const note = `${place}: its counters change only every ${every}: counted evenly over that time`;
          onNotice?.({ kind: 'corrected', note });
          hasReported = true;
        }
        for (const span of spans) yield { ...span, ageMs: clock.nowMs() - span.toMs };
      }
      last = now;
    }
  }

  return {
    describe: () => ({
      kind: 'counter',
      place,
      precision: 'counts',
      finestWindowMs: intervalMs * INTERVALS_PER_WINDOW,
    }),
    spans: (request) =>
      untilAborted({ signal: request.signal, closing: closing.signal }, (signal) => tell({ ...request, signal })),
    close: async () => closing.abort(failure('BACKEND_UNREACHABLE', { place, what: 'closed' })),
  };
}

/** Why the growth of a counter cannot be queries; undefined when it can. */
function jumpOf(last: Reading, now: Reading, told: number): string | undefined {
  const count = Math.max(0, Math.round(now.answered + now.waiting - told));
  return spanProblem({ fromMs: last.atMs, toMs: now.atMs, count, ageMs: 0 });
}

const SEVERAL_SERVERS =
  'its counters fall again and again: one server that restarts, or several behind one address, of which each counts its own';

/** One look at the counters. */
interface Reading {
  readonly atMs: number;
  readonly wallMs: number;
  readonly answered: number;
  readonly waiting: number;
  /** Which of the counters that add up were there. */
  readonly counters: string;
}

function sum(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}
