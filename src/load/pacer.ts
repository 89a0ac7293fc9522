/**
 * Calls back at every scheduled instant. It reads the schedule ahead, block by block, into memory shared with the
 * thread that sleeps.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { InternalError } from '../errors.js';
import type { ArrivalSource } from '../model/trace.js';
import { msFromNs, msFromUs } from '../units.js';
import { type PacerData, pacerLoop, SLOT } from './pacer-thread.js';

/** Read ahead: 5 s at 3000 queries/s. A power of two. */
const RING_LENGTH = 1 << 14;
/** A late sender lets answers in between. They free connections, and a query that need not open one is sent sooner. */
const MOST_AT_ONCE = 16;
/** Between asking for the first instant and time 0, so that the thread is asleep by then. */
const HEAD_START_NS = 20_000_000n;

const SOURCE = `const { parentPort, workerData } = require('node:worker_threads');
parentPort.postMessage('ready');
(${pacerLoop.toString()})(workerData, () => parentPort.postMessage('due'));`;

export interface Pacer {
  /** Milliseconds since the start of the run. */
  nowMs(): number;
  /** Settles when every instant has been called back, or after `stop`. Rejects when the arrivals cannot be read. */
  readonly done: Promise<void>;
  /** No instant is called back any more. */
  stop(): void;
}

/**
 * Starts the clock. `onDue` gets the number of a query and its scheduled instant (µs), in order and as soon as
 * possible.
 */
export async function startPacer(
  arrivals: ArrivalSource,
  onDue: (query: number, arrivalUs: number) => void,
): Promise<Pacer> {
  const data: PacerData = {
    slots: new Int32Array(new SharedArrayBuffer(Object.keys(SLOT).length * Int32Array.BYTES_PER_ELEMENT)),
    slot: SLOT,
    ring: new Float64Array(new SharedArrayBuffer(RING_LENGTH * Float64Array.BYTES_PER_ELEMENT)),
    start: new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)),
    msPerNs: msFromNs(1),
  };
  const { slots, ring } = data;
  const arrivalsUs = new Float64Array(RING_LENGTH);
  const block = new Float64Array(RING_LENGTH / 2);
  const mask = RING_LENGTH - 1;
  let filled = 0;
  let next = 0;
  let hasEnded = false;

  /** Reads ahead while half of the ring is free. */
  const fill = (): void => {
    while (!hasEnded && filled - next <= RING_LENGTH / 2) {
      const count = arrivals.read(block);
      for (let i = 0; i < count; i++) {
        arrivalsUs[(filled + i) & mask] = block[i]!;
        ring[(filled + i) & mask] = msFromUs(block[i]!);
      }
      filled += count;
      hasEnded = count === 0;
    }
    Atomics.store(slots, SLOT.filled, filled);
    if (hasEnded) Atomics.store(slots, SLOT.isComplete, 1);
    Atomics.notify(slots, SLOT.filled);
  };

  const thread = new Worker(SOURCE, { eval: true, workerData: data });
  let startMs = 0;
  const stop = (): void => {
    Atomics.store(slots, SLOT.isStopped, 1);
    Atomics.notify(slots, SLOT.isStopped);
    Atomics.notify(slots, SLOT.filled);
    next = Number.POSITIVE_INFINITY;
  };
  const release = (): void => {
    Atomics.store(slots, SLOT.isTold, 0);
    const released = Atomics.load(slots, SLOT.released);
    const end = Math.min(released, next + MOST_AT_ONCE);
    for (; next < end; next++) onDue(next, arrivalsUs[next & mask]!);
    if (next < released) setImmediate(attempt, release);
    if (next !== Number.POSITIVE_INFINITY) fill();
    settleIfOver();
  };

  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    stop();
  };
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      fail(error);
    }
  };
  thread.on('error', (error) => fail(new InternalError(`the pacing thread failed: ${error.message}`)));
  let hasExited = false;
  let settle = (): void => {};
  const done = new Promise<void>((resolve, reject) => {
    settle = () => (failure === undefined ? resolve() : reject(failure));
  });
  /** The thread exits before the last instants it released are called back. A thread that fails exits too. */
  const settleIfOver = (): void => {
    if (hasExited && next >= Atomics.load(slots, SLOT.released)) settle();
  };
  thread.once('exit', () => {
    hasExited = true;
    settleIfOver();
  });
  done.catch(() => {}); // until somebody awaits it, it is not an unhandled rejection
  await Promise.race([once(thread, 'message'), done]);
  thread.on('message', () => attempt(release));
  data.start[0] = process.hrtime.bigint() + HEAD_START_NS;
  startMs = performance.now() + msFromNs(Number(HEAD_START_NS));
  attempt(fill);
  return { nowMs: () => performance.now() - startMs, done, stop };
}
