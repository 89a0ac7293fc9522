/**
 * What the profiler needs of a place where stages run: batches of given sizes, each with an idle gap before it, and the service time of every one. Who states
 * what: the profiler decides sizes, gaps, how long to go on and which measurements count; the target runs and times, and makes nothing up.
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
  /** Shown to a person and written beside the figures: where they were measured, without credentials. */
  readonly place: string;
  /**
   * What a sample is: `service` from the start of a batch on its replica to its end; `round-trip` from sending it to having
   * the answer, which adds the network and the server's own handling.
   */
  readonly clock: 'service' | 'round-trip';
  /** Stages that can be measured there, in the order of the pipeline. */
  readonly stages: readonly ProfiledStage[];
}

export interface ProfilingTarget {
  /** Known once the target is open; asks nobody. */
  describe(): ProfilingDescription;

  /**
   * Runs all streams at the same time, each replica one batch at a time, and resolves when every batch has ended or failed. A batch of b items really is run as
   * one batch of b, or it is a failure. Rejects with `BackendError` when the place itself is lost, and with the signal's reason when aborted; either
   * way nothing goes on running.
   */
  runBatches(streams: readonly BatchStream[], signal?: AbortSignal): Promise<BlockResult>;

  /**
   * Lets queries come in through the place's front door at this mean rate until the function it resolves with is called, so that what is measured shares the machine
   * with what taking queries in costs. They run at no stage. Absent where that cannot be had.
   */
  accompany?(rateQps: number): Promise<() => Promise<void>>;

  /** Lets go of connections and ends what was started for measuring. Calls may repeat. */
  close(): Promise<void>;
}
