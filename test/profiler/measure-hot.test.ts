import { describe, expect, it } from 'vitest';
import { type MeasureOptions, measureHot } from '../../src/profiler/measure-hot.js';
import { DEFAULT_QUIET } from '../../src/profiler/quiet-blocks.js';
import { DEFAULT_GOAL } from '../../src/profiler/stop-rule.js';
import { randomStream } from '../../src/random.js';
import { FakeProfilingTarget, NOISY, QUIET } from '../helpers/fake-profiling-target.js';

const origin = { model: 'm', hardware: 'cpu', runtime: 'fake', source: 'test' };

function optionsFor(target: FakeProfilingTarget, given: Partial<MeasureOptions> = {}): MeasureOptions {
  return {
    budgetMs: 10_000,
    goal: DEFAULT_GOAL,
    quiet: DEFAULT_QUIET,
    nowMs: () => target.nowMs,
    isStopped: () => false,
    ...given,
  };
}

const rowOf = async (target: FakeProfilingTarget, given: Partial<MeasureOptions> = {}, batchSize = 4) => {
  const result = await measureHot(target, { stage: 'a', batchSize, origin }, optionsFor(target, given));
  if ('leftOut' in result) throw new Error(result.leftOut);
  return result.row;
};

describe('measureHot', () => {
  it('ends by precision when every batch takes the same time, as soon as a 99th percentile is bounded', async () => {
    // 4 ms a batch: warm-up 2 s; blocks of 1 s hold 250 batches; 368 measurements bound a 99th percentile, so two blocks do.
    const target = new FakeProfilingTarget();
    const row = await rowOf(target);
    expect(row).toMatchObject({ stoppedBy: 'precision', samples: 500, p50Ms: 4, p99Ms: 4, p50WidthRatio: 0 });
    expect(target.nowMs).toBe(2000 + 2 * 1000);
  });

  it('ends by its budget when times spread too far, and says how wide the intervals are', async () => {
    const next = randomStream(1, 'service');
    const target = new FakeProfilingTarget({ serviceMs: () => 200 + 400 * next() });
    const row = await rowOf(target);
    expect(row.stoppedBy).toBe('budget');
    expect(row.p50WidthRatio).toBeGreaterThan(0.05);
    expect(row.p99WidthRatio).toBeUndefined();
    expect(target.nowMs).toBeGreaterThanOrEqual(10_000);
  });

  it('leaves the warm-up out', async () => {
    const target = new FakeProfilingTarget({ serviceMs: (_, n) => (n < 3 ? 1000 : 4) });
    expect((await rowOf(target)).meanMs).toBe(4);
  });

  it('throws disturbed blocks away and says so', async () => {
    let quiet = 0;
    // Of each three blocks the first is disturbed, and slower.
    let isNoisy = false;
    const target = new FakeProfilingTarget({
      serviceMs: () => (isNoisy ? 40 : 4),
      disturbance: (block) => {
        isNoisy = block % 3 === 0;
        if (!isNoisy) quiet++;
        return isNoisy ? NOISY : QUIET;
      },
    });
    const row = await rowOf(target);
    expect(row.meanMs).toBe(4);
    expect(row.remarks).toEqual([expect.stringMatching(/^\d+ of \d+ blocks disturbed and thrown away$/)]);
    expect(quiet).toBeGreaterThan(0);
  });

  it('gives up after three times its budget on a machine that is never quiet', async () => {
    const target = new FakeProfilingTarget({ disturbance: () => NOISY });
    const result = await measureHot(target, { stage: 'a', batchSize: 1, origin }, optionsFor(target));
    expect(result).toEqual({ leftOut: 'no quiet time on the machine' });
    expect(target.nowMs).toBeGreaterThanOrEqual(30_000);
    expect(target.nowMs).toBeLessThan(35_000);
  });

  it('keeps everything when it is told to, and says so', async () => {
    const target = new FakeProfilingTarget({ disturbance: () => NOISY });
    const any = { foreignCpus: Number.POSITIVE_INFINITY, stolenCpus: Number.POSITIVE_INFINITY };
    expect((await rowOf(target, { quiet: any })).remarks).toEqual(['disturbed blocks kept']);
  });

  it('says that nobody watched a machine that cannot be watched', async () => {
    const target = new FakeProfilingTarget({ disturbance: () => undefined });
    expect((await rowOf(target)).remarks).toEqual(['machine not watched']);
  });

  it('leaves a size out that the model refuses, with its reason', async () => {
    const target = new FakeProfilingTarget({ failure: () => 'too large' });
    const result = await measureHot(target, { stage: 'a', batchSize: 64, origin }, optionsFor(target));
    expect(result).toEqual({ leftOut: 'too large' });
    expect(target.blocks).toHaveLength(1);
  });

  it('leaves an unfinished row out when it is stopped', async () => {
    const target = new FakeProfilingTarget({ serviceMs: () => 400 });
    const isStopped = () => target.nowMs > 5000;
    const result = await measureHot(target, { stage: 'a', batchSize: 1, origin }, optionsFor(target, { isStopped }));
    expect(result).toEqual({ leftOut: 'stopped' });
  });

  it('measures a batch that takes longer than its budget at least five times', async () => {
    const target = new FakeProfilingTarget({ serviceMs: () => 3000 });
    expect(await rowOf(target, { budgetMs: 1000 }).catch((error: Error) => error.message)).toBe('too few measurements');
    // 3 s warm up three times; then one batch a block until 3 x 8 s = 24 s are over: (24 - 9) / 3 = 5.
    expect((await rowOf(target, { budgetMs: 8000 })).samples).toBe(5);
  });
});
