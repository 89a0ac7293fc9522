/** The coarse-grained baselines, worked by hand. */
import { describe, expect, it } from 'vitest';
import type { Hardware } from '../../../src/model/hardware.js';
import {
  type CoarseReading,
  coarseConfiguration,
  planOfConfiguration,
} from '../../../src/planner/coarse/coarse-plan.js';
import type { PlanningInput } from '../../../src/planner/space/search-space.js';
import { hardwareOf, pipelineOf, profileOf, traceOf } from '../../helpers/builders.js';

/** 101 queries in a second, ten of them within 45 ms, so 100/s on average. */
const TRACE = traceOf(
  [
    ...Array.from({ length: 91 }, (_, i) => (i * 1000) / 90),
    ...Array.from({ length: 10 }, (_, i) => 500.1 + i * 5),
  ].sort((a, b) => a - b),
);

const GPU: Hardware = hardwareOf({ name: 'gpu', costUsdPerHour: 5 });

/** a: 10, 16, 28 ms at 1, 2, 4 on a cpu, half of that on a gpu. b: 20, 30, 54 ms on a cpu; a gpu is a little faster. */
function input(given: Partial<PlanningInput> & { readonly sloMs?: number } = {}): PlanningInput {
  const { sloMs = 50, ...others } = given;
  return {
    pipeline: pipelineOf({ a: {}, b: {} }),
    profiles: [
      profileOf('a', { 1: 10, 2: 16, 4: 28 }),
      profileOf('a', { 1: 5, 2: 8, 4: 14 }, 'gpu'),
      profileOf('b', { 1: 20, 2: 30, 4: 54 }),
      profileOf('b', { 1: 19, 2: 29, 4: 30 }, 'gpu'),
    ],
    hardware: [hardwareOf(), GPU],
    serviceModel: 'mean',
    seed: 1,
    trace: TRACE,
    slo: { latencyMs: sloMs, percentile: 99 },
    ...others,
  };
}

const reading = (given: Partial<CoarseReading> = {}): CoarseReading => {
  return { rate: 'mean', hardware: 'cheapest', leavesRoom: false, ...given };
};

describe('coarse-grained plans', () => {
  it.each<
    readonly [
      string,
      number,
      Partial<CoarseReading>,
      { hardware: string; batch: number; units: number; unitQps: number },
    ]
  >([
    // Batches of 2 take 16 + 30 = 46 ms; b does 2 ÷ 30 ms = 66.7/s, so 100/s need two units.
    ['the cheapest mix at the mean rate', 50, {}, { hardware: 'cpu', batch: 2, units: 2, unitQps: 200 / 3 }],
    // 28 + 54 = 82 ms at 4; b does 4 ÷ 54 ms = 74.1/s.
    ['a looser objective takes larger batches', 82, {}, { hardware: 'cpu', batch: 4, units: 2, unitQps: 4000 / 54 }],
    // Twice 30 ms is 60 ms, twice 46 is more than 82.
    ['room for a batch of waiting', 82, { leavesRoom: true }, { hardware: 'cpu', batch: 1, units: 2, unitQps: 50 }],
    // On gpus batches of 4 take 14 + 30 = 44 ms; b does 133/s.
    ['the fastest hardware', 50, { hardware: 'fastest' }, { hardware: 'gpu', batch: 4, units: 1, unitQps: 4000 / 30 }],
  ])('%s', (_, sloMs, given, { hardware, batch, units, unitQps }) => {
    const plan = coarseConfiguration(input({ sloMs }), reading(given))!;
    expect(plan.rateQps).toBeCloseTo(100, 9);
    expect(plan.unitQps).toBeCloseTo(unitQps, 9);
    expect(plan.units).toBe(units);
    expect(plan.configuration).toEqual(
      ['a', 'b'].map((stage) => ({ stage, hardware, maxBatchSize: batch, replicas: units })),
    );
  });

  it('plans for the highest rate in a window as long as the objective', () => {
    // Of 45 ms from 500.1 ms on: the ten, and of the steady stream (every 11.1 ms) those at 511.1, 522.2, 533.3, 544.4;
    // a window of 50 ms that begins just before 500.1 ms also holds the one at 500 ms.
    const { rateQps, units } = coarseConfiguration(input(), reading({ rate: 'peak' }))!;
    expect(rateQps).toBeCloseTo(15 / 0.05, 9);
    // 300 ÷ 66.7 = 4.5.
    expect(units).toBe(5);
  });

  it('mixes hardware where only some must be fast', () => {
    // 28 ms: 10 + 20 is too long; a on a gpu makes 25, b on one 29.
    const { configuration } = coarseConfiguration(input({ sloMs: 28 }), reading())!;
    expect(configuration.map(({ hardware }) => hardware)).toEqual(['gpu', 'cpu']);
  });

  it('takes items into account: a unit does as many queries as its slowest stage', () => {
    const pipeline = pipelineOf({ a: {}, b: { parents: [{ from: 'a', fanOut: 3 }] } });
    // b has three items a query: 66.7 ÷ 3 = 22.2 queries/s, so 100/s need five units.
    expect(coarseConfiguration(input({ pipeline }), reading())!.units).toBe(5);
  });

  it('has nothing where no batch size meets the objective', () => {
    expect(coarseConfiguration(input({ sloMs: 20 }), reading())).toBeUndefined();
    expect(coarseConfiguration(input({ sloMs: 20 }), reading({ hardware: 'fastest' }))).toBeUndefined();
  });

  it('makes a plan that others can read, with the planned envelope', () => {
    const given = input();
    const { configuration } = coarseConfiguration(given, reading())!;
    const plan = planOfConfiguration(given, configuration, 'cg-mean');
    expect(plan.stages.map(({ replicas, throughputQps }) => [replicas, throughputQps])).toEqual([
      [2, 125],
      [2, 66.666667],
    ]);
    expect(plan.costUsdPerHour).toBe(4);
    expect(plan.envelope[0]!.windowMs).toBe(46);
  });
});
