import { describe, expect, it } from 'vitest';
import type { ArrivalSource } from '../../src/model/trace.js';
import { randomStream } from '../../src/random.js';
import { type ArrivalProcess, drawArrivals, type TraceBound } from '../../src/workload/arrival-process.js';
import { type Curve, constant, queriesUnder, spike } from '../../src/workload/curve.js';
import { intervalOf } from '../helpers/replications.js';

const HOUR_MS = 3_600_000;

const CURVES: readonly (readonly [string, Curve])[] = [
  ['constant', constant(20)],
  [
    'steps',
    {
      kind: 'steps',
      steps: [
        { atMs: 0, value: 5 },
        { atMs: 10_000, value: 0 },
        { atMs: 20_000, value: 40 },
      ],
    },
  ],
  ['ramp up', { kind: 'ramp', fromMs: 5000, toMs: 30_000, startValue: 0, endValue: 50 }],
  ['ramp down', { kind: 'ramp', fromMs: 0, toMs: 60_000, startValue: 50, endValue: 0 }],
  ['diurnal', product(constant(20), { kind: 'diurnal', periodMs: 40_000, amplitude: 1, peakAtMs: 7000 })],
  [
    'everything',
    product(
      { kind: 'ramp', fromMs: 5000, toMs: 30_000, startValue: 10, endValue: 50 },
      { kind: 'diurnal', periodMs: 20_000, amplitude: 0.5, peakAtMs: 0 },
      spike({ atMs: 40_000, lengthMs: 3000, factor: 4 }),
    ),
  ],
];

function product(...curves: Curve[]): Curve {
  return { kind: 'product', curves };
}

function drain(source: ArrivalSource, blockSize = 1000): number[] {
  const block = new Float64Array(blockSize);
  const all: number[] = [];
  for (let count = source.read(block); count > 0; count = source.read(block)) all.push(...block.subarray(0, count));
  return all;
}

/** Cumulative rate at each of a list of instants (ms) in order, in one pass. */
function reachedAt(rateQps: Curve, instantsMs: readonly number[]): number[] {
  let reached = 0;
  let fromMs = 0;
  return instantsMs.map((toMs) => {
    reached += queriesUnder(rateQps, { fromMs, toMs });
    fromMs = Math.max(fromMs, toMs);
    return reached;
  });
}

function draw(process: ArrivalProcess, bound: TraceBound, seed = 1): number[] {
  return drain(drawArrivals(process, { seed, bound }));
}

describe.each(CURVES)('under a rate that is %s', { tags: ['slow'] }, (_, rateQps) => {
  it('evenly spaced arrivals stand exactly where the cumulative rate passes 1, 2, 3, …', () => {
    const arrivalsUs = draw({ rateQps, cv: constant(0) }, { durationMs: 60_000 });
    expect(arrivalsUs.length).toBe(Math.floor(queriesUnder(rateQps, { toMs: 60_000 }) - 1e-6));
    // The instant is rounded to a microsecond: k is reached within half of one, and no rate here is above 300/s.
    const instantsMs = arrivalsUs.map((us) => us / 1000);
    const misses = reachedAt(rateQps, instantsMs).map((reached, i) => Math.abs(reached - (i + 1)));
    expect(Math.max(...misses)).toBeLessThan(300 * 0.51e-6);
  });

  it('the mean number of Poisson arrivals is the integral of the rate', () => {
    const counts = Array.from(
      { length: 200 },
      (_, seed) => draw({ rateQps, cv: constant(1) }, { durationMs: 60_000 }, seed).length,
    );
    const { low, high } = intervalOf(counts);
    const mean = queriesUnder(rateQps, { toMs: 60_000 });
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
  });

  it('the CV of the gaps in operational time stays what it was asked to be', () => {
    const squares = Array.from({ length: 60 }, (_, seed) => {
      const arrivalsUs = draw({ rateQps, cv: constant(2) }, { durationMs: 58_000 }, seed);
      const reached = reachedAt(
        rateQps,
        arrivalsUs.slice(0, 100).map((us) => us / 1000),
      );
      // The first gaps alone: which gaps still fit before the end depends on their length. E[gap²] = 1 + cv² = 5.
      const gaps = reached.map((value, i) => value - (reached[i - 1] ?? 0));
      return gaps.reduce((sum, gap) => sum + gap * gap, 0) / gaps.length;
    });
    const { low, high } = intervalOf(squares);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
  });

  it('arrivals are whole microseconds, in order, before the end', () => {
    for (const cv of [0, 0.5, 1, 4]) {
      const arrivalsUs = draw({ rateQps, cv: constant(cv) }, { durationMs: 45_000 });
      expect(arrivalsUs.length).toBeGreaterThan(0);
      expect(
        arrivalsUs.every((us, i) => Number.isInteger(us) && us < 45_000_000 && us >= (arrivalsUs[i - 1] ?? 0)),
      ).toBe(true);
    }
  });
});

