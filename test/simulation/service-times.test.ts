import { describe, expect, it } from 'vitest';
import type { InputError } from '../../src/errors.js';
import type { Profile, ServiceModel } from '../../src/model/profile.js';
import { serviceTimes } from '../../src/simulation/service-times.js';
import { profileOf, sampledProfileOf } from '../helpers/builders.js';
import { diceOf } from '../helpers/random-pipelines.js';

function tableUs(profile: Profile, serviceModel: ServiceModel = 'mean'): number[] {
  const maxBatchSize = profile.rows.at(-1)!.batchSize;
  return Array.from(serviceTimes({ profile, maxBatchSize, serviceModel, streamKey: 1 }).tableUs.slice(1));
}

function refusal(run: () => unknown): Pick<InputError, 'code' | 'problems'> {
  try {
    run();
  } catch (error) {
    const { code, problems } = error as InputError;
    return { code, problems };
  }
  throw new Error('nothing was refused');
}

describe('service time of a batch', () => {
  it.each<readonly [string, Readonly<Record<number, number>>, readonly number[]]>([
    // 10 ms and 16 ms lie 6 ms and three sizes apart: 2 ms a size.
    ['lies on the line between measured sizes', { 1: 10, 4: 16 }, [10_000, 12_000, 14_000, 16_000]],
    ['follows each piece of a broken line', { 1: 10, 2: 11, 4: 15 }, [10_000, 11_000, 13_000, 15_000]],
    ['may fall as the batch grows', { 1: 16, 4: 10 }, [16_000, 14_000, 12_000, 10_000]],
    ['below the smallest measured size is that of the smallest', { 3: 8, 4: 12 }, [8_000, 8_000, 8_000, 12_000]],
    ['is whole microseconds', { 1: 0.0014, 2: 0.0016 }, [1, 2]],
    // A third and two thirds of the way from 1 to 2 µs.
    ['is rounded to the nearest', { 1: 0.001, 4: 0.002 }, [1, 1, 2, 2]],
    ['is rounded half up', { 1: 0.0025, 2: 0.0035 }, [3, 4]],
    // (31 110 + 36 287) ÷ 2 = 33 698.5
    ['is rounded half up between sizes', { 1: 31.11, 3: 36.287 }, [31_110, 33_699, 36_287]],
    // 0.5005 and 1.0005 are a little less than they say in binary.
    ['is rounded half up as the decimals say', { 1: 0.5005, 2: 1.0005, 3: 0.50049 }, [501, 1_001, 500]],
  ])('%s', (_name, meanMs, us) => {
    expect(tableUs(profileOf('a', meanMs))).toEqual(us);
  });

  it('L17: is the exact fraction, rounded half up, on random profiles', () => {
    const dice = diceOf(1, 'profiles');
    for (let n = 0; n < 2000; n++) {
      // Profiles in tenths of a microsecond, between two sizes up to 64 apart.
      const [low, high, gap] = [dice.whole(10, 900_000), dice.whole(10, 900_000), dice.whole(1, 64)];
      const table = tableUs(profileOf('a', { 1: low / 10_000, [1 + gap]: high / 10_000 }));
      const exact = table.map((_, step) => {
        // ⌊x + ½⌋ of x = (low·(gap − step) + high·step) ÷ (10·gap), in whole numbers.
        const tenths = BigInt(low) * BigInt(gap - step) + BigInt(high) * BigInt(step);
        const whole = 20n * BigInt(gap);
        return Number((2n * tenths + 10n * BigInt(gap)) / whole);
      });
      expect(table, `${low}, ${high}, ${gap}`).toEqual(exact);
    }
  });

  it('comes from the column that the service model names', () => {
    const profile: Profile = {
      ...profileOf('a', {}),
      rows: [
        { batchSize: 1, meanMs: 10, p50Ms: 9, p95Ms: 15, p99Ms: 30, runtime: 'test', source: 'test' },
        { batchSize: 3, meanMs: 14, p50Ms: 11, p95Ms: 19, p99Ms: 50, runtime: 'test', source: 'test' },
      ],
    };
    expect(tableUs(profile, 'p50')).toEqual([9_000, 10_000, 11_000]);
    expect(tableUs(profile, 'p95')).toEqual([15_000, 17_000, 19_000]);
    expect(tableUs(profile, 'p99')).toEqual([30_000, 40_000, 50_000]);
  });
});

