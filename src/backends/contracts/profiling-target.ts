/**
 * What the profiler needs of a place where stages run: it runs batches of given sizes, each after an idle gap, and
 * reports every service time. The profiler decides sizes, gaps, when to stop and which measurements count. The target
 * runs and times.
 */
import type { Disturbance } from '../../model/measured/disturbance.js';

/** One batch to run; `gapMs` is how long its replica rests before it. 0 is a tight loop. */
export interface BatchToRun {
  readonly batchSize: number;
  readonly gapMs: number;
}

/** Batches that one replica of a stage runs one after another. */
export interface BatchStream {
  readonly stage: string;
  /** Counted from 0, below the stage's `replicas`. */
  readonly replica: number;
  readonly batches: readonly BatchToRun[];
}

export interface MeasuredBatch {
  readonly stage: string;
  readonly batchSize: number;
  readonly serviceMs: number;
}

export interface BlockResult {
  /** In the order in which they ended. */
  readonly batches: readonly MeasuredBatch[];
  /** Batches that gave no answer, or no true one: why, one line each. They are not measurements. */
  readonly failures: readonly string[];
  /** Undefined where the machine cannot be watched. */
  readonly disturbance?: Disturbance;
}

export interface ProfiledStage {
  readonly stage: string;
  /** What runs it: framework, version, precision, threads. */
  readonly runtime: string;
  /** Replicas that can be fed at the same time. */
  readonly replicas: number;
  /** The server takes no larger batch. */
  readonly largestBatchSize?: number;
}

export interface ProfilingDescription {
  readonly kind: 'local' | 'ssh' | 'clipper' | 'oip' | 'ec2';
  /** Where the figures were measured, for people and files, without credentials. */
  readonly place: string;
  /**
   * What a sample is. `service`: from the start of a batch on its replica to its end. `round-trip`: from sending it to
   * the answer, which adds the network and the server's own handling.
   */
  readonly clock: 'service' | 'round-trip';
  /** Stages that can be measured there, in the order of the pipeline. */
  readonly stages: readonly ProfiledStage[];
}

export interface ProfilingTarget {
  /** Known once the target is open, without a call. */
  describe(): ProfilingDescription;

  /**
   * Runs all streams at once, one batch at a time per replica. Resolves when every batch has ended or failed. A batch
   * of b items runs as one batch of b, or counts as a failure. Rejects with `BackendError` when the place is lost, and
   * with the signal's reason when aborted. Nothing goes on running in either case.
   */
  runBatches(streams: readonly BatchStream[], signal?: AbortSignal): Promise<BlockResult>;

  /**
   * Sends queries through the place's front door at this mean rate until the function it resolves with is called. So
   * what is measured shares the machine with the cost of taking queries in. The queries run at no stage. Absent where
   * it is impossible.
   */
  accompany?(rateQps: number): Promise<() => Promise<void>>;

  /** Lets go of connections and ends what was started for measuring. Calls may repeat. */
  close(): Promise<void>;
}
