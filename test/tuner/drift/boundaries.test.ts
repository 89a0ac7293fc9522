/** Where exactly a finding begins, and the figures that it states: blocks worked by hand. */
import { describe, expect, it } from 'vitest';
import { type DriftPlan, driftPlan } from '../../../src/tuner/drift/drift-plan.js';
import { type DriftFinding, findDrift } from '../../../src/tuner/drift/find-drift.js';
import type { DriftBlock, StageWork } from '../../../src/tuner/drift/record.js';

const NO_WORK: StageWork = { queries: 0, items: 0, batches: 0, measuredMs: 0, expectedMs: 0 };

function blockOf({ queries = 0, peaks = [] as number[], work = {} as Partial<StageWork> }): DriftBlock {
  return { queries, peaks: Float64Array.from(peaks), stages: [{ ...NO_WORK, ...work }] };
}

function planOf(given: Partial<DriftPlan> = {}): DriftPlan {
  const stages = [{ stage: 'a', scaleFactor: 0.5 }];
  return driftPlan({ envelope: [], queries: 6000, rateQps: 10, stages, ...given });
}

/** Blocks of minutes: all queries of a minute stand in its first block of ten seconds. */
function minutesOf(counts: readonly number[]): DriftBlock[] {
  return counts.flatMap((queries) => [blockOf({ queries }), ...Array.from({ length: 5 }, () => blockOf({}))]);
}

const repeated = <T>(count: number, itemAt: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => itemAt(i));

// 10/s over 600 s. Looked at: 15 min. 70 % of the plan are 420 a minute.
describe('far below the plan', () => {
  const found = (counts: readonly number[]) => findDrift(planOf(), { blocks: minutesOf(counts) });

  it('states the rate, and over what', () => {
    const overMs = 900_000;
    expect(found(repeated(15, () => 200))).toEqual([
      { kind: 'far below the plan', rateQps: expect.closeTo(200 / 60, 9), plannedQps: 10, overMs },
    ]);
  });

  // Even counts have the variance of a Poisson process, 420 a minute: error √(420 / 15 · (1 + 900 / 600)) = √70 =
  // 8.367; 420 − 5 · 8.367 = 378.2.
  it('begins five errors below 70 %, for even traffic', () => {
    expect(found(repeated(15, () => 378))).toHaveLength(1);
    expect(found(repeated(15, () => 379))).toEqual([]);
  });

  // m + 100 and m − 100 by turns: differences of 200, variance 200² / 2 = 20 000; error √(20 000 / 15 · 2.5) = 57.735.
  // Eight minutes are high: mean m + 6.667. 420 − 5 · 57.735 = 131.3, so m = 124 is below and m = 125 is not.
  it('begins lower for uneven traffic', () => {
    const uneven = (m: number) => repeated(15, (i) => (i % 2 === 0 ? m + 100 : m - 100));
    expect(found(uneven(124))).toHaveLength(1);
    expect(found(uneven(125))).toEqual([]);
  });
});

// 10/s over 6000 s.
// 1 s windows: blocks of 10 s, p* = 1 − 0.0001^(1/20) = 0.37, n = 60, 48 must exceed.
// 10 s windows: blocks of 20 s, n = 30. Four in five are 24, but 24 have chance 1.8e-6 and 25 have 2.4e-7: 25 must.
// 4 min windows: blocks of 8 min, 12 in the trace, p* = 0.536, n = ⌈ln 1e-6 ÷ ln p*⌉ = 23.
describe('beyond the envelope', () => {
  const planFor = (...widths: number[]) =>
    planOf({ queries: 60_000, envelope: widths.map((windowMs) => ({ windowMs, queries: 100, rateQps: 0 })) });
  const found = (plan: DriftPlan, blocks: DriftBlock[]) =>
    findDrift(plan, { blocks }).filter(({ kind }) => kind === 'beyond the envelope');

  it('begins with 48 of 60 blocks, and one more query than planned', () => {
    const blocks = (exceeding: number, peak = 101) =>
      repeated(60, (i) => blockOf({ peaks: [i < exceeding ? peak : 0] }));
    expect(found(planFor(1000), blocks(48))).toHaveLength(1);
    expect(found(planFor(1000), blocks(47))).toEqual([]);
    expect(found(planFor(1000), blocks(60, 100))).toEqual([]);
  });

  it('judges two blocks as one where windows are wide, by the larger peak', () => {
    const blocks = (exceeding: number) =>
      repeated(60, (i) => blockOf({ peaks: [i % 2 === 1 && i < 2 * exceeding ? 101 : 7] }));
    const [finding] = found(planFor(10_000), blocks(25));
    expect((finding as DriftFinding & { windows: unknown }).windows).toEqual([
      { windowMs: 10_000, plannedQueries: 100, typicalQueries: 101, blocks: 30, exceeded: 25, blockMs: 20_000 },
    ]);
    expect(found(planFor(10_000), blocks(24))).toEqual([]);
  });

  // The narrow window looks back ten minutes and the wide one three hours: 300 queries in 10 s lately, 100 before.
  it('states the rate over the shortest time that is looked at', () => {
    const blocks = repeated(23 * 48, (i) => blockOf({ queries: i < 23 * 48 - 60 ? 100 : 300, peaks: [101, 101] }));
    expect(found(planFor(1000, 240_000), blocks)).toMatchObject([
      { rateQps: 30, plannedQps: 10, windows: [{ blocks: 60 }, { blocks: 23 }] },
    ]);
  });
});

describe('work', () => {
  const found = (works: Partial<StageWork>[]) =>
    findDrift(planOf({ queries: 60_000 }), { blocks: works.map((work) => blockOf({ work })) }).map(({ kind }) => kind);

  // Twenty batches of 10 ms by the profile take t + 1 and t − 1 ms by turns: error √(20 / 19 · 20) ÷ 200 = 0.02294,
  // five of them 0.1147. Slow from 1.2 + 0.1147 = 1.3147 on, fast below 1 / 1.2 − 0.1147 = 0.7186.
  it.each([
    [13.15, ['service time']],
    [13.14, []],
    [7.18, ['service time']],
    [7.19, []],
  ])('batches of %d ms for 10', (ms, expected) => {
    const works = repeated(20, (i) => ({ expectedMs: 10, batches: 1, measuredMs: ms + (i % 2 === 0 ? 1 : -1) }));
    expect(found(works)).toEqual(expected);
  });

  // 200 queries a block, 200·s ± 10 items: error √(20 / 19 · 2000) ÷ 4000 = 0.01147, with that of the plan's 60 000
  // queries 0.01147 · √(1 + 4000 / 60 000) = 0.01185. Slack 0.05: found from 0.05 + 0.0592 = 0.1092 beside 0.5.
  it.each([
    [0.6093, ['scale factor']],
    [0.6092, []],
    [0.3907, ['scale factor']],
    [0.3908, []],
  ])('a scale factor of %d for 0.5', (scaleFactor, expected) => {
    const works = repeated(20, (i) => ({ queries: 200, items: 200 * scaleFactor + (i % 2 === 0 ? 10 : -10) }));
    expect(found(works)).toEqual(expected);
  });
});
