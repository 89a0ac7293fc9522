/** A replica's thread as the engine's thread holds it. */
import { Worker } from 'node:worker_threads';
import type { StageResult } from '../modules/stage-module.js';
import type { FromReplica, ReplicaStart, ToReplica } from './replica-messages.js';

/** How long a replica that is not needed any more may take to close. */
const CLOSE_MS = 2000;

export interface ReplicaEvents {
  onReady(): void;
  onStartFailed(reason: string): void;
  onDone(results: readonly StageResult[], runMs: number): void;
  onFailed(reason: string): void;
  /** The thread has ended by itself. */
  onDied(reason: string): void;
}

export interface ReplicaHandle {
  /** Hands over a batch; there may be no other. */
  run(items: readonly unknown[]): void;
  /** Ends the thread as a crash would: `onDied` follows. */
  kill(): void;
  /** Ends it, in its own time or, `atOnce`, in the middle of anything; no event follows. */
  close(atOnce: boolean): Promise<void>;
}

/** Starts a replica of a stage that has a module. */
export function startReplica(start: ReplicaStart, events: ReplicaEvents): ReplicaHandle {
  const thread = new Worker(new URL('./replica-thread.js', import.meta.url), { workerData: start });
  let isOver = false;
  let reason = '';
  thread.on('message', (message: FromReplica) => {
    if (isOver) return;
    if (message.is === 'done') events.onDone(message.results, message.runMs);
    else if (message.is === 'failed') events.onFailed(message.reason);
    else if (message.is === 'ready') events.onReady();
    else {
      isOver = true;
      void thread.terminate();
      events.onStartFailed(message.reason);
    }
  });
  thread.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  const hasEnded = new Promise<void>((resolve) => {
    thread.on('exit', (code) => {
      resolve();
      if (isOver) return;
      isOver = true;
      events.onDied(reason === '' ? `a replica of ${start.stage.name} ended with code ${code}` : reason);
    });
  });
  return {
    run: (items) => thread.postMessage({ items } satisfies ToReplica),
    kill: () => void thread.terminate(),
    async close(atOnce) {
      isOver = true;
      if (atOnce) void thread.terminate();
      else thread.postMessage({ close: true } satisfies ToReplica);
      const timer = setTimeout(() => void thread.terminate(), CLOSE_MS);
      await hasEnded;
      clearTimeout(timer);
    },
  };
}
