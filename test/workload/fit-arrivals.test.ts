import { describe, expect, it } from 'vitest';
import type { ArrivalTrace } from '../../src/model/trace.js';
import { randomStream } from '../../src/random.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { constant } from '../../src/workload/curve.js';
import { blockLengthMs, fitArrivals } from '../../src/workload/fit-arrivals.js';
import { traceOf } from '../helpers/builders.js';

function gammaTrace({ rateQps, cv, count, seed }: { rateQps: number; cv: number; count: number; seed: number }) {
  const arrivalsUs = new Float64Array(count);
  drawArrivals({ rateQps: constant(rateQps), cv: constant(cv) }, { seed, bound: { count } }).read(arrivalsUs);
  return { arrivalsUs };
}

/** Gaps in microseconds, one after the other. */
function traceOfGaps(gapsUs: readonly number[]): ArrivalTrace {
  let nowUs = 0;
  const arrivalsUs = Float64Array.from([0, ...gapsUs], (gapUs) => {
    nowUs += Math.round(gapUs);
    return nowUs;
  });
  return { arrivalsUs };
}

function exponentials(count: number, seed: number): number[] {
  const uniform = randomStream(seed, 'gaps');
  return Array.from({ length: count }, () => -Math.log(1 - uniform()));
}

describe.each([
  { rateQps: 20, cv: 1, count: 2_000 },
  { rateQps: 100, cv: 0, count: 6_000 },
  { rateQps: 100, cv: 2, count: 6_000 },
  { rateQps: 300, cv: 0.5, count: 18_000 },
  { rateQps: 300, cv: 4, count: 18_000 },
  { rateQps: 1000, cv: 2, count: 150_000 },
])('a gamma process, $rateQps/s, CV $cv, $count arrivals', ({ rateQps, cv, count }) => {
  const models = Array.from({ length: 10 }, (_, i) => fitArrivals(gammaTrace({ rateQps, cv, count, seed: 500 + i })));
  const fitted = models.filter((model) => model.kind === 'gamma');

  it('is nearly always taken for one', () => {
    expect(fitted.length).toBeGreaterThanOrEqual(9);
  });

  it('is given its rate and CV', () => {
    // The mean gap has a relative error of cv/√n, and the CV at most about 10/√n at a CV of 4: fourth moments are 100.
    const error = Math.max(cv, (10 * cv) / 4) / Math.sqrt(count);
    for (const model of fitted) {
      expect(Math.abs(model.rateQps / rateQps - 1)).toBeLessThan(4 * error + 1e-6);
      expect(Math.abs(model.cv - cv)).toBeLessThan(4 * cv * error + 0.005);
    }
  });
});

// Each has gaps that a gamma law could give, or counts that it could, but not both.
it.each<[string, ArrivalTrace]>([
  // 150/s for a minute, then 250/s: dispersion over 10 s about 125 instead of 1.
  ['a rate that steps', traceOfGaps(exponentials(24_000, 1).map((gap, i) => gap * (i < 9_000 ? 6_667 : 4_000)))],
  // ±30 % over the trace: nothing to see within a second.
  [
    'a rate that drifts',
    traceOfGaps(exponentials(30_000, 2).map((gap, i) => gap * 5_000 * (0.7 + (0.6 * i) / 30_000))),
  ],
  // 100 short gaps, then 100 long ones: alternating seconds of 500/s and 125/s.
  ['a rate that switches', traceOfGaps(exponentials(20_000, 3).map((gap, i) => gap * (i % 200 < 100 ? 2_000 : 8_000)))],
  // The gaps of a Poisson process, sorted within every 50: the same law, but no longer independent.
  [
    'gaps that depend on each other',
    traceOfGaps(
      Array.from({ length: 400 }, (_, run) => exponentials(50, run).sort((a, b) => a - b)).flatMap((gaps) =>
        gaps.map((gap) => gap * 5_000),
      ),
    ),
  ],
  // Two queries at a time: half of the gaps are 0.
  ['arrivals in pairs', traceOfGaps(exponentials(10_000, 4).flatMap((gap) => [gap * 10_000, 0]))],
  // Two lengths only, mean 5 ms, CV 0.6.
  ['gaps of two lengths', traceOfGaps(exponentials(20_000, 5).map((gap) => (gap < Math.LN2 ? 2_000 : 8_000)))],
])('%s is not taken for a gamma process', (_, trace) => {
  expect(fitArrivals(trace).kind).toBe('blocks');
});

it.each([
  ['one arrival', [0]],
  ['ninety-nine arrivals', Array.from({ length: 99 }, (_, i) => 10 * i)],
  ['all at one instant', Array.from({ length: 500 }, () => 7)],
])('%s: blocks, as there is nothing to decide by', (_, arrivalsMs) => {
  expect(fitArrivals(traceOf(arrivalsMs))).toEqual({ kind: 'blocks', blockMs: 5_000 });
});

// A twentieth of the span, between 5 s and 30 s.
it.each([
  [30, 5],
  [100, 5],
  [200, 10],
  [600, 30],
  [86_400, 30],
])('blocks of a trace of %d s are %d s long', (spanS, blockS) => {
  expect(blockLengthMs(traceOf([0, 1000 * spanS]))).toBe(1000 * blockS);
});

it('depends on the trace alone', () => {
  const trace = gammaTrace({ rateQps: 50, cv: 3, count: 3_000, seed: 9 });
  expect(fitArrivals(trace)).toEqual(fitArrivals(trace));
});
