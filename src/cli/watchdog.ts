/**
 * Ends a process whose event loop does not come round any more: it would hear no signal and answer nobody. A thread of
 * its own counts its seconds, so that a machine that slept or was stopped counts none.
 */
import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 1_000;
/** The longest that work between two turns may take: writing to a disk that is slow is part of it. */
const MOST_LOOKS = 60;

/** Runs in the thread: without imports of this program, since it must live when the program does not. */
const THREAD = `
const { workerData: { turns, lookEveryMs, mostLooks } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let seen = -1;
let missed = 0;
setInterval(() => {
  const now = Atomics.load(turns, 0);
  missed = now === seen ? missed + 1 : 0;
  seen = now;
  if (missed < mostLooks) return;
  try {
    const hint = 'hint: this is a bug in infer-plan; what is on the disk is whole, so start the command again';
    writeSync(2, 'infer-plan: internal error: busy for ' + mostLooks + ' s without a pause, ended\\n' + hint + '\\n');
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}, lookEveryMs);
`;

/** Watches this process until the function that it returns is called. */
export function watchEventLoop(options: { lookEveryMs?: number; mostLooks?: number } = {}): () => void {
  const { lookEveryMs = LOOK_EVERY_MS, mostLooks = MOST_LOOKS } = options;
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(THREAD, { eval: true, execArgv: [], workerData: { turns, lookEveryMs, mostLooks } });
  thread.unref();
  const turn = setInterval(() => Atomics.add(turns, 0, 1), lookEveryMs / 2);
  turn.unref();
  return () => {
    clearInterval(turn);
    void thread.terminate();
  };
}
