import { describe, expect, it } from 'vitest';
import { allowedMisses } from '../../src/model/slo.js';
import { Tally } from '../../src/simulation/tally.js';
import { diceOf } from '../helpers/random-pipelines.js';

function tallyOf(valuesUs: readonly number[]): Tally {
  const tally = new Tally();
  const laterUs = Float64Array.from(valuesUs);
  tally.addDifferences({ laterUs, earlierUs: new Float64Array(laterUs.length), from: 0, to: laterUs.length, mask: -1 });
  return tally;
}

const oneTo = (n: number) => Array.from({ length: n }, (_, index) => n - index);

describe('nearest rank: the smallest value that the share does not exceed', () => {
  it.each<readonly [string, readonly number[], number, number]>([
    // name, values, percentile, value at rank ⌈count · percentile ÷ 100⌉
    ['p99 of 1 to 100', oneTo(100), 99, 99],
    // ⌈99.99⌉ = 100
    ['p99 of 1 to 101', oneTo(101), 99, 100],
    // ⌈9.9⌉ = 10
    ['p99 of 1 to 10', oneTo(10), 99, 10],
    ['p50 of an even count is the lower middle', oneTo(4), 50, 2],
    ['p50 of an odd count is the middle', oneTo(5), 50, 3],
    // 1000 · 0.999 = 999 exactly, not 999.0000000000001
    ['p99.9 of 1 to 1000', oneTo(1000), 99.9, 999],
    ['p99.99 of 1 to 1000', oneTo(1000), 99.99, 1000],
    ['p100 is the largest', oneTo(7), 100, 7],
    ['the lowest is the smallest', oneTo(1000), 0.0001, 1],
    ['one value is every percentile', [42], 1, 42],
    ['equal values up to their share', [5, 5, 5, 9], 75, 5],
    ['and no further', [5, 5, 5, 9], 75.0001, 9],
    ['zeros count', [0, 0, 0], 99, 0],
    ['values beyond eight seconds', [9_000_000, 20_000_000, 1, 86_400_000_000], 75, 20_000_000],
    ['values on both sides of it', [8_388_607, 8_388_608, 8_388_609], 50, 8_388_608],
    ['nothing counted', [], 99, 0],
  ])('%s', (_name, values, percentile, us) => {
    expect(tallyOf(values).percentileUs(percentile)).toBe(us);
  });
});

it('summarises in milliseconds', () => {
  // 1 to 100 ms: mean 50.5; ranks 50, 90, 95, 99 and ⌈99.9⌉ = 100.
  expect(tallyOf(oneTo(100).map((ms) => ms * 1000)).summary()).toEqual({
    meanMs: 50.5,
    p50Ms: 50,
    p90Ms: 90,
    p95Ms: 95,
    p99Ms: 99,
    p999Ms: 100,
    maxMs: 100,
  });
  expect(tallyOf([]).summary()).toMatchObject({ meanMs: 0, p50Ms: 0, p999Ms: 0, maxMs: 0 });
});

it('takes differences of the rows of a window that wraps', () => {
  const tally = new Tally();
  // Rows 6 to 9 of a window of 8 stand at 6, 7, 0 and 1: 7, 8, 1 and 2 µs.
  const laterUs = Float64Array.of(101, 102, 0, 0, 0, 0, 107, 108);
  tally.addDifferences({ laterUs, earlierUs: new Float64Array(8).fill(100), from: 6, to: 10, mask: 7 });
  expect([tally.count, tally.percentileUs(25), tally.percentileUs(100)]).toEqual([4, 1, 8]);
});

it('L15: agrees with sorting, and a percentile is within a limit if and only if no more miss it than may', {
  tags: ['slow'],
}, () => {
  for (let seed = 0; seed < 400; seed++) {
    const dice = diceOf(seed, 'tally');
    const largest = dice.oneOf([3, 1000, 1000, 70_000, 70_000, 2_000_000_000, seed < 50 ? 9_000_000 : 200_000]);
    const values = Array.from({ length: dice.whole(1, 300) }, () => dice.whole(0, largest));
    const sorted = values.toSorted((a, b) => a - b);
    const tally = tallyOf(values);
    const percentile = dice.oneOf([1, 50, 90, 99, 99.9, 99.9999, 100, dice.whole(1, 1_000_000) / 10_000]);
    const limitUs = dice.chance(0.5) ? dice.oneOf(values) : dice.whole(0, largest);
    const context = `seed ${seed}`;

    const atMost = sorted.filter((value) => value <= limitUs).length;
    expect(tally.countAtMost(limitUs), context).toBe(atMost);
    const found = tally.percentileUs(percentile);
    // Counted in whole ten-thousandths of a per cent, so that no share is rounded.
    const enough = (count: number) => count * 1_000_000 >= Math.round(percentile * 10_000) * values.length;
    expect(enough(sorted.filter((value) => value <= found).length), context).toBe(true);
    expect(enough(sorted.filter((value) => value < found).length), context).toBe(false);
    expect(found <= limitUs, context).toBe(values.length - atMost <= allowedMisses(values.length, percentile));
  }
});
