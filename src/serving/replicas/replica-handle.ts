/** A replica's thread as the engine's thread holds it. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { errorText } from '../../errors.js';
import type { StageResult } from '../modules/stage-module.js';
import type { FromReplica, ReplicaStart, ReplicaThreadData, ToReplica } from './replica-messages.js';

/** How long a replica that is not needed any more may take to close, and to end when it is ended. */
const CLOSE_MS = 2000;
const END_MS = 1000;
/** Loading a large model takes minutes. What takes longer hangs. */
const START_LIMIT_MS = 300_000;
/** JavaScript objects of one replica. Larger than what ends a batch that takes memory without end (`GrowthWatch`). */
const MOST_HEAP_MIB = 4096;

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
  kill(reason: string): void;
  /** Ends it, in its own time or, `atOnce`, in the middle of anything; no event follows. */
  close(atOnce: boolean): Promise<void>;
}

/** Starts a replica of a stage that has a module. */
export function startReplica(start: ReplicaStart, events: ReplicaEvents): ReplicaHandle {
  const { port1: port, port2 } = new MessageChannel();
  const thread = new Worker(new URL('./replica-thread.js', import.meta.url), {
    workerData: { ...start, port: port2 } satisfies ReplicaThreadData,
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
  });
  let isOver = false;
  let reason = '';
  const failStart = (why: string) => {
    isOver = true;
    void thread.terminate();
    events.onStartFailed(why);
  };
  const startLimit = setTimeout(() => {
    if (!isOver) failStart(`createStage has not returned after ${START_LIMIT_MS / 1000} s`);
  }, START_LIMIT_MS);
  port.on('message', (message: FromReplica) => {
    if (isOver) return;
    if (message.is === 'done') events.onDone(message.results, message.runMs);
    else if (message.is === 'failed') events.onFailed(message.reason);
    else {
      clearTimeout(startLimit);
      if (message.is === 'ready') events.onReady();
      else failStart(message.reason);
    }
  });
  port.on('messageerror', (error) => {
    if (!isOver) events.onFailed(`the results cannot be received: ${errorText(error)}`);
  });
  thread.on('error', (error) => {
    reason = errorText(error);
  });
  const hasEnded = new Promise<void>((resolve) => {
    thread.on('exit', (code) => {
      clearTimeout(startLimit);
      port.close();
      resolve();
      if (isOver) return;
      isOver = true;
      events.onDied(reason === '' ? `a replica of ${start.stage.name} ended with code ${code}` : reason);
    });
  });
  return {
    run(items) {
      try {
        port.postMessage({ items } satisfies ToReplica);
      } catch (error) {
        // Events come after the calls that bring them about.
        setImmediate(() => events.onFailed(`the items cannot be sent: ${errorText(error)}`));
      }
    },
    kill(why) {
      reason = why;
      void thread.terminate();
    },
    async close(atOnce) {
      isOver = true;
      clearTimeout(startLimit);
      if (!atOnce) {
        port.postMessage({ close: true } satisfies ToReplica);
        if (await endsWithin(hasEnded, CLOSE_MS)) return;
      }
      // Native code that does not return cannot be ended. Then the thread ends with the process.
      void thread.terminate();
      if (await endsWithin(hasEnded, END_MS)) return;
      port.close();
      thread.unref();
    },
  };
}

async function endsWithin(end: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const isOver = await Promise.race([end.then(() => true), late]);
  clearTimeout(timer);
  return isOver;
}
