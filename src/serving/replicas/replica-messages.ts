/** What the engine's thread and a replica's thread say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Stage } from '../../model/pipeline.js';
import type { StageResult } from '../modules/stage-module.js';

/** What a replica's thread is started with. */
export interface ReplicaStart {
  /** Absolute path of the stage module. */
  readonly module: string;
  readonly stage: Stage;
  readonly children: readonly string[];
  readonly folder: string;
}

/** With a port of their own, so that what a module posts on its thread's port is not taken for an answer. */
export type ReplicaThreadData = ReplicaStart & { readonly port: MessagePort };

export type ToReplica = { readonly items: readonly unknown[] } | { readonly close: true };

export type FromReplica =
  | { readonly is: 'ready' }
  | { readonly is: 'start failed'; readonly reason: string }
  /** `runMs` is how long the module itself took. */
  | { readonly is: 'done'; readonly results: readonly StageResult[]; readonly runMs: number }
  | { readonly is: 'failed'; readonly reason: string };
