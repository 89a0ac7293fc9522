/**
 * What each replica does in one block of paced measuring: batches of sizes drawn evenly from those measured, spaced as
 * Poisson arrivals would space them. The busiest stage is busy for a given share of the time (the duty). The others are
 * busy in proportion to the work that a query brings them, so stages disturb each other here only as much as in
 * service.
 *
 * In a queue with Poisson arrivals that is busy for a share d of the time, a batch follows the one before at once with
 * probability d, and otherwise after an idle time that is exponential with mean service time ÷ d (arrivals see time
 * averages; the exponential law has no memory). The mean gap is service time × (1 − d) ÷ d.
 *
 * Worked number: at a duty of 0.5 every other batch of 8 ms follows at once, and the others after 16 ms on average. A
 * stage that gets as many items, of 2 ms each, has a duty of 0.125: one in eight at once, the others after 16 ms as
 * well.
 *
 * Draws come from streams keyed by stage, replica and block, so adding a stage changes no other stage's draws.
 */
import type { BatchStream, BatchToRun } from '../backends/contracts/profiling-target.js';
import { randomStream } from '../random.js';
import { msFromS } from '../units.js';

export interface PacedStage {
  readonly stage: string;
  readonly replicas: number;
  /** Items that a query brings the stage on average. */
  readonly itemsPerQuery: number;
  /** Batch sizes being measured, and the service time to expect of each, such as its hot median. */
  readonly expected: readonly { readonly batchSize: number; readonly serviceMs: number }[];
}

export interface PacedBlock {
  readonly blockMs: number;
  /** Share of the time in which a replica of the busiest stage is busy, more than 0 and less than 1. */
  readonly duty: number;
  readonly seed: number;
  /** Number of the block, counted from 0. */
  readonly block: number;
}

/** Mean gap of a stage that hardly any work comes to: it is measured all the same. */
const LONGEST_IDLE_MS = 100;
const MOST_QUERIES_QPS = 500;

/** One stream per replica of every stage, each expected to last about `blockMs` and at least one batch long. */
export function pacedStreams(
  stages: readonly PacedStage[],
  { blockMs, duty, seed, block }: PacedBlock,
): readonly BatchStream[] {
  const most = Math.max(...stages.map(workPerQueryMs));
  return stages.flatMap((paced) =>
    Array.from({ length: paced.replicas }, (_, replica) => {
      const { stage, expected } = paced;
      const next = randomStream(seed, 'paced', stage, String(replica), String(block));
      const batches: BatchToRun[] = [];
      for (let elapsedMs = 0; elapsedMs < blockMs; ) {
        const { batchSize, serviceMs } = expected[Math.floor(next() * expected.length)]!;
        const least = serviceMs / (serviceMs + LONGEST_IDLE_MS);
        const busyShare = Math.min(duty, Math.max(least, (duty * workPerQueryMs(paced)) / most));
        const gapMs = next() < busyShare ? 0 : (-Math.log(1 - next()) * serviceMs) / busyShare;
        batches.push({ batchSize, gapMs });
        elapsedMs += gapMs + serviceMs;
      }
      return { stage, replica, batches };
    }),
  );
}

/**
 * Queries per second that keep the busiest stage busy for the given share of the time, one by one. They come in while
 * stages are measured. The rate is capped by what a processor can take in.
 */
export function queryRateQps(stages: readonly PacedStage[], duty: number): number {
  return Math.min(MOST_QUERIES_QPS, (msFromS(1) * duty) / Math.max(...stages.map(workPerQueryMs)));
}

/** Service time of one replica's share of the items that a query brings, one by one. */
function workPerQueryMs({ itemsPerQuery, replicas, expected }: PacedStage): number {
  const { batchSize, serviceMs } = expected[0]!;
  return (itemsPerQuery * serviceMs) / batchSize / replicas;
}