describe('what the profile does not say', () => {
  const profile = profileOf('a', { 1: 10, 4: 16 });

  it.each([0, -1, 1.5, 5, Number.NaN, Number.POSITIVE_INFINITY])('max batch size %d is refused', (maxBatchSize) => {
    expect(refusal(() => serviceTimes({ profile, maxBatchSize, serviceModel: 'mean', streamKey: 1 }))).toEqual({
      code: 'BATCH_SIZE_NOT_PROFILED',
      problems: [
        `a on cpu: max batch size = ${maxBatchSize}, must be an integer from 1 to 4, the largest profiled size`,
      ],
    });
  });

  it.each<readonly [ServiceModel, string, string]>([
    ['p95', 'PROFILE_COLUMN_MISSING', 'a on cpu: p95_ms at batch size 1 is blank, but --service-time p95 needs it'],
    [
      'empirical',
      'PROFILE_SAMPLES_MISSING',
      'a on cpu: no samples at batch size 1, but --service-time empirical needs some',
    ],
  ])('%s is refused where it was not measured', (serviceModel, code, problem) => {
    expect(refusal(() => serviceTimes({ profile, maxBatchSize: 4, serviceModel, streamKey: 1 }))).toEqual({
      code,
      problems: [problem],
    });
  });
});

describe('the empirical model', () => {
  function drawsOf(samplesMs: Readonly<Record<number, readonly number[]>>, b: number, streamKey = 1): number[] {
    const profile = sampledProfileOf('a', samplesMs);
    const { drawUs } = serviceTimes({ profile, maxBatchSize: b, serviceModel: 'empirical', streamKey });
    return Array.from({ length: 20_000 }, (_, batch) => drawUs!(b, batch));
  }

  it('draws every sample equally often', () => {
    const draws = drawsOf({ 1: [1, 2, 5, 9] }, 1);
    for (const us of [1_000, 2_000, 5_000, 9_000]) {
      // A quarter of 20 000, standard deviation √(20 000 · ¼ · ¾) ≈ 61: four of them.
      expect(Math.abs(draws.filter((draw) => draw === us).length - 5_000)).toBeLessThan(245);
    }
    expect(new Set(draws).size).toBe(4);
  });

  it('takes the same rank of both measured sizes in between', () => {
    // Half way: (10 + 30) ÷ 2 and (20 + 50) ÷ 2, never 10 with 50.
    expect(new Set(drawsOf({ 1: [10, 20], 3: [30, 50] }, 2))).toEqual(new Set([20_000, 35_000]));
  });

  it('has one draw per key and batch number', () => {
    const draws = drawsOf({ 1: [1, 2, 3, 4, 5, 6, 7, 8] }, 1);
    expect(drawsOf({ 1: [1, 2, 3, 4, 5, 6, 7, 8] }, 1)).toEqual(draws);
    const others = drawsOf({ 1: [1, 2, 3, 4, 5, 6, 7, 8] }, 1, 2);
    // Independent streams agree on one batch in eight.
    const agreeing = draws.filter((us, batch) => us === others[batch]).length;
    expect(Math.abs(agreeing - 2_500)).toBeLessThan(4 * 47);
  });

  it('draws nothing faster than the fastest', () => {
    const profile = sampledProfileOf('a', { 1: [3, 4, 8], 3: [5, 9] });
    const { drawUs, fastestUs } = serviceTimes({ profile, maxBatchSize: 3, serviceModel: 'empirical', streamKey: 5 });
    for (const b of [1, 2, 3]) {
      const draws = Array.from({ length: 200 }, (_, batch) => drawUs!(b, batch));
      expect(Math.min(...draws)).toBe(fastestUs[b]);
    }
    expect(Array.from(fastestUs.slice(1))).toEqual([3_000, 4_000, 5_000]);
  });
});
