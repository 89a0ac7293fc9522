/**
 * Keeps alarms to a fraction of a millisecond, which a timer of the event loop cannot. A worker thread sleeps in shared
 * memory until the next alarm is due and posts the tokens of all due ones. An empty list says that it listens. One
 * thread serves every emulated replica.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { AlarmRing } from './alarm-ring.js';
import { sharedNowMs } from './engine-clock.js';

interface Alarm {
  readonly atMs: number;
  readonly token: number;
}

const ring = new AlarmRing(workerData as SharedArrayBuffer);
/** A binary heap, the earliest first. */
const heap: Alarm[] = [];

function push(alarm: Alarm): void {
  let place = heap.length;
  while (place > 0) {
    const above = (place - 1) >> 1;
    if (heap[above]!.atMs <= alarm.atMs) break;
    heap[place] = heap[above]!;
    place = above;
  }
  heap[place] = alarm;
}

function pop(): Alarm {
  const first = heap[0]!;
  const last = heap.pop()!;
  let place = 0;
  for (let below = 1; below < heap.length; below = 2 * place + 1) {
    if (below + 1 < heap.length && heap[below + 1]!.atMs < heap[below]!.atMs) below++;
    if (heap[below]!.atMs >= last.atMs) break;
    heap[place] = heap[below]!;
    place = below;
  }
  if (heap.length > 0) heap[place] = last;
  return first;
}

parentPort!.postMessage([]);
for (;;) {
  ring.read((atMs, token) => push({ atMs, token }));
  const nowMs = sharedNowMs();
  const due: number[] = [];
  while (heap.length > 0 && heap[0]!.atMs <= nowMs) due.push(pop().token);
  if (due.length > 0) parentPort!.postMessage(due);
  else ring.sleepUntil(heap[0]?.atMs ?? Number.POSITIVE_INFINITY, nowMs);
}
