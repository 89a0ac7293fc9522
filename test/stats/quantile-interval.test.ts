import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import { nearestRank, quantileRanks } from '../../src/stats/quantile-interval.js';

describe('quantileRanks', () => {
  // Median, 95 %: the ends may be left out with 1/40 each. P(B < 1) = 2^-n: 1/32 for 5, 1/64 for 6.
  // 9: P(B < 2) = 10/512 = 0.0195, P(B < 3) = 46/512. 10: P(B < 2) = 11/1024 = 0.0107, P(B < 3) = 56/1024 = 0.055.
  // 99th percentile: nothing bounds it from above until 0.99^n <= 0.025, n >= 367.02.
  it.each([
    ['five cannot bound a median', 5, 0.5, undefined],
    ['six can, by their extremes', 6, 0.5, { low: 1, high: 6 }],
    ['nine', 9, 0.5, { low: 2, high: 8 }],
    ['ten', 10, 0.5, { low: 2, high: 9 }],
    ['none', 0, 0.5, undefined],
    ['367 cannot bound a 99th percentile', 367, 0.99, undefined],
    ['368 can, by their largest', 368, 0.99, { low: 360, high: 368 }],
  ])('%s', (_, count, quantile, expected) => {
    const ranks = quantileRanks(count, quantile, 0.95);
    expect(ranks?.high).toBe(expected?.high);
    if (quantile === 0.5) expect(ranks?.low).toBe(expected?.low);
  });

  it('is symmetric about the median', () => {
    for (let count = 6; count < 300; count++) {
      const { low, high } = quantileRanks(count, 0.5, 0.95)!;
      expect(low + high).toBe(count + 1);
    }
  });

  it.each([
    [0.5, 40],
    [0.99, 700],
  ])('P1: holds the quantile %d of a known law in at least 95 of 100 samples of %i', (quantile, count) => {
    const runs = 2000;
    const { low, high } = quantileRanks(count, quantile, 0.95)!;
    const next = randomStream(7, 'coverage', String(quantile));
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const sorted = Float64Array.from({ length: count }, next).sort();
      if (sorted[low - 1]! <= quantile && quantile <= sorted[high - 1]!) held++;
    }
    // Four standard errors of a share of 0.95 over 2000 runs are 0.02.
    expect(held / runs).toBeGreaterThanOrEqual(0.95 - 0.02);
    expect(held / runs).toBeLessThanOrEqual(0.995);
  });
});

it.each([
  ['the only one', [7], 0.99, 7],
  ['the median of four is the second', [1, 2, 3, 4], 0.5, 2],
  ['the 99th of 100 is the 99th', Array.from({ length: 100 }, (_, i) => i + 1), 0.99, 99],
  ['the 7th of 100, though 0.07 x 100 is a little more than 7', Array.from({ length: 100 }, (_, i) => i + 1), 0.07, 7],
  ['the largest', [1, 2, 3], 1, 3],
  ['the smallest at 0', [1, 2, 3], 0, 1],
])('nearest rank: %s', (_, sample, quantile, expected) => {
  expect(nearestRank(sample, quantile)).toBe(expected);
});
