/** Queries at a mean rate while something else is measured: the traffic that would share the machine. */
import { Worker } from 'node:worker_threads';
import { BackendError } from '../errors.js';

export interface SteadyLoadRequest {
  /** Where the protocol's `/v2` begins. */
  readonly url: string;
  readonly model: string;
  /** Sent one after another and over again; at least one. */
  readonly bodies: readonly Uint8Array[];
  readonly seed: number;
}

/** A thread that sends queries on request. It stays alive in between, so its code is compiled once. */
export interface SteadyLoad {
  /**
   * Starts Poisson arrivals, in queries per second, one load at a time. The function it returns ends them and resolves
   * with how many were answered. It rejects with BackendError when the thread has failed.
   */
  start(rateQps: number): () => Promise<number>;
  close(): Promise<void>;
}

/** Starts the thread, which sends nothing yet. */
export function openSteadyLoad(request: SteadyLoadRequest): SteadyLoad {
  const thread = new Worker(new URL('./steady-load-thread.js', import.meta.url), { workerData: request });
  const failed = new Promise<never>((_, reject) => {
    const fail = (why: string, cause?: unknown) => {
      reject(new BackendError('STEADY_LOAD', `the load beside the measurements ended: ${why}`, { cause }));
    };
    thread.once('error', (error) => fail(error.message, error));
    thread.once('exit', (code) => fail(`exit code ${code}`));
  });
  failed.catch(() => undefined); // told to whoever ends a load
  return {
    start(rateQps) {
      const answered = new Promise<number>((resolve) => thread.once('message', resolve));
      thread.postMessage(rateQps);
      return () => {
        thread.postMessage('end');
        return Promise.race([answered, failed]);
      };
    },
    async close() {
      await thread.terminate();
    },
  };
}
