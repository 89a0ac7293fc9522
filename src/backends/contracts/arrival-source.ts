/**
 * Where the tuner learns what arrived. A source reports only what it knows: exact stamps, or counts between two
 * instants. It names the narrowest window in which its counts mean something. The traffic envelope uses no narrower
 * window.
 *
 * Time is in ms on the source's own clock: the engine's for `local`, the wall clock for an access log, this process's
 * steady clock for a polled counter. Only differences mean anything. A source shows a jump of its clock as a gap.
 */

import type { LoggedBatch } from '../../model/measured/logged-batch.js';
import { sFromMs } from '../../units.js';

/**
 * What arrived in (fromMs, toMs]. Spans come in order and adjoin: `fromMs` is the `toMs` of the span before. A later
 * `fromMs` is a gap, in which nothing is known. An empty span says that nothing arrived. No span says nothing.
 */
export interface ArrivalSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  /** Each arrival, ascending, where the source knows it; `count` of them. */
  readonly stampsMs?: readonly number[];
  /** How old `toMs` was when the span was handed over, as far as the source can tell. */
  readonly ageMs: number;
}

/** More arrivals a second than any pipeline has, and more at one instant than a source puts there. */
const MOST_QPS = 1_000_000;
const MOST_AT_ONCE = 10_000;
/** The year 2255: up to here whole microseconds are exact. */
const LATEST_MS = 9e12;

/**
 * Why a span cannot be true; undefined when it can. What cannot be true is unknown: it becomes no arrivals and no
 * quiet.
 */
export function spanProblem({ fromMs, toMs, count, stampsMs }: ArrivalSpan): string | undefined {
  if (!(fromMs <= toMs && Math.abs(fromMs) <= LATEST_MS && Math.abs(toMs) <= LATEST_MS)) {
    return `a span from ${fromMs} to ${toMs} ms, must lie before ${LATEST_MS} ms and end after it begins`;
  }
  if (!Number.isSafeInteger(count) || count < 0) return `${count} arrivals, must be a whole number ≥ 0`;
  if (stampsMs === undefined) {
    const most = MOST_AT_ONCE + Math.floor(MOST_QPS * sFromMs(toMs - fromMs));
    if (count <= most) return undefined;
    return `${count} arrivals in ${toMs - fromMs} ms, must be at most ${MOST_QPS} a second`;
  }
  if (stampsMs.length !== count) return `${count} arrivals and ${stampsMs.length} stamps, must be as many`;
  for (let i = 0; i < stampsMs.length; i++) {
    const ms = stampsMs[i]!;
    if (ms >= (stampsMs[i - 1] ?? fromMs) && ms <= toMs) continue;
    return `an arrival at ${ms} ms, stamps must ascend within the span from ${fromMs} to ${toMs} ms`;
  }
  return undefined;
}

export interface SourceDescription {
  readonly kind: 'local' | 'counter' | 'access-log' | 'promql' | 'push';
  /** Shown to a person: where the arrivals are read, without credentials. */
  readonly place: string;
  readonly precision: 'stamps' | 'counts';
  /** Windows narrower than this would be guesses. Infinity never; 0 for exact stamps. */
  readonly finestWindowMs: number;
}

/** What a person should hear about the arrivals. */
export type SourceNotice =
  /** Arrivals are not known for now. The source keeps looking, and the next span ends this. */
  | { readonly kind: 'unknown'; readonly problem: string }
  /** The source found an oddity and corrects it. */
  | { readonly kind: 'corrected'; readonly note: string };

export interface SpanRequest {
  readonly signal: AbortSignal;
  /** May hear the same problem again while it lasts. */
  readonly onNotice?: (notice: SourceNotice) => void;
}

export interface ArrivalSource {
  /** Known from the start, without a call. */
  describe(): SourceDescription;

  /**
   * Yields spans as they become known. The iteration ends when `signal` aborts, and rejects with `BackendError` when
   * the source fails. After a failure, a further call continues: sources that can ask for the past (local, access log,
   * PromQL) leave no gap, the others do. One iteration at a time.
   */
  spans(request: SpanRequest): AsyncIterable<ArrivalSpan>;

  /**
   * Yields batches as they end, on the same clock, for a source that sees the stages. Ends or rejects as `spans` does.
   * Batches that end while nobody listens are lost.
   */
  batches?(limits: { readonly signal: AbortSignal }): AsyncIterable<LoggedBatch>;

  /** Lets go of files, ports and connections. */
  close(): Promise<void>;
}
