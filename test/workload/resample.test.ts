import { describe, expect, it } from 'vitest';
import type { ArrivalTrace } from '../../src/model/trace.js';
import { blockLengthMs, fitArrivals } from '../../src/workload/fit-arrivals.js';
import { freshTraffic } from '../../src/workload/fresh-traffic.js';
import { resampleArrivals } from '../../src/workload/resample.js';
import { traceOf } from '../helpers/builders.js';
import { diceOf } from '../helpers/random-pipelines.js';
import { intervalOf } from '../helpers/replications.js';

function resampled(
  trace: ArrivalTrace,
  options: { blockMs: number; seed: number; count: number; fitSeed?: number },
): Float64Array {
  const drawn = new Float64Array(options.count);
  expect(resampleArrivals(trace, options).read(drawn)).toBe(options.count);
  return drawn;
}

/** Gaps of 1000 + i µs in a random order: each tells where in the trace it is from. */
function traceOfUniqueGaps(gaps: number): ArrivalTrace {
  const dice = diceOf(1, 'gaps');
  const order = Array.from({ length: gaps }, (_, i) => i);
  for (let i = gaps - 1; i > 0; i--) {
    const j = dice.whole(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  let nowUs = 5_000;
  return { arrivalsUs: Float64Array.from([0, ...order.map((i) => 1000 + i)], (gapUs) => (nowUs += gapUs)) };
}

describe.each([
  ['of the trace itself', {}],
  ['of another trace made of it', { fitSeed: 5 }],
])('a trace of 2000 gaps, no two alike, in blocks of 100 ms %s', (_, fit) => {
  const trace = traceOfUniqueGaps(2_000);
  const drawn = resampled(trace, { blockMs: 100, seed: 1, count: 5_000, ...fit });

  it('gives whole microseconds that never decrease', () => {
    expect(drawn.every((us, i) => Number.isInteger(us) && (i === 0 || us >= drawn[i - 1]!))).toBe(true);
  });

  it('keeps what stands within a block: only where blocks meet does a gap not follow the one it follows in the trace', () => {
    const following = new Map<number, number>();
    const gapsOf = (us: Float64Array) => Array.from(us.subarray(1), (at, i) => at - us[i]!);
    const own = gapsOf(trace.arrivalsUs);
    for (let i = 0; i + 1 < own.length; i++) following.set(own[i]!, own[i + 1]!);
    const gaps = gapsOf(drawn);
    const broken = gaps.filter((gap, i) => i > 0 && following.get(gaps[i - 1]!) !== gap).length;
    // Two breaks where two pieces meet: the gap across, and the one after it. The ring's own seam adds as many. A block of
    // another trace is two pieces.
    const pieces = Math.ceil(drawn.at(-1)! / 100_000) * ('fitSeed' in fit ? 2 : 1);
    expect(broken).toBeGreaterThan(0);
    expect(broken).toBeLessThanOrEqual(4 * pieces);
  });

  it('is the same however it is read', () => {
    const source = resampleArrivals(trace, { blockMs: 100, seed: 1, count: 5_000, ...fit });
    const pieces: number[] = [];
    const block = new Float64Array(7);
    for (let n = source.read(block); n > 0; n = source.read(block)) pieces.push(...block.subarray(0, n));
    expect(pieces).toEqual(Array.from(drawn));
  });

  it('differs with the seed', () => {
    expect(resampled(trace, { blockMs: 100, seed: 2, count: 5_000, ...fit })).not.toEqual(drawn);
  });
});

it('draws from different recordings differ by more than draws from one', () => {
  // Rate changes every 5 s, at random: what a minute of it holds depends on which minute was recorded.
  const dice = diceOf(2, 'rates');
  let nowMs = 0;
  const arrivalsMs = Array.from({ length: 3_000 }, (_, i) => {
    nowMs += i % 100 === 0 ? dice.whole(0, 5_000) : 10;
    return nowMs;
  });
  const trace = traceOf(arrivalsMs);
  const spread = (fitSeed: (seed: number) => number) => {
    const spans = Array.from({ length: 200 }, (_, seed) => {
      return resampled(trace, { blockMs: 5_000, seed, count: 3_000, fitSeed: fitSeed(seed) }).at(-1)!;
    });
    const mean = spans.reduce((sum, us) => sum + us, 0) / 200;
    return spans.reduce((sum, us) => sum + (us - mean) ** 2, 0) / 199;
  };
  // Recorded once more, the variance is that of two independent draws of one length: twice as large. 200 spans give a variance to
  // within 10 %, and a single recording may be an even or an uneven one.
  const ratio = spread((seed) => seed) / spread(() => 3);
  expect(ratio).toBeGreaterThan(1.3);
});

it('has the rate of the trace in the mean', () => {
  // A burst of 100 in the middle of a sparse minute. Rate 400 arrivals in a ring of 59.85 s + one mean gap.
  const arrivalsMs = Array.from({ length: 300 }, (_, i) => 200 * i + 50);
  const trace = traceOf([...arrivalsMs, ...Array.from({ length: 100 }, (_, i) => 30_000 + i)].sort((a, b) => a - b));
  const spans = Array.from({ length: 200 }, (_, seed) => {
    return resampled(trace, { blockMs: 5_000, seed, count: 4_000 }).at(-1)!;
  });
  const gapUs = (299 * 200_000) / 399;
  const { low, high } = intervalOf(spans);
  // The draw ends within the block of its last query, and the busy block is more likely to be that one.
  expect(low / 4_000).toBeLessThan(gapUs * 1.03);
  expect(high / 4_000).toBeGreaterThan(gapUs * 0.97);
});

it('keeps arrivals at one instant together', () => {
  const trace = traceOf(Array.from({ length: 400 }, (_, i) => Math.floor(i / 4) * 37));
  const drawn = resampled(trace, { blockMs: 500, seed: 3, count: 4_000 });
  const runs = new Map<number, number>();
  for (const us of drawn) runs.set(us, (runs.get(us) ?? 0) + 1);
  runs.delete(drawn.at(-1)!);
  expect([...runs.values()].every((n) => n % 4 === 0)).toBe(true);
});

it.each([
  ['one arrival', [3]],
  ['arrivals at one instant', [3, 3, 3]],
  ['a trace shorter than a block', [0, 1, 5, 6]],
])('%s can be drawn from for ever', (_, arrivalsMs) => {
  const drawn = resampled(traceOf(arrivalsMs), { blockMs: 5_000, seed: 1, count: 1_000 });
  expect(drawn.every((us, i) => i === 0 || us >= drawn[i - 1]!)).toBe(true);
});

describe.each(['gamma', 'blocks'] as const)('fresh traffic, %s', (kind) => {
  const trace = traceOfUniqueGaps(500);
  const model = kind === 'gamma' ? ({ kind, rateQps: 800, cv: 1.5 } as const) : ({ kind, blockMs: 50 } as const);
  const readAll = (replication: number, seed = 1) => {
    const drawn = new Float64Array(1_000);
    const count = freshTraffic(trace, model, { seed }).open(replication).read(drawn);
    return drawn.slice(0, count);
  };

  it('has as many queries as the trace, the same at every reading', () => {
    const traffic = freshTraffic(trace, model, { seed: 1 });
    const first = new Float64Array(501);
    const again = new Float64Array(501);
    expect([traffic.open(4).read(first), traffic.open(4).read(again)]).toEqual([501, 501]);
    expect(again).toEqual(first);
    expect(readAll(4)).toEqual(first);
  });

  it('differs from draw to draw and from seed to seed', () => {
    expect(readAll(1)).not.toEqual(readAll(0));
    expect(readAll(0, 2)).not.toEqual(readAll(0, 1));
  });
});

it('a draw of blocks is of the kind of the trace that it is drawn from', () => {
  // On for 500 ms at 2 ms, off for 1500 ms: no gamma process, and neither is what is drawn from it.
  const trace = traceOf(Array.from({ length: 15_000 }, (_, i) => 2_000 * Math.floor(i / 250) + 2 * (i % 250)));
  const drawn = { arrivalsUs: resampled(trace, { blockMs: 6_000, seed: 1, count: 15_000 }) };
  expect([fitArrivals(trace).kind, fitArrivals(drawn).kind]).toEqual(['blocks', 'blocks']);
});

// Twenty recordings of 5 s blocks of a day with two arrivals: about one in seven holds none, and is made again.
it('comes to its end however few arrivals there are', () => {
  const trace = { arrivalsUs: Float64Array.of(0, 86_400_000_000) };
  for (let fitSeed = 0; fitSeed < 20; fitSeed++) {
    const drawn = resampled(trace, { blockMs: 5_000, seed: 1, count: 4, fitSeed });
    expect(drawn.every((us, i) => i === 0 || us >= drawn[i - 1]!)).toBe(true);
  }
});

it('has longer blocks for a trace of years', () => {
  const yearsMs = 50 * 365 * 86_400_000;
  const { arrivalsUs } = { arrivalsUs: Float64Array.of(0, 1, 1000 * yearsMs) };
  expect(blockLengthMs({ arrivalsUs })).toBe(yearsMs / 100_000);
  expect(blockLengthMs({ arrivalsUs: Float64Array.of(0, 30 * 86_400_000_000) })).toBe(30_000);
});
