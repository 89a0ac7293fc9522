/** What `simulate` says of a run, worked by hand. The rules of the run itself are in pipeline-run.test.ts. */
import { describe, expect, it } from 'vitest';
import type { InputError } from '../../src/errors.js';
import { type ArrivalSource, sourceOf } from '../../src/model/trace.js';
import { type SimulationInput, simulate } from '../../src/simulation/simulate.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, sampledProfileOf, traceOf } from '../helpers/builders.js';

/** One stage of 10 ms an item and 16 ms for four, one replica, one item at a time. */
function inputOf(arrivalsMs: readonly number[], given: Partial<SimulationInput> = {}): SimulationInput {
  return {
    pipeline: pipelineOf({ a: {} }),
    configuration: configurationOf({ a: {} }),
    profiles: [profileOf('a', { 1: 10, 4: 16 })],
    hardware: [hardwareOf()],
    arrivals: sourceOf(traceOf(arrivalsMs)),
    serviceModel: 'mean',
    seed: 1,
    ...given,
  };
}

const batches = (maxBatchSize: number, replicas = 1) => ({
  configuration: configurationOf({ a: { maxBatchSize, replicas } }),
});

describe('a run', () => {
  it('is told in counts, times and rates', () => {
    // Starts 5, 15 and 45; ends 15, 25 and 55; latencies 10, 15 and 10.
    expect(simulate(inputOf([5, 10, 45]))).toMatchObject({
      queries: 3,
      // From 5 to 55.
      spanMs: 50,
      // Two gaps in 40 ms.
      meanRateQps: 50,
      latency: { meanMs: 35 / 3, p50Ms: 10, p90Ms: 15, maxMs: 15 },
      stages: [
        {
          items: 3,
          batches: 3,
          meanBatchSize: 1,
          // 30 of 50 ms.
          utilisation: 0.6,
          // 3 · 10 ms of work offered within 40 ms.
          offeredLoadRatio: 0.75,
          queueingDelay: { meanMs: 5 / 3, p50Ms: 0, p90Ms: 5, maxMs: 5 },
          longestQueue: 1,
        },
      ],
    });
  });

  it('counts the queries that visit nothing, with latency 0', () => {
    const pipeline = pipelineOf({ a: { parents: [{ from: 'query', probability: 0 }] } });
    const result = simulate(inputOf([0, 1, 2, 3], { pipeline, slo: { latencyMs: 1, percentile: 100 } }));
    expect(result).toMatchObject({
      queries: 4,
      latency: { meanMs: 0, maxMs: 0 },
      slo: { sloAttainment: 1, holds: true },
    });
    expect(result.stages[0]).toMatchObject({ items: 0, batches: 0, meanBatchSize: 0, utilisation: 0, longestQueue: 0 });
  });

  it('of one query has no rate', () => {
    expect(simulate(inputOf([7]))).toMatchObject({
      queries: 1,
      spanMs: 10,
      meanRateQps: 0,
      costUsdPerMillionQueries: 0,
    });
  });

  it('ends its queries one by one, in their order', () => {
    // Two replicas: {0, 1} takes 12 until 12, {2} is done at 11 but is told after them.
    const ends: number[][] = [];
    const trace = [0, 0, 1];
    simulate(
      inputOf(trace, {
        ...batches(2, 2),
        onEnd: ({ from, to, mask, endUs }) => {
          for (let q = from; q < to; q++) ends.push([q, endUs[q & mask]!]);
        },
      }),
    );
    expect(ends).toEqual([
      [0, 12_000],
      [1, 12_000],
      [2, 11_000],
    ]);
  });
});

describe('utilisation', () => {
  it.each<readonly [string, readonly number[], number, number, number]>([
    // name, arrivals, max batch size, replicas, share of the time from the first arrival to the last completion
    ['is 1 where a replica never rests', [0, 0, 0, 0], 1, 1, 1],
    // Busy 10 + 10 of 2 · 20: the second replica gets nothing at 10.
    ['is shared by the replicas', [0, 10], 1, 2, 0.5],
    // {0} 10, {1, 2, 3} 14, then a rest until 76, {4} 10: 34 of 86.
    ['counts a batch once', [0, 1, 2, 3, 76], 4, 1, 34 / 86],
  ])('%s', (_name, arrivalsMs, maxBatchSize, replicas, utilisation) => {
    expect(simulate(inputOf(arrivalsMs, batches(maxBatchSize, replicas))).stages[0]!.utilisation).toBeCloseTo(
      utilisation,
      12,
    );
  });
});

