import { expect, it } from 'vitest';
import { Fault, oneLine, problemOf } from '../../src/control-loop/trouble.js';
import { BackendError } from '../../src/errors.js';
import { FakeClock } from '../tuner/live-fakes.js';

it.each([
  ['plain text, — and ünïcode', 'plain text, — and ünïcode'],
  ['\u001b[2Jred\u0007\u009b1m', '[2Jred 1m'],
  ['two\r\nlines\u2028and three', 'two lines and three'],
  ['turned \u202eround\u202c', 'turned  round'],
])('shows %j in one line', (text, line) => {
  expect(oneLine(text)).toBe(line);
});

it('cuts what is longer than a few lines of a terminal', () => {
  expect(oneLine('x'.repeat(10_000))).toBe(`${'x'.repeat(300)}…`);
});

it('takes the first line of an error', () => {
  expect(problemOf(new BackendError('BACKEND_BUSY', 'busy\u001b[0m\nat length'))).toBe('busy [0m');
  expect(problemOf('gone')).toBe('gone');
});

it('a fault lasts from its first error on, and shows its last one', async () => {
  const clock = new FakeClock();
  const fault = new Fault(clock);
  await clock.runTo(1_000);
  fault.fails('first');
  await clock.runTo(3_000);
  fault.fails('second');
  await clock.runTo(4_000);
  expect(fault.troubles('arrivals')).toEqual([{ what: 'arrivals', problem: 'second', forMs: 3_000 }]);
  fault.works();
  expect(fault.troubles('arrivals')).toEqual([]);
  fault.fails('third');
  expect(fault.troubles('arrivals')[0]!.forMs).toBe(0);
});
