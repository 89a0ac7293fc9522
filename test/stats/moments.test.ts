import { expect, it } from 'vitest';
import { addTo, addZerosTo, emptyMoments, varianceOf } from '../../src/stats/moments.js';

// 3 and 5, then a million zeros: mean 8 / 1,000,002; mean of squares 34 / 1,000,002.
it('many zeros in one step leave mean and variance as they are one by one', () => {
  const moments = emptyMoments();
  addTo(moments, 3);
  addTo(moments, 5);
  addZerosTo(moments, 1_000_000);
  const mean = 8 / 1_000_002;
  expect(moments.count).toBe(1_000_002);
  expect(moments.mean).toBeCloseTo(mean, 15);
  expect(varianceOf(moments)).toBeCloseTo(34 / 1_000_002 - mean ** 2, 15);
});

it('a few zeros are added as numbers are', () => {
  const [a, b] = [emptyMoments(), emptyMoments()];
  for (const moments of [a, b]) addTo(moments, 7);
  addZerosTo(a, 3);
  for (let i = 0; i < 3; i++) addTo(b, 0);
  expect(a).toEqual(b);
});
