/** Law: the histogram's percentiles are the nearest-rank ones of the sorted values, to the histogram's precision. */
import { expect, it } from 'vitest';
import { TimeHistogram } from '../../src/load/measured-times.js';
import { requiredOnTime } from '../../src/model/slo.js';
import { randomStream } from '../../src/random.js';

it.each([1, 2, 3, 99, 100, 101, 1000, 1001, 4321])(
  'law: %i times of 1 us to 100 s, every rank that is asked for',
  (count) => {
    const draw = randomStream(7, 'times', String(count));
    const histogram = new TimeHistogram();
    const times = Float64Array.from({ length: count }, () => Math.floor(10 ** (8 * draw())));
    for (const time of times) histogram.add(time);
    times.sort();
    for (const percentile of [0.1, 50, 90, 95, 99, 99.9, 99.99, 100]) {
      const exactUs = times[requiredOnTime(count, percentile) - 1]!;
      const measuredUs = 1000 * histogram.percentileMs(percentile)!;
      expect(measuredUs).toBeGreaterThanOrEqual(exactUs - 1e-6);
      expect(measuredUs).toBeLessThanOrEqual(exactUs < 32_768 ? exactUs + 1e-6 : exactUs * 1.0001);
    }
    expect(histogram.summary().maxMs).toBe(times[count - 1]! / 1000);
  },
);

it('has no figures when empty, and again when cleared', () => {
  const histogram = new TimeHistogram();
  const empty = histogram.summary();
  expect(Object.values(empty)).toEqual(Array(7).fill(null));
  histogram.add(5_000_000_000); // 5000 s: wider than it begins
  expect(histogram.summary()).toMatchObject({ meanMs: 5_000_000, p50Ms: 5_000_000, maxMs: 5_000_000 });
  histogram.clear();
  expect(histogram.summary()).toEqual(empty);
});
