import { describe, expect, it } from 'vitest';
import { traceStatistics } from '../../src/envelope/trace-statistics.js';
import { sourceOf } from '../../src/model/trace.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { constant } from '../../src/workload/curve.js';

const MS = 1000;

function statisticsOf(...arrivalsUs: number[]) {
  return traceStatistics(sourceOf({ arrivalsUs: Float64Array.from(arrivalsUs) }), { smallestWindowMs: 100 });
}

// Gaps 100, 300, 600 ms and 2 s: mean 750 ms, variance (650² + 450² + 150² + 1250²)/4 = 552 500, CV √552500/750.
// Aligned seconds from the first arrival's on: 3 (0, 0.1, 0.4), then 1 (1.0), 0, and 1 in the unfinished fourth.
// Whole seconds hold 3, 1, 0: mean 4/3, variance 14/9, ratio 7/6. Sliding [0, 1 s) holds 3, as does [0.1 s, 1.1 s).
describe('a trace worked by hand', () => {
  const statistics = statisticsOf(0, 100 * MS, 400 * MS, 1000 * MS, 3000 * MS);

  it('totals', () => {
    expect(statistics).toMatchObject({ arrivals: 5, spanMs: 3000, firstArrivalMs: 0, lastArrivalMs: 3000 });
    expect(statistics.meanRateQps).toBeCloseTo(4 / 3, 12);
    expect(statistics.gapCv).toBeCloseTo(Math.sqrt(552_500) / 750, 12);
  });

  it('windows of a second', () => {
    expect(statistics.windows[0]).toMatchObject({
      windowMs: 1000,
      peakQueries: 3,
      peakRateQps: 3,
      peakAlignedQueries: 3,
    });
    expect(statistics.windows[0]!.indexOfDispersion).toBeCloseTo(7 / 6, 12);
  });

  it('windows longer than the trace', () => {
    expect(statistics.windows[1]).toMatchObject({
      peakQueries: 5,
      peakAlignedQueries: 5,
      indexOfDispersion: undefined,
    });
  });

  it('the envelope starts at the width asked for', () => {
    expect(statistics.envelope[0]).toEqual({ windowMs: 100, queries: 1, rateQps: 10 });
    expect(statistics.envelope[1]).toEqual({ windowMs: 200, queries: 2, rateQps: 10 });
    expect(statistics.envelope.at(-1)!.windowMs).toBe(60_000);
  });
});

it('a window that the last arrival just completes is whole', () => {
  expect(statisticsOf(0, 1, 1_000_000, 1_999_999).windows[0]!.indexOfDispersion).toBe(0); // 2 and 2
});

it.each([
  ['none', []],
  ['one', [5]],
  ['all at one instant', [5, 5, 5]],
])('no CV and no rate of %s', (_, arrivalsUs) => {
  expect(statisticsOf(...arrivalsUs)).toMatchObject({ arrivals: arrivalsUs.length, meanRateQps: 0, gapCv: undefined });
});

it('a late first arrival costs nothing: windows start at its own', () => {
  const { windows } = statisticsOf(1.7e15, 1.7e15 + 500_000, 1.7e15 + 2_500_000);
  expect(windows[0]).toMatchObject({ peakQueries: 2, peakAlignedQueries: 2 });
});

it('evenly spaced arrivals: CV 0, dispersion 0', () => {
  const source = drawArrivals({ rateQps: constant(10), cv: constant(0) }, { seed: 1, bound: { durationMs: 600_000 } });
  const { gapCv, windows } = traceStatistics(source, { smallestWindowMs: 100 });
  expect(gapCv).toBeCloseTo(0, 9);
  expect(windows[1]!.indexOfDispersion).toBeLessThan(0.01);
});

it('the bins over time hold every arrival once', () => {
  const source = drawArrivals({ rateQps: constant(40), cv: constant(2) }, { seed: 1, bound: { durationMs: 600_000 } });
  let heard = 0;
  const { arrivals, rateOverTime, lastArrivalMs } = traceStatistics(source, {
    smallestWindowMs: 100,
    onBlock: (count) => {
      heard = count;
    },
  });
  expect(rateOverTime.queries.reduce((sum, count) => sum + count, 0)).toBe(arrivals);
  expect(heard).toBe(arrivals);
  expect(rateOverTime.queries.length * rateOverTime.binMs).toBeGreaterThan(lastArrivalMs);
  expect((rateOverTime.queries.length - 1) * rateOverTime.binMs).toBeLessThanOrEqual(lastArrivalMs);
});
