import { expect, it } from 'vitest';
import { SlidingMaximum } from '../../src/envelope/sliding-maximum.js';
import { randomStream } from '../../src/random.js';

// The largest of the last three: 5 leaves with the fourth value after it.
it('forgets what is older than its span', () => {
  const maximum = new SlidingMaximum(3);
  const seen = [5, 1, 2, 0, 0, 0, 4, 4].map((value) => {
    maximum.push(value);
    return maximum.maximum;
  });
  expect(seen).toEqual([5, 5, 5, 2, 2, 0, 4, 4]);
});

it('is 0 before the first value', () => {
  expect(new SlidingMaximum(1).maximum).toBe(0);
});

it.each(Array.from({ length: 10 }, (_, seed) => [seed]))('equals the plain maximum, seed %d', (seed) => {
  const uniform = randomStream(seed, 'maximum');
  const span = 1 + Math.floor(uniform() * 20);
  const values = Array.from({ length: 300 }, () => Math.floor(uniform() * 9));
  const maximum = new SlidingMaximum(span);
  values.forEach((value, i) => {
    maximum.push(value);
    expect(maximum.maximum).toBe(Math.max(...values.slice(Math.max(0, i + 1 - span), i + 1)));
  });
});
