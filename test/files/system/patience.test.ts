import { expect, it } from 'vitest';
import { Patience } from '../../../src/files/system/patience.js';

/** How often it waits before it gives up. */
function pauses(patience: Patience, limitMs: number): number {
  let count = 0;
  while (patience.wait(limitMs)) count++;
  return count;
}

it('pauses twice as long each time, up to 20 ms, until the pauses come to the limit', () => {
  // 0.1 + 0.2 + 0.4 + 0.8 = 1.5 ms after four pauses; the fifth makes 3.1.
  expect(pauses(new Patience(), 0)).toBe(0);
  expect(pauses(new Patience(), 1.5)).toBe(4);
  expect(pauses(new Patience(), 2)).toBe(5);
  // 0.1 · (2⁸ − 1) = 25.5 ms after eight, then 20 ms each.
  expect(pauses(new Patience(), 60)).toBe(10);
});

it('begins anew when something has come', () => {
  const patience = new Patience();
  expect(pauses(patience, 2)).toBe(5);
  expect(patience.wait(2)).toBe(false);
  patience.renew();
  expect(pauses(patience, 2)).toBe(5);
});