describe('offered load', () => {
  const every5Ms = Array.from({ length: 101 }, (_, n) => 5 * n);
  it.each<readonly [string, number, number, number]>([
    // name, max batch size, replicas, 101 items in 500 ms over what is served in that time
    ['is above 1 in overload', 1, 1, (101 * 10) / 500],
    ['is shared by the replicas', 1, 3, (101 * 10) / 1500],
    // Of 10, 12/2, 14/3 and 16/4 ms an item the last is the best.
    ['is measured against the best batch size', 4, 1, (101 * 4) / 500],
  ])('%s', (_name, maxBatchSize, replicas, ratio) => {
    expect(simulate(inputOf(every5Ms, batches(maxBatchSize, replicas))).stages[0]!.offeredLoadRatio).toBeCloseTo(
      ratio,
      12,
    );
  });

  it('the best batch size need not be the largest', () => {
    // 20, 11 and 13 ms an item.
    const profiles = [profileOf('a', { 1: 20, 2: 22, 3: 39 })];
    expect(simulate(inputOf([0, 110], { profiles, ...batches(3) })).stages[0]!.offeredLoadRatio).toBeCloseTo(0.2, 12);
  });

  it('counts what a fan-out sends', () => {
    const pipeline = pipelineOf({ a: { parents: [{ from: 'query', fanOut: 3 }] } });
    expect(simulate(inputOf([0, 100], { pipeline })).stages[0]).toMatchObject({ items: 6, offeredLoadRatio: 0.6 });
  });

  it('of measured samples goes by their mean', () => {
    // (2 + 2 + 2 + 34) ÷ 4 = 10 ms an item, 11 items in 100 ms: a stage that cannot keep up.
    const profiles = [sampledProfileOf('a', { 1: [2, 2, 2, 34] })];
    const arrivalsMs = Array.from({ length: 11 }, (_, n) => 10 * n);
    const result = simulate(inputOf(arrivalsMs, { profiles, serviceModel: 'empirical' }));
    expect(result.stages[0]!.offeredLoadRatio).toBeCloseTo(1.1, 12);
  });
});

describe('longest queue', () => {
  it.each<readonly [string, readonly number[], number, number, number]>([
    // name, arrivals, max batch size, replicas, most that wait once an instant has dispatched
    ['leaves out what is dispatched at once', [0, 0, 0, 0], 4, 1, 0],
    ['is what a burst leaves behind', [0, 0, 0, 0, 0], 1, 1, 4],
    ['is what the replicas leave behind', [0, 0, 0, 0, 0], 1, 2, 3],
    ['grows behind a busy replica', [0, 1, 2, 3], 1, 1, 3],
    // 1 and 2 wait when 3 arrives at 10; one of the three leaves at 10.
    ['is counted after the dispatch of an instant', [0, 1, 2, 10], 1, 1, 2],
    ['one microsecond before that dispatch counts', [0, 1, 2, 9.999], 1, 1, 3],
    ['forgets what has left', [0, 0, 0, 100, 100], 1, 1, 2],
  ])('%s', (_name, arrivalsMs, maxBatchSize, replicas, longest) => {
    expect(simulate(inputOf(arrivalsMs, batches(maxBatchSize, replicas))).stages[0]!.longestQueue).toBe(longest);
  });
});

