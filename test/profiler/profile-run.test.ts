import { describe, expect, it } from 'vitest';
import type { MeasuredRow } from '../../src/model/measured/measured-row.js';
import { thinned } from '../../src/profiler/make-row.js';
import { measurePaced } from '../../src/profiler/measure-paced.js';
import { couldBeUsed, leastVisitShares, stagesToMeasure } from '../../src/profiler/measurement-list.js';
import { type ProfilingRun, runProfiling } from '../../src/profiler/profile-run.js';
import { DEFAULT_QUIET } from '../../src/profiler/quiet-blocks.js';
import { DEFAULT_GOAL } from '../../src/profiler/stop-rule.js';
import { pipelineOf } from '../helpers/builders.js';
import { type FakeProfilingOptions, FakeProfilingTarget } from '../helpers/fake-profiling-target.js';

const TWO = pipelineOf({
  a: { model: 'A' },
  b: { model: 'B' },
});

async function profile(
  options: FakeProfilingOptions = {},
  given: Partial<ProfilingRun> = {},
  isStopped = (_: FakeProfilingTarget) => false,
) {
  const target = new FakeProfilingTarget({ stages: [{ stage: 'a' }, { stage: 'b' }], ...options });
  const rows: MeasuredRow[] = [];
  const left: number[] = [];
  const batchSizes = [1, 2, 4];
  const { slo } = given;
  const leftOut = await runProfiling(
    {
      target,
      stages: stagesToMeasure({ pipeline: TWO, available: target.describe().stages, batchSizes, ...(slo && { slo }) }),
      curves: ['hot', 'paced'],
      finished: [],
      hardware: 'cpu',
      source: 'test',
      duty: 0.5,
      seed: 1,
      onRow: (row) => rows.push(row),
      onProgress: ({ longestLeftMs }) => left.push(longestLeftMs),
      ...given,
    },
    {
      budgetMs: 4000,
      goal: DEFAULT_GOAL,
      quiet: DEFAULT_QUIET,
      nowMs: () => target.nowMs,
      isStopped: () => isStopped(target),
    },
  );
  const names = rows.map(({ model, curve, batchSize }) => `${model} ${curve} ${batchSize}`);
  return { target, rows, names, leftOut, left };
}

const HOT = ['A hot 1', 'A hot 2', 'A hot 4', 'B hot 1', 'B hot 2', 'B hot 4'];
const PACED = ['A paced 1', 'A paced 2', 'A paced 4', 'B paced 1', 'B paced 2', 'B paced 4'];

describe('thinned', () => {
  it('takes samples evenly over time', () => {
    // Places 0, 1.5, 3 and 4.5 of six.
    expect(thinned([5, 1, 4, 2, 3, 6], 4)).toEqual([5, 1, 2, 3]);
    expect(thinned([5, 1], 4)).toEqual([5, 1]);
  });
});

