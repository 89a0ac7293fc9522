/**
 * Open-loop load on a pipeline endpoint of the Open Inference Protocol.
 *
 * Every query is sent at its scheduled instant whatever became of the others, and its latency counts from that instant, so a slow
 * server cannot slow the questions down and hide its own delays (no coordinated omission). A thread that sleeps between instants
 * wakes the sender; how late each query was sent is part of the result.
 *
 * In-process use: `const result = await runLoad({ url, model, arrivals, body, slo, timeoutMs, limitInFlight })`. `waitUntilReady`
 * (endpoint-readiness.ts) first; `queryBodies` (query-bodies.ts) makes `body` from the query inputs of a pipeline.
 */
import type { Slo } from '../model/slo.js';
import type { ArrivalSource } from '../model/trace.js';
import type { EndedQueries } from './ended-queries.js';
import type { LoadResult, LoadSecond } from './load-result.js';

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

/** Runs the load to the end of its arrivals and of the last query. */
export declare function runLoad(request: LoadRequest): Promise<LoadResult>;
