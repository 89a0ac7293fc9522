import { describe, expect, it } from 'vitest';
import { NO_COSTS, predict } from '../../src/fidelity/predict.js';
import { slowDowns, slowedProfiles } from '../../src/fidelity/slow-down.js';
import type { LoggedBatch } from '../../src/model/logged-batch.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, sampledProfileOf, traceOf } from '../helpers/builders.js';

/** Batches of `size` items, one after another from `fromMs` on, of the given times. */
function batches(
  stage: string,
  size: number,
  { fromMs, timesMs }: { fromMs: number; timesMs: readonly number[] },
): LoggedBatch[] {
  const queries = Array.from({ length: size }, (_, query) => query);
  return timesMs.map((ms, number) => {
    const startMs = fromMs + 100 * number;
    return { stage, number, startMs, endMs: startMs + ms, enteredMs: queries.map(() => startMs), queries };
  });
}

function repeated(count: number, ...timesMs: readonly number[]): number[] {
  return Array.from({ length: count }, () => timesMs).flat();
}

/** So that what begins at 10 s is in the second half. */
const WARM_UP = batches('b', 1, { fromMs: 0, timesMs: [5] });

/** a has a module, b is emulated. */
const GIVEN = {
  pipeline: pipelineOf({ a: { module: '/a.js' }, b: {} }),
  configuration: configurationOf({ a: { maxBatchSize: 2 }, b: {} }),
  profiles: [profileOf('a', { 1: 10, 2: 14 }), profileOf('b', { 1: 5 })],
  hardware: [hardwareOf()],
  serviceModel: 'mean' as const,
  seed: 1,
};

describe('the slow-down of a stage', () => {
  it.each<readonly [string, readonly LoggedBatch[], readonly { stage: string; times: number }[]]>([
    ['no batches', [], []],
    // 12 ÷ 10, 11 ÷ 10 and 21 ÷ 14, each ten times: 1.2, 1.1 and 1.5.
    [
      'batches of two sizes',
      [
        ...WARM_UP,
        ...batches('a', 1, { fromMs: 10_000, timesMs: repeated(10, 12, 11) }),
        ...batches('a', 2, { fromMs: 10_000, timesMs: repeated(10, 21) }),
      ],
      [{ stage: 'a', times: 1.2 }],
    ],
    [
      'the second half only',
      [
        ...batches('a', 1, { fromMs: 0, timesMs: repeated(40, 50) }),
        ...batches('a', 1, { fromMs: 10_000, timesMs: repeated(20, 10.5) }),
      ],
      [{ stage: 'a', times: 1.05 }],
    ],
    ['too few batches', [...WARM_UP, ...batches('a', 1, { fromMs: 10_000, timesMs: repeated(19, 12) })], []],
    ['an emulated stage', [...WARM_UP, ...batches('b', 1, { fromMs: 10_000, timesMs: repeated(50, 9) })], []],
  ])('is measured of %s', (_, logged, expected) => {
    expect(slowDowns(logged, GIVEN)).toEqual(expected.map((one) => ({ ...one, times: expect.closeTo(one.times, 9) })));
  });

  it('lengthens every time of the profile, and of no other', () => {
    const profiles = [sampledProfileOf('a', { 1: [10, 20] }), GIVEN.profiles[1]!];
    const [a, b] = slowedProfiles(profiles, { ...GIVEN, slowDowns: [{ stage: 'a', times: 1.5 }] });
    expect(a!.rows[0]).toMatchObject({ meanMs: 22.5, samplesMs: [15, 30] });
    expect(b).toEqual(GIVEN.profiles[1]);
  });

  it('is the mean of those of the stages that share a profile', () => {
    const shared = {
      pipeline: pipelineOf({ a: { model: 'm' }, b: { model: 'm' } }),
      configuration: configurationOf({ a: {}, b: {} }),
      slowDowns: [
        { stage: 'a', times: 1 },
        { stage: 'b', times: 2 },
      ],
    };
    expect(slowedProfiles([profileOf('m', { 1: 10 })], shared)[0]!.rows[0]!.meanMs).toBe(15);
  });

  it('is part of the prediction', () => {
    // 10 ms, half as long again, at a, then 5 ms at b.
    const costs = { ...NO_COSTS, slowDowns: [{ stage: 'a', times: 1.5 }] };
    const { latency } = predict({ ...GIVEN, trace: traceOf([0]), costs, seeds: [1] });
    expect(latency.p50Ms).toBe(20);
  });
});
