/**
 * What each replica does during one block of paced measuring: batches of sizes drawn evenly from those being measured, each after an exponential gap whose mean
 * keeps the replica busy for the stated share of the time (the duty): mean gap = service time × (1 − duty) ÷ duty.
 *
 * Worked number: at a duty of 0.5 a batch that takes 8 ms is preceded by a gap of 8 ms on average, at 0.25 by 24 ms.
 *
 * Draws come from streams keyed by stage, replica and block, so a stage that joins moves no other.
 */
import type { BatchStream, BatchToRun } from '../backends/profiling-target.js';
import { randomStream } from '../random.js';

export interface PacedStage {
  readonly stage: string;
  readonly replicas: number;
  /** Batch sizes being measured, and the service time to expect of each, such as its hot median. */
  readonly expected: readonly { readonly batchSize: number; readonly serviceMs: number }[];
}

export interface PacedBlock {
  readonly blockMs: number;
  /** Share of the time in which a replica is busy, more than 0 and less than 1. */
  readonly duty: number;
  readonly seed: number;
  /** Number of the block, counted from 0. */
  readonly block: number;
}

/** One stream per replica of every stage, each expected to last about `blockMs` and at least one batch long. */
export function pacedStreams(
  stages: readonly PacedStage[],
  { blockMs, duty, seed, block }: PacedBlock,
): readonly BatchStream[] {
  return stages.flatMap(({ stage, replicas, expected }) =>
    Array.from({ length: replicas }, (_, replica) => {
      const next = randomStream(seed, 'paced', stage, String(replica), String(block));
      const batches: BatchToRun[] = [];
      for (let elapsedMs = 0; elapsedMs < blockMs; ) {
        const { batchSize, serviceMs } = expected[Math.floor(next() * expected.length)]!;
        const gapMs = (-Math.log(1 - next()) * serviceMs * (1 - duty)) / duty;
        batches.push({ batchSize, gapMs });
        elapsedMs += gapMs + serviceMs;
      }
      return { stage, replica, batches };
    }),
  );
}
