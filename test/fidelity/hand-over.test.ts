import { describe, expect, it } from 'vitest';
import { emulatedServices, handOverCosts, withHandOver } from '../../src/fidelity/hand-over.js';
import { NO_COSTS, predict } from '../../src/fidelity/predict.js';
import type { LoggedBatch } from '../../src/model/measured/logged-batch.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, sampledProfileOf, traceOf } from '../helpers/builders.js';

const batch = (stage: string, startMs: number, endMs: number, size = 1): LoggedBatch => {
  const queries = Array.from({ length: size }, (_, query) => query);
  return { stage, number: 0, startMs, endMs, enteredMs: queries.map(() => startMs), queries };
};

/** a is emulated, b is worked by a module. */
const GIVEN = {
  pipeline: pipelineOf({ a: {}, b: { module: '/b.js' } }),
  configuration: configurationOf({ a: { maxBatchSize: 2 }, b: {} }),
  profiles: [profileOf('a', { 1: 10, 2: 16 }), profileOf('b', { 1: 5 })],
  hardware: [hardwareOf()],
  serviceModel: 'mean' as const,
  seed: 1,
};

describe('the hand-over of a batch', () => {
  it.each<readonly [string, readonly LoggedBatch[], readonly number[]]>([
    ['no batches', [], []],
    // 10.25 − 10 and 17 − 16, ascending.
    ['batches of an emulated stage', [batch('a', 0, 17, 2), batch('a', 20, 30.25)], [0.25, 1]],
    ['a batch that ends a little early, as clocks may have it', [batch('a', 0, 9.875)], [0]],
    ['a stage with a module', [batch('b', 0, 9)], []],
  ])('is measured of %s', (_, batches, costs) => {
    expect(handOverCosts(batches, emulatedServices(GIVEN))).toEqual(costs);
  });

  it('lengthens the service times of emulated stages, and of no others', () => {
    const [a, b] = withHandOver(GIVEN.profiles, { ...GIVEN, handOverMs: [1, 3] });
    expect(a!.rows.map(({ samplesMs }) => samplesMs)).toEqual([
      [11, 13],
      [17, 19],
    ]);
    expect(b!.rows[0]!.samplesMs).toEqual([5]);
  });

  it('comes on top of every sample', () => {
    const profiles = [sampledProfileOf('a', { 1: [10, 20, 30] })];
    const [a] = withHandOver(profiles, { ...GIVEN, serviceModel: 'empirical', handOverMs: [2] });
    expect(a!.rows[0]!.samplesMs).toEqual([12, 22, 32]);
  });

  it('is part of the prediction', () => {
    // 10 ms and 2 late at a, then 5 ms at b.
    const { latency } = predict({ ...GIVEN, trace: traceOf([0]), costs: { ...NO_COSTS, handOverMs: [2] }, seeds: [1] });
    expect(latency.p50Ms).toBe(17);
  });
});
