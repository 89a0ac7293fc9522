/** A batch: what one replica works on at once, and the record that is kept of it. */
import { msFromUs } from '../../units.js';
import type { TakenItems } from './item-queue.js';

export interface Batch extends TakenItems {
  readonly stage: number;
  /** Counts the stage's dispatches, a second attempt included. */
  readonly number: number;
  readonly replica: number;
  /** 2 when a replica died over the batch before. */
  readonly attempt: number;
  readonly startUs: number;
  /** The stage's max batch size when it was dispatched. */
  readonly maxBatchSize: number;
}

/**
 * `failed`: the stage's module threw. `died`: its replica ended. `given up`: its replica ended after all answers were
 * sent.
 */
export type BatchOutcome = 'done' | 'failed' | 'died' | 'given up';

/** What is written down of a batch; instants count from the engine's start. Keys are those of the file. */
export interface BatchRecord {
  readonly stage: string;
  readonly batch: number;
  readonly replica: number;
  readonly attempt: number;
  readonly outcome: BatchOutcome;
  readonly max_batch_size: number;
  readonly size: number;
  readonly start_ms: number;
  readonly end_ms: number;
  /** Of each item. */
  readonly entered_ms: readonly number[];
  readonly query: readonly number[];
  readonly item: readonly number[];
}

/** The record of a batch that has come to its end. */
export function recordOf(
  batch: Batch,
  { stage, endUs, outcome }: { stage: string; endUs: number; outcome: BatchOutcome },
): BatchRecord {
  return {
    stage,
    batch: batch.number,
    replica: batch.replica,
    attempt: batch.attempt,
    outcome,
    max_batch_size: batch.maxBatchSize,
    size: batch.queries.length,
    start_ms: msFromUs(batch.startUs),
    end_ms: msFromUs(endUs),
    entered_ms: batch.enteredUs.map(msFromUs),
    query: batch.queries.map(({ number }) => number),
    item: batch.items,
  };
}
