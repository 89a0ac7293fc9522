import { describe, expect, it } from 'vitest';
import { compare, type WatchedRun } from '../../src/fidelity/compare.js';
import type { LatencyFigures, StageFigures } from '../../src/fidelity/latency-figures.js';
import { NO_COSTS } from '../../src/fidelity/predict.js';

const stageOf = (meanServiceMs: number): StageFigures => ({
  stage: 'a',
  hardware: 'cpu',
  maxBatchSize: 1,
  replicas: 1,
  items: 10,
  meanBatchSize: 1,
  utilisation: 0.5,
  meanServiceMs,
  queueingDelayP50Ms: 0,
  queueingDelayP99Ms: 1,
});
const latencyOf = (p99Ms: number): LatencyFigures => ({ meanMs: 10, p50Ms: 10, p95Ms: 20, p99Ms });
const runOf = (p99Ms: number, isClean = true): WatchedRun => ({
  queries: 10,
  failed: 0,
  latency: latencyOf(p99Ms),
  stages: [stageOf(8)],
  costs: NO_COSTS,
  slowness: [p99Ms / 50],
  isClean,
});
const PREDICTED = { latency: latencyOf(45), stages: [stageOf(10)] };

describe('compare', () => {
  it('holds a prediction against the mean of the runs, with their spread', () => {
    const { figures, counted, isClean } = compare(PREDICTED, [runOf(40), runOf(50), runOf(60)]);
    // Mean 50: predicted 45 is 10 % short; the runs are within ±10 of it, 20 %.
    expect(figures.p99Ms).toEqual({
      predicted: 45,
      measured: 50,
      errorRatio: expect.closeTo(-0.1, 12),
      lowest: 40,
      highest: 60,
      spreadRatio: 0.2,
    });
    expect(figures).not.toHaveProperty('sloAttainment');
    expect({ counted, isClean }).toEqual({ counted: 3, isClean: true });
  });

  it.each([
    ['leaves disturbed runs out', [runOf(40), runOf(400, false)], 40, 1, true],
    ['counts them all where none is clean', [runOf(40, false), runOf(60, false)], 50, 2, false],
  ])('%s', (_, runs, measured, counted, isClean) => {
    const result = compare(PREDICTED, runs);
    expect(result.figures.p99Ms?.measured).toBe(measured);
    expect(result).toMatchObject({ counted, isClean });
  });

  it('holds what was predicted from the profiles of the runs that count against them, stages too', () => {
    // The clean runs measured 40 and 60; from their own profiles 44 and 46 were predicted, in the mean 45.
    const own = (p99Ms: number, serviceMs: number) => ({ latency: latencyOf(p99Ms), stages: [stageOf(serviceMs)] });
    const runs = [
      { ...runOf(40), reprofiled: own(44, 9) },
      { ...runOf(400, false), reprofiled: own(400, 90) },
      { ...runOf(60), reprofiled: own(46, 11) },
    ];
    const { figures, stages } = compare({ ...PREDICTED, stages: [stageOf(20)] }, runs);
    expect(figures.p99Ms?.predicted).toBe(45);
    expect(figures.p99Ms?.reprofiled).toEqual({ predicted: 45, errorRatio: expect.closeTo(-0.1, 12) });
    expect(stages[0]?.predicted.meanServiceMs).toBe(10);
    expect(stages[0]?.serviceErrorRatio).toBeCloseTo(0.25, 12);
    expect(compare(PREDICTED, [runOf(40)]).figures.p99Ms).not.toHaveProperty('reprofiled');
  });

  it('holds what each run would have been predicted at its own speed against the runs that count', () => {
    // Slowness 0.8 and 1.2 of the clean runs: 0.8 · 45 and 1.2 · 45, in the mean 45; measured 50.
    const runs = [runOf(40), runOf(400, false), runOf(60)];
    const { figures } = compare(PREDICTED, runs, ([times]) => latencyOf(times! * 45));
    expect(figures.p99Ms?.atRunSpeed?.predicted).toBeCloseTo(45, 12);
    expect(figures.p99Ms?.atRunSpeed?.errorRatio).toBeCloseTo(-0.1, 12);
    expect(compare(PREDICTED, runs).figures.p99Ms).not.toHaveProperty('atRunSpeed');
  });

  it('says nothing of an error where nothing was measured', () => {
    expect(compare(PREDICTED, [runOf(Number.POSITIVE_INFINITY)]).figures.p99Ms).toMatchObject({
      errorRatio: null,
      spreadRatio: null,
    });
  });

  it('shows a profile that has drifted, stage by stage', () => {
    expect(compare(PREDICTED, [runOf(40)]).stages[0]).toMatchObject({ stage: 'a', serviceErrorRatio: 0.25 });
  });
});
