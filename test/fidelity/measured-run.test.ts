import { describe, expect, it } from 'vitest';
import { measuredRun, type RunLog } from '../../src/fidelity/measured-run.js';
import type { LoggedBatch } from '../../src/model/measured/logged-batch.js';
import { usFromMs } from '../../src/units.js';
import { configurationOf } from '../helpers/builders.js';

const us = (...ms: number[]) => Float64Array.from(ms, usFromMs);
const batch = (
  stage: string,
  startMs: number,
  endMs: number,
  items: readonly (readonly [number, number])[],
): LoggedBatch => ({
  stage,
  number: 0,
  startMs,
  endMs,
  enteredMs: items.map(([ms]) => ms),
  queries: items.map(([, query]) => query),
});

/** Two queries through a, then b; the engine has answered seven queries before. */
const LOG: RunLog = {
  scheduledUs: us(0, 4),
  endedUs: us(22, 32),
  arrivedMs: [101, 105],
  firstQuery: 7,
  batches: [
    batch('a', 101, 111, [[101, 7]]),
    batch('a', 111, 121, [[105, 8]]),
    batch('b', 111, 119, [[111, 7]]),
    batch('b', 121, 129, [[121, 8]]),
  ],
};
const CONFIGURATION = configurationOf({ a: {}, b: { replicas: 2 } });

describe('measuredRun', () => {
  const run = measuredRun(LOG, CONFIGURATION, { latencyMs: 22, percentile: 99 });

  it('counts latency from the scheduled instant', () => {
    // 22 and 28 ms; one of two is within 22.
    expect(run).toMatchObject({
      queries: 2,
      failed: 0,
      latency: { meanMs: 25, p50Ms: 22, p95Ms: 28, p99Ms: 28, sloAttainment: 0.5 },
    });
  });

  it('tells what each stage did', () => {
    // The run lasts from 101 to 129. a is busy for 20 of 28 ms, b for 16 of 2 x 28; item 8 waits 6 ms for a.
    expect(run.stages).toEqual([
      {
        ...CONFIGURATION[0],
        items: 2,
        meanBatchSize: 1,
        utilisation: 20 / 28,
        meanServiceMs: 10,
        queueingDelayP50Ms: 0,
        queueingDelayP99Ms: 6,
      },
      {
        ...CONFIGURATION[1],
        items: 2,
        meanBatchSize: 1,
        utilisation: 16 / 56,
        meanServiceMs: 8,
        queueingDelayP50Ms: 0,
        queueingDelayP99Ms: 0,
      },
    ]);
  });

  it('tells what a query spends outside the stages', () => {
    // Into the engine 101 and 101 later on its clock, out of it -97 and -97: 4 ms in all, half each way.
    expect(run.costs).toEqual({ ingressMs: [2, 2], egressMs: [2, 2] });
  });

  it('tells which way each query went', () => {
    expect(run.routes).toEqual([Uint16Array.of(1, 1), Uint16Array.of(1, 1)]);
    // Query 8 sends two items to b; query 7 ends behind a.
    const [first, second] = LOG.batches;
    const batches = [first!, second!, batch('b', 121, 129, [[121, 8]]), batch('b', 121, 129, [[121, 8]])];
    const other = measuredRun({ ...LOG, batches }, CONFIGURATION, undefined);
    expect(other.routes).toEqual([Uint16Array.of(1, 1), Uint16Array.of(0, 2)]);
  });

  it('does not say so where a query failed or left no batch', () => {
    const failed = { ...LOG, endedUs: Float64Array.of(usFromMs(22), Infinity) };
    expect(measuredRun(failed, CONFIGURATION, undefined)).not.toHaveProperty('routes');
    const lost = { ...LOG, batches: LOG.batches.filter(({ queries }) => queries[0] === 7) };
    expect(measuredRun(lost, CONFIGURATION, undefined)).not.toHaveProperty('routes');
  });

  it('takes a query that failed for one that never ends', () => {
    const failed = measuredRun({ ...LOG, endedUs: Float64Array.of(usFromMs(22), Infinity) }, CONFIGURATION, undefined);
    expect(failed).toMatchObject({ queries: 2, failed: 1, latency: { p50Ms: 22, p99Ms: Infinity } });
  });

  it('knows a stage that no query visited', () => {
    const stages = measuredRun(LOG, configurationOf({ a: {}, c: {} }), undefined).stages;
    expect(stages[1]).toMatchObject({
      ...{ stage: 'c', items: 0, utilisation: 0 },
      ...{ meanBatchSize: null, meanServiceMs: null, queueingDelayP99Ms: null },
    });
  });
});
