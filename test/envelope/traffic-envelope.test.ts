import { describe, expect, it } from 'vitest';
import { envelopeWindowsMs, slidingWindows, trafficEnvelope } from '../../src/envelope/traffic-envelope.js';
import { randomStream } from '../../src/random.js';

function queriesIn(
  arrivalsUs: readonly number[],
  windowsUs: readonly number[],
  blockSize = arrivalsUs.length,
): number[] {
  const windows = slidingWindows(windowsUs.map((us) => us / 1000));
  for (let from = 0; from < arrivalsUs.length; from += blockSize) {
    const block = Float64Array.from(arrivalsUs.slice(from, from + blockSize));
    windows.add(block, block.length);
  }
  return windows.peaks().map(({ queries }) => queries);
}

/** Every half-open window that starts at an arrival. */
function bruteForce(arrivalsUs: readonly number[], windowUs: number): number {
  return Math.max(
    0,
    ...arrivalsUs.map((start) => arrivalsUs.filter((us) => us >= start && us < start + windowUs).length),
  );
}

function randomArrivals(seed: number): number[] {
  const uniform = randomStream(seed, 'envelope');
  let us = 0;
  // Gaps of 0 to 3 µs make ties and windows that end exactly at an arrival common.
  return Array.from({ length: 300 }, () => {
    us += uniform() < 0.1 ? Math.floor(uniform() * 500) : Math.floor(uniform() * 4);
    return us;
  });
}

describe('widths', () => {
  it.each([
    [100, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000]],
    [30_000, [30_000, 60_000]],
    [15_000, [15_000, 30_000, 60_000]],
    [60_000, [60_000]],
    [90_000, [90_000]],
    [59_999, [59_999, 60_000]],
  ])('from %d ms', (smallestMs, expected) => {
    expect(envelopeWindowsMs(smallestMs)).toEqual(expected);
  });

  it('from 0 start at a microsecond', () => {
    expect(envelopeWindowsMs(0)[0]).toBe(0.001);
  });
});

describe('most arrivals in a half-open window', () => {
  it.each<[string, number[], number, number]>([
    ['an arrival at the end is outside', [0, 1000, 2000, 10_000], 2000, 2],
    ['a microsecond more takes it in', [0, 1000, 2000, 10_000], 2001, 3],
    ['one arrival', [5], 1000, 1],
    ['none', [], 1000, 0],
    ['equal instants', [7, 7, 7], 1, 3],
    ['the whole trace', [0, 1, 2, 3], 60_000_000, 4],
    ['the burst stands at the end', [0, 5000, 9000, 9001, 9002], 10, 3],
  ])('%s', (_, arrivalsUs, windowUs, expected) => {
    expect(queriesIn(arrivalsUs, [windowUs])).toEqual([expected]);
  });

  // 4 arrivals in 100 ms, 5 in 200 ms: 40/s and 25/s.
  it('gives rates', () => {
    const arrivalsUs = Float64Array.of(0, 10_000, 20_000, 99_999, 100_000);
    expect(trafficEnvelope({ arrivalsUs }, { smallestWindowMs: 100 }).slice(0, 2)).toEqual([
      { windowMs: 100, queries: 4, rateQps: 40 },
      { windowMs: 200, queries: 5, rateQps: 25 },
    ]);
  });
});

describe('laws over random traces', () => {
  const widthsUs = [1, 2, 3, 5, 8, 13, 40, 41, 81, 400, 10_000];
  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))('seed %d', (seed) => {
    const arrivalsUs = randomArrivals(seed);
    const queries = queriesIn(arrivalsUs, widthsUs);
    expect(queries).toEqual(widthsUs.map((width) => bruteForce(arrivalsUs, width)));
    expect(queries).toEqual(queriesIn(arrivalsUs, widthsUs, 7)); // read in other blocks
    expect(queries).toEqual([...queries].sort((a, b) => a - b)); // non-decreasing in the width
    for (const [i, a] of widthsUs.entries()) {
      for (const [j, b] of widthsUs.entries()) {
        expect(queriesIn(arrivalsUs, [a + b])[0]).toBeLessThanOrEqual(queries[i]! + queries[j]!); // sub-additive
      }
    }
  });

  it('more arrivals than the ring first holds', () => {
    const arrivalsUs = Array.from({ length: 5000 }, (_, i) => i);
    expect(queriesIn(arrivalsUs, [3000, 10, 100_000], 700)).toEqual([3000, 10, 5000]);
  });
});
