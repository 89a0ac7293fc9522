import { describe, expect, it } from 'vitest';
import { slidingWindows } from '../../src/envelope/traffic-envelope.js';
import type { ArrivalSource } from '../../src/model/trace.js';
import { sourceOf } from '../../src/model/trace.js';
import { randomStream } from '../../src/random.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { hiddenBursts } from '../../src/workload/count-dispersion.js';
import { constant } from '../../src/workload/curve.js';
import { arrivalsOfCounts, countsOfArrivals, peakOfCounts } from '../../src/workload/interval-counts.js';
import { cutSource, scaledToPeak } from '../../src/workload/reshape.js';
import { type ShapedTrace, shapeArrivals, shapeCounts, splitTrace } from '../../src/workload/shape.js';

const SECOND_US = 1_000_000;

function drain(source: ArrivalSource, blockSize = 64): number[] {
  const block = new Float64Array(blockSize);
  const all: number[] = [];
  for (let count = source.read(block); count > 0; count = source.read(block)) all.push(...block.subarray(0, count));
  return all;
}

function traceOf(...arrivalsUs: number[]) {
  return { arrivalsUs: Float64Array.from(arrivalsUs) };
}

function randomTrace(seed: number, cv = 2) {
  const source = drawArrivals({ rateQps: constant(50), cv: constant(cv) }, { seed, bound: { durationMs: 20_000 } });
  return traceOf(...drain(source));
}

function busiest(trace: { arrivalsUs: Float64Array }, windowMs: number): number {
  const windows = slidingWindows([windowMs]);
  windows.add(trace.arrivalsUs, trace.arrivalsUs.length);
  return windows.peaks()[0]!.queries;
}

describe('a cut', () => {
  it.each<[string, number, number, number[]]>([
    ['keeps the start and drops the end', 10, 30, [0, 10, 19]],
    ['of everything', 0, Number.POSITIVE_INFINITY, [5, 10, 20, 29, 30, 40]],
    ['of nothing', 41, 50, []],
  ])('%s', (_, fromUs, toUs, expected) => {
    expect(drain(cutSource(sourceOf(traceOf(5, 10, 20, 29, 30, 40)), { fromUs, toUs }), 2)).toEqual(expected);
  });

  it('law: the parts of a trace, moved back, are the trace', () => {
    const uniform = randomStream(1, 'cuts');
    for (let seed = 0; seed < 20; seed++) {
      const trace = randomTrace(seed);
      const [a, b] = [uniform(), uniform()].map((share) => Math.floor(share * 20 * SECOND_US)).sort((x, y) => x - y);
      const bounds = [0, a!, b!, Number.POSITIVE_INFINITY];
      const parts = [0, 1, 2].flatMap((i) =>
        drain(cutSource(sourceOf(trace), { fromUs: bounds[i]!, toUs: bounds[i + 1]! })).map((us) => us + bounds[i]!),
      );
      expect(parts).toEqual([...trace.arrivalsUs]);
    }
  });
});

describe('a split', () => {
  it('law: no arrival is lost or doubled, and each part starts at its own 0', () => {
    for (let seed = 0; seed < 20; seed++) {
      const trace = randomTrace(seed);
      const shaped = shapeArrivals(trace, {});
      const { planning, serving } = splitTrace(shaped, 0.25);
      const joined = [...drain(planning.open()), ...drain(serving.open()).map((us) => us + planning.endUs)];
      expect(joined).toEqual([...trace.arrivalsUs]);
      expect(planning.endUs + serving.endUs).toBe(shaped.endUs);
      expect(drain(planning.open()).every((us) => us < planning.endUs)).toBe(true);
    }
  });

  it('is by time: 4 s of which one holds three arrivals', () => {
    const counts = { counts: Float64Array.of(3, 1, 0, 2), intervalUs: SECOND_US };
    const { planning, serving } = splitTrace(shapeCounts(counts, { spread: 'even', seed: 1 }), 0.25);
    expect([drain(planning.open()).length, drain(serving.open()).length]).toEqual([3, 3]);
  });
});

describe('a rescaled trace', () => {
  // The closest three stand within 20 µs; in a window of 102 µs they may be 100 µs apart: factor 5.
  it('stretches time until the busiest window holds as many as asked', () => {
    const scaled = scaledToPeak(traceOf(0, 50, 60, 70, 200), { queries: 3, windowUs: 102 });
    expect([...scaled!.arrivalsUs]).toEqual([0, 250, 300, 350, 1000]);
  });

  it.each([
    ['fewer arrivals than asked', traceOf(0, 1), 3],
    ['that many at one instant', traceOf(5, 5, 5), 3],
    ['a peak of one arrival', traceOf(0, 1, 2), 1],
  ])('cannot be made from %s', (_, trace, queries) => {
    expect(scaledToPeak(trace, { queries, windowUs: 100 })).toBeUndefined();
  });

  it('law: all arrivals stay, in order, and the busiest second has the rate asked for', () => {
    for (const rateQps of [20, 90, 300]) {
      for (let seed = 0; seed < 10; seed++) {
        const trace = randomTrace(seed, 0.7);
        const shaped = shapeArrivals(trace, { peak: { rateQps, windowMs: 1000 } });
        const arrivalsUs = drain(shaped.open());
        expect(arrivalsUs.length).toBe(trace.arrivalsUs.length);
        expect(arrivalsUs.every((us, i) => Number.isInteger(us) && us >= (arrivalsUs[i - 1] ?? 0))).toBe(true);
        expect(busiest(traceOf(...arrivalsUs), 1000)).toBe(rateQps);
      }
    }
  });

  it('says what is wrong when no clock reaches the peak', () => {
    expect(() => shapeArrivals(traceOf(5, 5, 5), { peak: { rateQps: 3, windowMs: 1000 } })).toThrow(
      /--peak asks for 3/,
    );
  });
});

