/** Queries at a mean rate for as long as something else is being measured: the traffic that it would share the machine with. */
import { Worker } from 'node:worker_threads';
import { BackendError } from '../errors.js';

export interface SteadyLoadRequest {
  /** Where the protocol's `/v2` begins. */
  readonly url: string;
  readonly model: string;
  /** Sent one after another and over again; at least one. */
  readonly bodies: readonly Uint8Array[];
  /** Poisson arrivals, in queries per second. */
  readonly rateQps: number;
  readonly seed: number;
}

/**
 * Starts the queries, in a thread of their own. The function it returns ends them and resolves with how many were answered; it rejects with BackendError when the
 * thread has failed.
 */
export function startSteadyLoad(request: SteadyLoadRequest): () => Promise<number> {
  const thread = new Worker(new URL('./steady-load-thread.js', import.meta.url), { workerData: request });
  const ended = new Promise<number>((resolve, reject) => {
    thread.once('message', resolve);
    const fail = (why: string, cause?: unknown) => {
      reject(new BackendError('STEADY_LOAD', `the load beside the measurements ended: ${why}`, { cause }));
    };
    thread.once('error', (error) => fail(error.message, error));
    thread.once('exit', (code) => fail(`exit code ${code}`)); // too late to matter after the message
  });
  ended.catch(() => undefined); // told to whoever ends it
  return () => {
    thread.postMessage('end');
    return ended;
  };
}
