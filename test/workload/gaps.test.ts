import { randomGamma } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import { gapFiller } from '../../src/workload/gaps.js';
import { drawExponential, drawNormal } from '../../src/workload/ziggurat.js';
import { intervalOf } from '../helpers/replications.js';

const REPLICATIONS = 40;
const GAPS = 20_000;

function gapsOf(cv: number, seed: number, count = GAPS): Float64Array {
  const gaps = new Float64Array(count);
  gapFiller(randomStream(seed, 'gaps'), randomStream(seed, 'boost'))(gaps, 0, count, cv);
  return gaps;
}

function meanAndVariance(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

/** Largest distance between two empirical distributions. */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  const [x, y] = [a.slice().sort(), b.slice().sort()];
  let [i, j, largest] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    if (x[i]! <= y[j]!) i++;
    else j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

describe.each([0.25, 0.5, 0.99, 1, 1.01, 1.5, 2, 4])('gaps with cv %d', (cv) => {
  const replications = Array.from({ length: REPLICATIONS }, (_, seed) => meanAndVariance(gapsOf(cv, seed)));

  it('have mean 1', () => {
    const { low, high } = intervalOf(replications.map(({ mean }) => mean));
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });

  it('have variance cv²: the CV is σ/μ and not its square', () => {
    const { low, high } = intervalOf(replications.map(({ variance }) => variance));
    expect(low).toBeLessThan(cv * cv);
    expect(high).toBeGreaterThan(cv * cv);
  });
});

// 1.95 · √(2/n) is the 0.1 % point of the two-sample Kolmogorov-Smirnov distance.
it.each([0.3, 0.8, 1.3, 2, 5])('gaps with cv %d follow the gamma law as d3-random draws it', (cv) => {
  const count = 50_000;
  const scale = cv * cv;
  const other = randomGamma.source(randomStream(7, 'd3'))(1 / scale, scale);
  const expected = Float64Array.from({ length: count }, other);
  expect(kolmogorovSmirnov(gapsOf(cv, 3, count), expected)).toBeLessThan(1.95 * Math.sqrt(2 / count));
});

it('a CV of 0 is evenly spaced', () => {
  expect(new Set(gapsOf(0, 1, 100))).toEqual(new Set([1]));
});

it('cutting the block differently changes no gap', () => {
  const whole = gapsOf(2, 5, 1000);
  const parts = new Float64Array(1000);
  const fill = gapFiller(randomStream(5, 'gaps'), randomStream(5, 'boost'));
  for (let from = 0; from < 1000; from += 8) fill(parts, from, Math.min(1000, from + 8), 2);
  expect(parts).toEqual(whole);
});

describe('ziggurat', () => {
  const uniform = randomStream(11, 'ziggurat');
  const COUNT = 200_000;

  // P(E > x) = exp(−x); 8 lies beyond the base layer's edge of 7.697.
  it.each([0.01, 0.5, 1, 3, 6, 8])('exponential: the share above %d is exp(−x)', (x) => {
    let above = 0;
    for (let i = 0; i < COUNT; i++) if (drawExponential(uniform) > x) above++;
    const p = Math.exp(-x);
    expect(Math.abs(above / COUNT - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / COUNT));
  });

  // Φ from tables; 3.6 lies beyond the base layer's edge of 3.4426.
  it.each([
    [-1.959964, 0.025],
    [-0.67449, 0.25],
    [0, 0.5],
    [1.281552, 0.9],
    [2.575829, 0.995],
    [3.6, 0.99984089],
  ])('normal: the share below %d is %d', (x, p) => {
    let below = 0;
    for (let i = 0; i < COUNT; i++) if (drawNormal(uniform) < x) below++;
    expect(Math.abs(below / COUNT - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / COUNT));
  });
});