describe('runProfiling', () => {
  it('measures every size of every stage hot, then all paced together', async () => {
    const { names, leftOut, target } = await profile();
    expect(names).toEqual([...HOT, ...PACED]);
    expect(leftOut).toEqual([]);
    expect(target.blocks.at(-1)!.map(({ stage }) => stage)).toEqual(['a', 'b']);
  });

  it('lets queries come in while it measures paced, and only then', async () => {
    const { target } = await profile();
    const [queries, ...more] = target.accompanied;
    expect(more).toEqual([]);
    // Both stages take 1 ms for one item; at a duty of a half that is 500 queries/s.
    expect(queries).toMatchObject({ rateQps: 500, toBlock: target.blocks.length });
    expect(target.blocks[queries!.fromBlock - 1]!).toHaveLength(1);
    expect(target.blocks[queries!.fromBlock]!).toHaveLength(2);
  });

  it('ends those queries when the target is lost', async () => {
    const target = new FakeProfilingTarget();
    target.runBatches = () => Promise.reject(new Error('lost'));
    const one = { stage: 'a', replicas: 1, itemsPerQuery: 1, expected: [{ batchSize: 1, serviceMs: 4 }] };
    const origin = { model: 'A', hardware: 'cpu', runtime: 'fake', source: 'test' };
    const options = {
      budgetMs: 1000,
      goal: DEFAULT_GOAL,
      quiet: DEFAULT_QUIET,
      nowMs: () => 0,
      isStopped: () => false,
    };
    await expect(measurePaced(target, { stages: [{ ...one, origin }], duty: 0.5, seed: 1 }, options)).rejects.toThrow(
      'lost',
    );
    expect(target.accompanied).toEqual([{ fromBlock: 0, rateQps: 125, toBlock: 0 }]);
  });

  it('needs the hot medians for the paced curve, and keeps their rows to itself', async () => {
    expect((await profile({}, { curves: ['paced'] })).names).toEqual(PACED);
  });

  it('tells a time left that never grows', async () => {
    const { left } = await profile();
    expect(left).toEqual(left.toSorted((a, b) => b - a));
  });

  it('leaves out rows that are there, and takes their medians', async () => {
    const finished = (['hot', 'paced'] as const).flatMap((curve) =>
      [1, 2, 4].map((batchSize) => ({ model: 'A', curve, batchSize, p50Ms: batchSize })),
    );
    const { names, target } = await profile({}, { finished });
    expect(names).toEqual([...HOT.slice(3), ...PACED.slice(3)]);
    expect(target.blocks.flat().some(({ stage }) => stage === 'a')).toBe(false);
  });

  it('keeps finished rows when it is stopped', async () => {
    // Hot rows take a little over 2 s each here; the third is under way at 7 s.
    const { names, leftOut } = await profile({ serviceMs: () => 100 }, {}, (target) => target.nowMs > 7000);
    expect(names).toEqual(['A hot 1']);
    expect(leftOut).toEqual([]);
  });

  it('marks a size that is faster than a smaller one', async () => {
    const { rows } = await profile({ serviceMs: (size) => (size === 4 ? 3 : 2 * size) }, { curves: ['hot'] });
    // 2, 4 and 3 ms: size 4 is faster than size 2.
    expect(rows.filter(({ model }) => model === 'A').map(({ remarks }) => remarks)).toEqual([
      [],
      [],
      ['not monotonic: faster than batch size 2'],
    ]);
  });

  it('scales sizes that were met too rarely from size 1', async () => {
    // Size 4 fails while paced: it is then made from size 1 and the hot ratio of 40 to 10.
    let isHot = true;
    const { rows } = await profile(
      { serviceMs: (size) => 10 * size, failure: (size) => (!isHot && size === 4 ? 'no' : undefined) },
      {
        onProgress: ({ curve }) => {
          isHot = curve === 'hot';
        },
      },
    );
    const row = rows.find(({ model, curve, batchSize }) => model === 'A' && curve === 'paced' && batchSize === 4)!;
    expect(row).toMatchObject({ samples: 0, meanMs: 40 });
    expect(row.remarks).toContain('scaled from batch size 1 by the hot curve');
  });

  it('stops at the first size that takes longer than the SLO', async () => {
    const slo = { latencyMs: 15, percentile: 99 };
    const { names, leftOut } = await profile({ serviceMs: (size) => 10 * size }, { slo, curves: ['hot'] });
    // 10, 20 and 40 ms: 20 ms is still measured, which shows that it is too long; 40 ms is not.
    expect(names).toEqual(['A hot 1', 'A hot 2', 'B hot 1', 'B hot 2']);
    expect(leftOut.map(({ stage, batchSize, isFailure }) => [stage, batchSize, isFailure])).toEqual([
      ['a', 4, false],
      ['b', 4, false],
    ]);
  });

  it('tells what could not be measured', async () => {
    const { leftOut } = await profile({ failure: (size) => (size === 4 ? 'out of memory' : undefined) });
    expect(leftOut.filter(({ curve }) => curve === 'hot').map(({ stage, reason }) => `${stage}: ${reason}`)).toEqual([
      'a: out of memory',
      'b: out of memory',
    ]);
  });
});

describe('what is measured', () => {
  it('is each model once, up to the largest size the server takes', () => {
    const pipeline = pipelineOf({
      a: { model: 'M' },
      b: { model: 'M' },
    });
    const available = [{ stage: 'a', largestBatchSize: 2 }, { stage: 'b' }];
    expect(stagesToMeasure({ pipeline, available, batchSizes: [1, 2, 4] })).toEqual([
      { stage: 'a', model: 'M', itemsPerQuery: 1, batchSizes: [1, 2], isBoundBySlo: false },
    ]);
  });

  it('counts how many queries visit a stage at least', () => {
    // b: 0.5. c from a at 0.1 or from b at 1: at least 0.5.
    const pipeline = pipelineOf({
      a: {},
      b: { parents: [{ from: 'a', probability: 0.5 }] },
      c: { parents: [{ from: 'a', probability: 0.1 }, 'b'] },
    });
    expect(leastVisitShares(pipeline)).toEqual([1, 0.5, 0.5]);
  });

  // One query in a hundred may be late at p99: a stage that fewer visit is bound by no objective.
  it.each([
    [0.02, 30, false],
    [0.02, 20, true],
    [0.005, 30, true],
  ])('of a stage that a share of %d visits, a batch of %d ms under 25 ms: %s', (probability, ms, expected) => {
    const pipeline = pipelineOf({ a: {}, b: { parents: [{ from: 'a', probability }] } });
    const slo = { latencyMs: 25, percentile: 99 };
    const [, stage] = stagesToMeasure({ pipeline, available: [{ stage: 'a' }, { stage: 'b' }], batchSizes: [1], slo });
    expect(couldBeUsed(ms, stage!, slo)).toBe(expected);
  });
});
