/**
 * The thread of `openSteadyLoad`: it gets a rate, loads until it is ended, then posts how many queries were answered.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { msFromS } from '../units.js';
import { drawArrivals } from '../workload/arrival-process.js';
import { constant } from '../workload/curve.js';
import { runLoad } from './run-load.js';
import type { SteadyLoadRequest } from './steady-load.js';

const TIMEOUT_MS = msFromS(10);
const LIMIT_IN_FLIGHT = 1000;

const { url, model, bodies, seed } = workerData as SteadyLoadRequest;
let isStopped = false;
let loads = 0;

parentPort!.on('message', (told: number | 'end') => {
  if (told === 'end') {
    isStopped = true;
    return;
  }
  isStopped = false;
  void load(told);
});

async function load(rateQps: number): Promise<void> {
  const { answered } = await runLoad({
    url,
    model,
    body: (query) => bodies[query % bodies.length]!,
    arrivals: drawArrivals({ rateQps: constant(rateQps), cv: constant(1) }, { seed: seed + loads++, bound: {} }),
    timeoutMs: TIMEOUT_MS,
    limitInFlight: LIMIT_IN_FLIGHT,
    isStopped: () => isStopped,
  });
  parentPort!.postMessage(answered);
}
