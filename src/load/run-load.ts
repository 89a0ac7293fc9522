/**
 * Open-loop load on a pipeline endpoint of the Open Inference Protocol.
 *
 * Every query is sent at its scheduled instant, whatever became of the others. Its latency counts from that instant, so
 * a slow server cannot slow the load down and hide its own delays (no coordinated omission). A thread that sleeps
 * between instants wakes the sender. The result includes how late each query was sent.
 *
 * In-process use: `const result = await runLoad({ url, model, arrivals, body, slo, timeoutMs, limitInFlight })`. Call
 * `waitUntilReady` (endpoint-readiness.ts) first. `queryBodies` (query-bodies.ts) makes `body` from a pipeline's query
 * inputs.
 */
import type { Slo } from '../model/slo.js';
import type { ArrivalSource } from '../model/trace.js';
import { msFromS, msFromUs, usFromMs } from '../units.js';
import { type EndedQueries, EndedQueriesInOrder } from './ended-queries.js';
import { openEndpoint, type SentQuery } from './endpoint.js';
import type { LoadOutcome, LoadResult, LoadSecond } from './load-result.js';
import { LoadTally } from './load-tally.js';
import { type Pacer, startPacer } from './pacer.js';

const TICK_MS = 100;
const SECOND_MS = msFromS(1);
/** How long a run that was stopped by hand waits for what is in flight. */
const STOPPED_WAIT_MS = msFromS(2);

export interface LoadRequest {
  /** Where the protocol's `/v2` begins, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The pipeline's name as the endpoint knows it. */
  readonly model: string;
  /** Scheduled instants in whole microseconds from the start of the run. */
  readonly arrivals: ArrivalSource;
  /** Body of the n-th query, counted from 0: a JSON inference request. */
  readonly body: (query: number) => string | Uint8Array;
  readonly slo?: Slo;
  /** A query without its whole answer this long after its scheduled instant has failed. */
  readonly timeoutMs: number;
  /** With this many in flight a query is not sent, and has failed. */
  readonly limitInFlight: number;
  /** Called once a second, and once for the rest. */
  readonly onSecond?: (second: LoadSecond) => void;
  /** Called with every query in order, once it and all before it have ended; a failed one ends at infinity. */
  readonly onEnd?: (queries: EndedQueries) => void;
  /** Asked ten times a second: once true, nothing more is sent and the rest is waited for, for two seconds at most. */
  readonly isStopped?: () => boolean;
}

interface InFlight {
  readonly query: number;
  readonly arrivalUs: number;
  sent?: SentQuery;
}

/**
 * Runs the load to the end of its arrivals and of the last query. Rejects with what reading arrivals or `onEnd` throws.
 */
export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const { body, timeoutMs, limitInFlight, isStopped } = request;
  const endpoint = openEndpoint(request);
  const tally = new LoadTally(request.slo);
  const inOrder = request.onEnd && new EndedQueriesInOrder(request.onEnd);
  /** In the order of their instants. */
  const open = new Set<InFlight>();
  const nowUs = (): number => usFromMs(pacer.nowMs());
  const { promise: failed, reject: fail } = rejection();
  let isDraining = false;
  let stopAtMs = Number.POSITIVE_INFINITY;
  let nextSecondMs = SECOND_MS;

  const end = (query: InFlight, outcome: LoadOutcome): void => {
    open.delete(query);
    const { arrivalUs } = query;
    const endUs = Math.max(arrivalUs, nowUs());
    tally.end(outcome, arrivalUs, endUs);
    try {
      inOrder?.add(query.query, arrivalUs, outcome === 'answered' ? endUs : Number.POSITIVE_INFINITY);
    } catch (error) {
      fail(error); // not through the HTTP client, which would take it for a failed answer
    }
    if (isDraining && open.size === 0) isDrained();
  };
  const send = (number: number, arrivalUs: number): void => {
    const query: InFlight = { query: number, arrivalUs };
    tally.schedule(arrivalUs);
    if (open.size >= limitInFlight) {
      end(query, 'notSent');
      return;
    }
    open.add(query);
    query.sent = endpoint.send(body(number), (outcome) => end(query, outcome));
    tally.send(Math.max(0, nowUs() - arrivalUs), open.size);
  };
  const giveUp = (outcome: LoadOutcome, endedBeforeMs: number): void => {
    for (const query of open) {
      if (msFromUs(query.arrivalUs) > endedBeforeMs) break;
      query.sent?.abandon();
      end(query, outcome);
    }
  };
  const closeSecond = (): void => {
    const second = tally.closeSecond(open.size);
    request.onSecond?.(second);
  };
  const tick = (): void => {
    const nowMs = pacer.nowMs();
    giveUp('timeouts', nowMs - timeoutMs);
    if (stopAtMs === Number.POSITIVE_INFINITY && isStopped?.() === true) {
      stopAtMs = nowMs + STOPPED_WAIT_MS;
      pacer.stop();
    }
    if (nowMs >= stopAtMs) giveUp('unfinished', nowMs);
    for (; nowMs >= nextSecondMs; nextSecondMs += SECOND_MS) closeSecond();
  };

  let isDrained = (): void => {};
  let pacer: Pacer = { nowMs: () => 0, done: Promise.resolve(), stop() {} };
  let timer: NodeJS.Timeout | undefined;
  try {
    await endpoint.rehearse();
    pacer = await startPacer(request.arrivals, send);
    timer = setInterval(() => {
      try {
        tick();
      } catch (error) {
        fail(error);
      }
    }, TICK_MS);
    await Promise.race([pacer.done, failed]);
    isDraining = true;
    const drained = new Promise<void>((resolve) => {
      isDrained = resolve;
      if (open.size === 0) resolve();
    });
    await Promise.race([drained, failed]);
    if (tally.hasOpenSecond) closeSecond();
    return tally.result({ interrupted: stopAtMs !== Number.POSITIVE_INFINITY });
  } finally {
    clearInterval(timer);
    pacer.stop();
    await pacer.done.catch(() => {});
    await endpoint.close();
  }
}

/** A promise that is only ever rejected, without being an unhandled rejection before anybody waits for it. */
function rejection(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  promise.catch(() => {});
  return { promise, reject };
}
