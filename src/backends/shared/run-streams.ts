/** Drives streams of batches through a server that takes one batch at a time per replica: gap, batch, gap, batch. */

import type { Disturbance } from '../../model/measured/disturbance.js';
import type { BatchStream, BlockResult, MeasuredBatch } from '../contracts/profiling-target.js';
import type { Clock } from './clock.js';

/** A stream ends after this many failed batches in a row: the rest would fail too. */
const FAILURES_IN_A_ROW = 3;

/** Time of one batch, or why it is no measurement. */
export type BatchOutcome = { readonly serviceMs: number } | { readonly failure: string };

export interface BatchRequest {
  readonly stage: string;
  readonly replica: number;
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

/**
 * Runs every stream at the same time. `runOne` rejects only when the server is lost. Then the other streams end and its
 * error is thrown. Throws the signal's reason when aborted.
 */
export async function runStreams(
  streams: readonly BatchStream[],
  runOne: (request: BatchRequest) => Promise<BatchOutcome>,
  {
    clock,
    signal,
    watch,
  }: { clock: Clock; signal?: AbortSignal | undefined; watch?: () => () => Disturbance | undefined },
): Promise<BlockResult> {
  signal?.throwIfAborted();
  const batches: MeasuredBatch[] = [];
  const failures: string[] = [];
  const broken = new AbortController();
  const either = signal === undefined ? broken.signal : AbortSignal.any([broken.signal, signal]);
  const disturbanceSince = watch?.();
  const run = async ({ stage, replica, batches: planned }: BatchStream) => {
    let inARow = 0;
    for (const { batchSize, gapMs } of planned) {
      if (gapMs > 0) await clock.pause(gapMs, either);
      const outcome = await runOne({ stage, replica, batchSize, signal: either });
      either.throwIfAborted();
      if ('serviceMs' in outcome) batches.push({ stage, batchSize, serviceMs: outcome.serviceMs });
      else failures.push(`${stage} at batch size ${batchSize}: ${outcome.failure}`);
      inARow = 'failure' in outcome ? inARow + 1 : 0;
      if (inARow === FAILURES_IN_A_ROW) return;
    }
  };
  const running = streams.map(run);
  try {
    await Promise.all(running);
  } catch (error) {
    broken.abort(error);
    await Promise.allSettled(running);
    throw error;
  }
  const disturbance = disturbanceSince?.();
  return { batches, failures, ...(disturbance === undefined ? {} : { disturbance }) };
}