it('the index of dispersion of Poisson counts is 1', () => {
  const ratios = Array.from({ length: 40 }, (_, seed) => {
    const counts = new Array<number>(600).fill(0);
    for (const us of draw({ rateQps: constant(30), cv: constant(1) }, { durationMs: 600_000 }, seed)) {
      counts[Math.floor(us / 1_000_000)]!++;
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1) / mean;
  });
  const { low, high } = intervalOf(ratios);
  expect(low).toBeLessThan(1);
  expect(high).toBeGreaterThan(1);
});

// Renewal theory: E[N(t)] → t/μ + (cv² − 1)/2 for a process that starts with a whole gap.
it.each([
  [2, 1.5],
  [0.5, -0.375],
])('with cv %d a trace holds on average %d arrivals more than rate × time', (cv, excess) => {
  const counts = Array.from(
    { length: 4000 },
    (_, seed) => draw({ rateQps: constant(10), cv: constant(cv) }, { durationMs: 10_000 }, seed).length,
  );
  const { low, high } = intervalOf(counts);
  expect(low).toBeLessThan(100 + excess);
  expect(high).toBeGreaterThan(100 + excess);
});

it('a CV that moves is followed: even before the ramp, bursty after', () => {
  const cv: Curve = { kind: 'ramp', fromMs: 10_000, toMs: 20_000, startValue: 0, endValue: 4 };
  const arrivalsUs = draw({ rateQps: constant(100), cv }, { durationMs: 60_000 });
  const gaps = arrivalsUs.map((us, i) => us - (arrivalsUs[i - 1] ?? 0));
  expect(new Set(gaps.slice(0, 990))).toEqual(new Set([10_000]));
  const after = gaps.filter((_, i) => arrivalsUs[i]! > 20_000_000);
  const mean = after.reduce((sum, gap) => sum + gap, 0) / after.length;
  const sd = Math.sqrt(after.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / after.length);
  expect(sd / mean).toBeGreaterThan(3);
});

it.each([
  ['constant cv', constant(2)],
  ['a moving cv', { kind: 'ramp', fromMs: 0, toMs: 50_000, startValue: 0.5, endValue: 3 } as Curve],
])('the same seed gives the same arrivals, however they are read (%s)', (_, cv) => {
  const process = { rateQps: CURVES[5]![1], cv };
  const options = { seed: 3, bound: { durationMs: 60_000 } };
  const whole = drain(drawArrivals(process, options), 100_000);
  expect(drain(drawArrivals(process, options), 7)).toEqual(whole);
  expect(drain(drawArrivals(process, { ...options, seed: 4 }))).not.toEqual(whole);
});

it('a longer trace begins with the shorter one', () => {
  const process = { rateQps: constant(50), cv: constant(2) };
  const short = draw(process, { durationMs: 10_000 });
  expect(draw(process, { durationMs: 20_000 }).slice(0, short.length)).toEqual(short);
});

describe('bounds', () => {
  it.each<[string, ArrivalProcess, TraceBound, number]>([
    ['a count', { rateQps: constant(10), cv: constant(1) }, { count: 123 }, 123],
    ['a count across blocks', { rateQps: constant(10), cv: constant(1) }, { count: 1000 }, 1000],
    ['the earlier of both', { rateQps: constant(10), cv: constant(0) }, { count: 123, durationMs: 1000 }, 9],
    ['an arrival at the end itself is left out', { rateQps: constant(10), cv: constant(0) }, { durationMs: 1000 }, 9],
    ['no rate', { rateQps: constant(0), cv: constant(1) }, { count: 5 }, 0],
    [
      'no rate for ever after',
      { rateQps: spike({ atMs: 1000, lengthMs: HOUR_MS, factor: 0 }), cv: constant(0) },
      { count: 5, durationMs: HOUR_MS },
      0,
    ],
    ['no time', { rateQps: constant(10), cv: constant(1) }, { durationMs: 0 }, 0],
  ])('%s', (_, process, bound, expected) => {
    expect(draw(process, bound).length).toBe(expected);
  });
});

it('laws hold for random products of curves', { tags: ['slow'] }, () => {
  const uniform = randomStream(1, 'curves');
  for (let round = 0; round < 30; round++) {
    const rateQps = product(
      constant(5 + 50 * uniform()),
      {
        kind: 'ramp',
        fromMs: 20_000 * uniform(),
        toMs: 20_000 + 20_000 * uniform(),
        startValue: 2 * uniform(),
        endValue: 2 * uniform(),
      },
      { kind: 'diurnal', periodMs: 1000 + 50_000 * uniform(), amplitude: uniform(), peakAtMs: 5000 * uniform() },
      spike({ atMs: 30_000 * uniform(), lengthMs: 1 + 5000 * uniform(), factor: 6 * uniform() }),
    );
    const arrivalsUs = draw({ rateQps, cv: constant(0) }, { durationMs: 60_000 });
    const reached = queriesUnder(rateQps, { toMs: 60_000 });
    expect(Math.abs(arrivalsUs.length - reached)).toBeLessThan(1.001);
    const last = arrivalsUs.at(-1)!;
    expect(Math.abs(queriesUnder(rateQps, { toMs: last / 1000 }) - arrivalsUs.length)).toBeLessThan(1e-3);
  }
});
