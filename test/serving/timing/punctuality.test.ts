import { expect, it } from 'vitest';
import { randomStream } from '../../../src/random.js';
import { Punctuality } from '../../../src/serving/timing/punctuality.js';

/** Lateness of alarms that are heard after `delayUs()` each, for batches of one service time. */
function latenesses(count: number, serviceUs: number, delayUs: () => number): number[] {
  const punctuality = new Punctuality();
  return Array.from({ length: count }, () => {
    const late = delayUs() - punctuality.advanceUs(serviceUs);
    punctuality.note(late);
    return late;
  });
}

it('ends half of the batches early and half late, rare long delays or not', () => {
  const random = randomStream(1, 'delays');
  const delayUs = () => (random() < 0.05 ? 20_000 : 150 + 100 * random());
  const later = latenesses(20_000, 10_000, delayUs).slice(10_000);
  // A share of 10 000 draws around one half has a standard deviation of 0.005.
  expect(later.filter((us) => us > 0).length / later.length).toBeGreaterThan(0.47);
  expect(later.filter((us) => us > 0).length / later.length).toBeLessThan(0.53);
});

it('takes no more than half a millisecond off, nor more than half of a service time, and never adds', () => {
  expect(latenesses(1000, 10_000, () => 3000).at(-1)).toBe(2500);
  expect(latenesses(1000, 100, () => 3000).at(-1)).toBe(2950);
  expect(Math.max(...latenesses(1000, 10_000, () => -50))).toBe(-50);
});