describe('counts', () => {
  const counts = { counts: Float64Array.of(2, 0, 4), intervalUs: 1000 };

  // Two in [0, 1000): ¼ and ¾; four in [2000, 3000): ⅛, ⅜, ⅝, ⅞.
  it('spread evenly', () => {
    expect(drain(arrivalsOfCounts(counts, { spread: 'even', seed: 1 }), 3)).toEqual([250, 750, 2125, 2375, 2625, 2875]);
  });

  it('law: spread as Poisson each interval keeps its count, in order, by the seed alone', () => {
    const uniform = randomStream(2, 'counts');
    const many = { counts: Float64Array.from({ length: 200 }, () => Math.floor(uniform() * 20)), intervalUs: 1000 };
    const arrivalsUs = drain(arrivalsOfCounts(many, { spread: 'poisson', seed: 3 }));
    expect(arrivalsUs.every((us, i) => us >= (arrivalsUs[i - 1] ?? 0))).toBe(true);
    const again = countsOfArrivals(sourceOf({ arrivalsUs: Float64Array.from(arrivalsUs) }), 1000).counts;
    expect([...again]).toEqual([...many.counts.subarray(0, again.length)]);
    expect(drain(arrivalsOfCounts(many, { spread: 'poisson', seed: 3 }), 7)).toEqual(arrivalsUs);
    expect(drain(arrivalsOfCounts(many, { spread: 'poisson', seed: 4 }))).not.toEqual(arrivalsUs);
  });

  // (0 + ½)/3 s = 166 666.67 µs and (2 + ½)/3 s = 833 333.33 µs.
  it('spread evenly are rounded half up', () => {
    const three = { counts: Float64Array.of(3), intervalUs: 1_000_000 };
    expect(drain(arrivalsOfCounts(three, { spread: 'even', seed: 1 }))).toEqual([166_667, 500_000, 833_333]);
  });

  // 200 000 uniforms: the mean of any half lies within 4 · √(1/12 / 100 000) = 0.004 of ¼ and ¾.
  it('law: a large interval drawn in parts is as uniform as a small one', () => {
    const large = { counts: Float64Array.of(200_000), intervalUs: 1_000_000_000 };
    const drawn = drain(arrivalsOfCounts(large, { spread: 'poisson', seed: 3 }), 4096);
    expect(drawn).toHaveLength(200_000);
    expect(drawn.every((us, i) => us >= (drawn[i - 1] ?? 0) && us < large.intervalUs)).toBe(true);
    const meanOf = (part: readonly number[]) => part.reduce((sum, us) => sum + us, 0) / part.length / large.intervalUs;
    expect(Math.abs(meanOf(drawn.slice(0, 100_000)) - 0.25)).toBeLessThan(0.004);
    expect(Math.abs(meanOf(drawn.slice(100_000)) - 0.75)).toBeLessThan(0.004);
  });

  // Counts 0, 4, 0, 4, …: differences of 4, mean 2, so 16 / 2 / 2 = 4. A tenth of an interval holds 0.2 on average:
  // 0.2 + 3.09 √0.2 = 1.58 as Poisson, 0.2 + 3.09 √0.8 = 2.96 with the bursts of the counts.
  it('hide bursts that their own dispersion shows', () => {
    const alternating = { counts: Float64Array.from({ length: 40 }, (_, i) => (i % 2) * 4), intervalUs: 1000 };
    expect(hiddenBursts(alternating, 100)).toEqual({ dispersion: 4, drawn: 2, possible: 3 });
    expect(hiddenBursts(counts, 100)).toBeUndefined();
  });

  // Running sums 0.4, 0.8, 1.2, 1.6, 2.0 round half up to 0, 1, 1, 2, 2.
  it('carries fractions over', () => {
    const fractions = { counts: Float64Array.of(0.4, 0.4, 0.4, 0.4, 0.4), intervalUs: 100 };
    expect(drain(arrivalsOfCounts(fractions, { spread: 'even', seed: 1 }))).toEqual([150, 350]);
  });

  it.each([
    ['one interval', 1000, 4, 1000],
    ['a part of an interval', 10, 4, 1000],
    ['two intervals', 2000, 4, 2000],
    ['more than a part of two', 2001, 6, 3000],
    ['longer than the trace', 9000, 6, 9000],
  ])('peak over %s', (_, windowUs, queries, width) => {
    expect(peakOfCounts(counts, windowUs)).toEqual({ queries, windowUs: width });
  });

  // The peak of 4 per ms is brought to 8000/s = 8 per ms: every count doubles.
  it('are multiplied to reach a peak', () => {
    const shaped = shapeCounts(counts, { spread: 'even', seed: 1, peak: { rateQps: 8000, windowMs: 1 } });
    expect(drain(shaped.open()).length).toBe(12);
    expect(shaped.endUs).toBe(3000);
  });

  it('are cut between intervals', () => {
    const shaped: ShapedTrace = shapeCounts(counts, { spread: 'even', seed: 1, fromMs: 1, toMs: 3 });
    expect(drain(shaped.open())).toEqual([1125, 1375, 1625, 1875]);
    expect(() => shapeCounts(counts, { spread: 'even', seed: 1, fromMs: 0.5 })).toThrow(
      /--from lies within an interval/,
    );
  });

  it('refuses to cut a trace into absurdly many intervals', () => {
    expect(() => countsOfArrivals(sourceOf({ arrivalsUs: Float64Array.of(1e12) }), 1)).toThrow(
      /--interval cuts the trace/,
    );
  });
});
