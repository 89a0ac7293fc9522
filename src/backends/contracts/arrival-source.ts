/**
 * Where the tuner learns what arrived. A source tells only what it knows: exact stamps where it has them, else how many arrived between two instants; and
 * the finest window over which its counts mean anything. Smaller windows of the traffic envelope are widened to that, and the panel says so.
 *
 * Time is the source's own clock, in ms: the engine's for `local`, the wall clock in an access log, this process's steady clock for a counter that is
 * polled. Only differences mean anything; a clock that is set back or jumps is the source's to notice, and shows as a gap.
 */

import type { LoggedBatch } from '../../model/measured/logged-batch.js';

/**
 * What arrived in (fromMs, toMs]. Spans come in order and adjoin: `fromMs` is the last span's `toMs`. A later `fromMs` is a gap in which
 * nothing is known. A span with no arrivals says that nothing arrived; no span says nothing at all.
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

export interface SourceDescription {
  readonly kind: 'local' | 'counter' | 'access-log' | 'promql' | 'push';
  /** Shown to a person: where the arrivals are read, without credentials. */
  readonly place: string;
  readonly precision: 'stamps' | 'counts';
  /** Windows narrower than this would be guesses. Infinity never; 0 for exact stamps. */
  readonly finestWindowMs: number;
}

export interface ArrivalSource {
  /** Known from the start; asks nobody. */
  describe(): SourceDescription;

  /**
   * Spans as they become known, until `signal` is aborted (the iteration then ends) or the source fails (it rejects with `BackendError`).
   * After a failure a further call goes on where the last one stopped: a source that can ask for the past (local, access log, PromQL) leaves no
   * gap, the others start after one. One iteration at a time.
   */
  spans(limits: { readonly signal: AbortSignal }): AsyncIterable<ArrivalSpan>;

  /**
   * Batches as they end, on the same clock, where the source knows what the stages do. From now on; ends or rejects as `spans` does, and what ends while
   * nobody listens is lost.
   */
  batches?(limits: { readonly signal: AbortSignal }): AsyncIterable<LoggedBatch>;

  /** Lets go of files, ports and connections. */
  close(): Promise<void>;
}
