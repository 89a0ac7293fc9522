import { expect, it } from 'vitest';
import { readProcessorTimes, timesOf } from '../../../src/files/system/processor-times.js';

// user 100, nice 1, system 20, idle 5000, iowait 7, irq 2, softirq 3, steal 4, guest 50 (part of user), guest_nice 0.
const MACHINE = 'cpu  100 1 20 5000 7 2 3 4 50 0\ncpu0 50 1 10 2500 3 1 1 2 25 0\n';
// State, ten more fields, then utime 30 and stime 12, then those of children that have ended.
const PROCESS = '42 (a (strange) name) S 1 42 42 0 -1 4194304 100 0 0 0 30 12 900 800 20 0 11 0 1 1 1\n';

it.each([
  // (100 + 1 + 20 + 2 + 3) x 10 ms: idle, waiting for a disk and stolen time are not busy.
  ['the machine', [], { busyMs: 1260, stolenMs: 40, ownMs: 0 }],
  // (30 + 12) x 10 ms a process.
  ['processes', [PROCESS, PROCESS], { busyMs: 1260, stolenMs: 40, ownMs: 840 }],
])('counts the processor time of %s', (_, processes, times) => {
  expect(timesOf(MACHINE, processes)).toEqual(times);
});

it('knows nothing of a process that is gone', () => {
  expect(readProcessorTimes([2 ** 30])).toBeUndefined();
});
