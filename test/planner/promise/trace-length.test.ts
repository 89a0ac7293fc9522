import { describe, expect, it } from 'vitest';
import type { PromiseReport } from '../../../src/model/plan/promise-report.js';
import { createPromise } from '../../../src/planner/promise/promise.js';
import { neededTraceMs } from '../../../src/planner/promise/trace-length.js';
import { msFromS, sFromMs } from '../../../src/units.js';
import { freshTraffic } from '../../../src/workload/fresh-traffic.js';
import { configurationOf, pipelineOf, profileOf } from '../../helpers/builders.js';

const GAMMA = { kind: 'gamma', rateQps: 100, cv: 2 } as const;

function reportOf(given: Partial<PromiseReport>): PromiseReport {
  return {
    traffic: GAMMA,
    replications: 20,
    queriesPerDraw: 1000,
    meanAttainment: 0.995,
    lowerBound: 0.992,
    spread: 0.01,
    target: 0.99,
    holds: true,
    ...given,
  };
}

// Length · (3 · spread ÷ allowed)².
it.each([
  ['spread as large as what is allowed', {}, 60_000, 540_000],
  ['spread of a third of it', { spread: 0.01 / 3 }, 60_000, 60_000],
  ['spread of a sixth of it', { spread: 0.01 / 6 }, 60_000, 15_000],
  ['the same draws never differ', { spread: 0 }, 60_000, 0],
  ['p95 allows five times as much', { target: 0.95 }, 60_000, 21_600],
  ['p100 allows nothing', { target: 1 }, 60_000, Number.POSITIVE_INFINITY],
  ['twelve blocks at least', { spread: 0, traffic: { kind: 'blocks', blockMs: 5_000 } }, 30_000, 60_000],
] satisfies [string, Partial<PromiseReport>, number, number][])('%s', (_, given, spanMs, expected) => {
  const needed = neededTraceMs(reportOf(given), spanMs);
  if (Number.isFinite(expected)) expect(needed).toBeCloseTo(expected, 4);
  else expect(needed).toBe(expected);
});

describe.each([
  { rateQps: 80, cv: 1, replicas: 1, latencyMs: 75 },
  { rateQps: 100, cv: 2, replicas: 2, latencyMs: 50 },
  { rateQps: 100, cv: 4, replicas: 3, latencyMs: 120 },
])('gamma traffic of $rateQps/s, CV $cv', ({ rateQps, cv, replicas, latencyMs }) => {
  /** A stage that serves 100 queries/s a replica, on draws of `spanS` seconds; the middle one of three seeds. */
  const neededS = (spanS: number): number => {
    const seeds = [1, 2, 3].map((seed) => {
      const arrivalsUs = new Float64Array(Math.ceil(rateQps * spanS));
      const promise = createPromise({
        pipeline: pipelineOf({ a: {} }),
        profiles: [profileOf('a', { 1: 10 })],
        serviceModel: 'mean',
        slo: { latencyMs, percentile: 95 },
        seed,
        traffic: freshTraffic({ arrivalsUs }, { kind: 'gamma', rateQps, cv }, { seed }),
      });
      return sFromMs(neededTraceMs(promise.report(configurationOf({ a: { replicas } })), msFromS(spanS)));
    });
    return seeds.sort((a, b) => a - b)[1]!;
  };

  it('asks for the same length from a short trace and from one that long', () => {
    const fromShort = neededS(10);
    expect(fromShort).toBeGreaterThan(10);
    // A standard deviation of 20 draws is off by a sixth, more where misses are rare disasters; a length goes by its square.
    const fromLong = neededS(fromShort);
    expect(fromLong / fromShort).toBeGreaterThan(1 / 2.5);
    expect(fromLong / fromShort).toBeLessThan(2.5);
  });
});