describe('the objective', () => {
  // A hundred at once, 1 ms each: latencies 1, 2, …, 100 ms.
  const hundred = { profiles: [profileOf('a', { 1: 1 })] };
  it.each<
    readonly [number, number, { misses: number; allowedMisses: number; percentileLatencyMs: number; holds: boolean }]
  >([
    // SLO in ms, percentile, …: exactly at the objective is on time.
    [99, 99, { misses: 1, allowedMisses: 1, percentileLatencyMs: 99, holds: true }],
    [98.999, 99, { misses: 2, allowedMisses: 1, percentileLatencyMs: 99, holds: false }],
    [99, 99.5, { misses: 1, allowedMisses: 0, percentileLatencyMs: 100, holds: false }],
    [100, 100, { misses: 0, allowedMisses: 0, percentileLatencyMs: 100, holds: true }],
    [50, 50, { misses: 50, allowedMisses: 50, percentileLatencyMs: 50, holds: true }],
  ])('%d ms at p%d', (latencyMs, percentile, expected) => {
    const result = simulate(inputOf(Array(100).fill(0), { ...hundred, slo: { latencyMs, percentile } }));
    expect(result.slo).toMatchObject({ latencyMs, percentile, sloAttainment: 1 - expected.misses / 100, ...expected });
    expect(result.latency).toEqual({
      meanMs: 50.5,
      p50Ms: 50,
      p90Ms: 90,
      p95Ms: 95,
      p99Ms: 99,
      p999Ms: 100,
      maxMs: 100,
    });
  });

  it('is left out where none is given', () => {
    expect(simulate(inputOf([0]))).not.toHaveProperty('slo');
  });
});

describe('cost', () => {
  it('is that of all replicas, per hour and per million queries at the mean rate', () => {
    const hardware = [hardwareOf({ costUsdPerHour: 0.36 }), hardwareOf({ name: 'gpu', costUsdPerHour: 1.5 })];
    const pipeline = pipelineOf({ a: {}, b: {} });
    const profiles = [profileOf('a', { 1: 10 }), profileOf('b', { 1: 5 }, 'gpu')];
    const configuration = configurationOf({ b: { hardware: 'gpu', replicas: 2 }, a: { replicas: 3 } });
    // One gap of 20 ms: 50/s, 180 000 an hour.
    const result = simulate(inputOf([0, 20], { hardware, pipeline, profiles, configuration }));
    expect(result.costUsdPerHour).toBe(4.08);
    expect(result.costUsdPerMillionQueries).toBeCloseTo(4.08 / 0.18, 12);
    expect(result.stages.map(({ stage, costUsdPerHour }) => [stage, costUsdPerHour])).toEqual([
      ['a', 1.08],
      ['b', 3],
    ]);
  });
});

describe('a trace that is read in blocks', () => {
  it('gives what it gives at once, equal instants on both sides of a block included', () => {
    // 9000 arrivals, three to an instant: 4096, the size of a block, is not a multiple of three.
    const arrivalsMs = Array.from({ length: 9000 }, (_, n) => Math.floor(n / 3) * 13);
    const whole = simulate(inputOf(arrivalsMs, batches(4)));
    for (const most of [1, 2, 4095]) {
      const progress: number[] = [];
      const arrivals = inBlocks(sourceOf(traceOf(arrivalsMs)), most);
      expect(
        simulate(inputOf([], { ...batches(4), arrivals, onProgress: (queries) => progress.push(queries) })),
      ).toEqual(whole);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    }
    // Three at a time, 14 ms, every 13 ms: never idle, never apart.
    expect(whole.stages[0]).toMatchObject({ items: 9000, meanBatchSize: expect.closeTo(3.2, 0) });
  });

  function inBlocks(source: ArrivalSource, most: number): ArrivalSource {
    return { read: (block) => source.read(block.subarray(0, most)) };
  }
});

describe('refuses', () => {
  it.each<readonly [string, Partial<SimulationInput>, string, string]>([
    [
      'an empty trace',
      { arrivals: sourceOf(traceOf([])) },
      'TRACE_EMPTY',
      'trace = no arrivals, must hold at least one',
    ],
    ['a stage without configuration', { configuration: [] }, 'STAGE_UNCONFIGURED', 'configuration: stage a is missing'],
    ['hardware without a profile', { profiles: [] }, 'PROFILE_ROW_MISSING', 'stage a: no profile of a on cpu'],
    ['hardware without a price', { hardware: [] }, 'HARDWARE_UNKNOWN', 'hardware = cpu, must be one of '],
    [
      'a batch beyond the largest measured one',
      batches(5),
      'BATCH_SIZE_NOT_PROFILED',
      'a on cpu: max batch size = 5, must be an integer from 1 to 4, the largest profiled size',
    ],
  ])('%s', (_name, given, code, problem) => {
    expect(() => simulate(inputOf([0], given))).toThrow(
      expect.objectContaining({ code, problems: [problem] }) as unknown as InputError,
    );
  });
});
