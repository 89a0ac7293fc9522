// @module-tag slow
import { describe, expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import type { Configuration, StageConfiguration } from '../../../src/model/configuration.js';
import type { FreshTraffic } from '../../../src/model/plan/traffic-model.js';
import { holdOutAttainment } from '../../../src/planner/promise/hold-out.js';
import { createPromise } from '../../../src/planner/promise/promise.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { simulate } from '../../../src/simulation/simulate.js';
import { fitArrivals } from '../../../src/workload/fit-arrivals.js';
import { freshTraffic } from '../../../src/workload/fresh-traffic.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, traceOf } from '../../helpers/builders.js';
import { diceOf } from '../../helpers/random-pipelines.js';
import { type Instance, instance, simulated } from '../instances.js';

const SLO = { latencyMs: 50, percentile: 99 };

/** One stage that serves a query in 10 ms, so 100 queries/s a replica. */
const SERVER = {
  pipeline: pipelineOf({ a: {} }),
  profiles: [profileOf('a', { 1: 10 })],
  serviceModel: 'mean',
} as const;

function poisson(rateQps: number, queries = 6_000): FreshTraffic {
  return freshTraffic(
    traceOf(Array.from({ length: queries }, () => 0)),
    { kind: 'gamma', rateQps, cv: 1 },
    { seed: 1 },
  );
}

function replicasOf(replicas: number): Configuration {
  return configurationOf({ a: { replicas } });
}

describe('one stage that serves 100 queries/s a replica, 150/s arriving', () => {
  const promise = createPromise({ ...SERVER, slo: SLO, seed: 1, traffic: poisson(150) });

  it('one replica, overloaded, is refused by its first draw', () => {
    expect(promise.accept(replicasOf(1))).toBe(false);
    expect(promise.simulations).toBe(1);
  });

  it('four replicas hold, on all twenty draws', () => {
    const before = promise.simulations;
    expect(promise.accept(replicasOf(4))).toBe(true);
    expect(promise.simulations - before).toBe(20);
  });

  it('is not asked twice', () => {
    const before = promise.simulations;
    promise.accept(replicasOf(1));
    promise.accept(replicasOf(4));
    expect(promise.simulations).toBe(before);
  });
});

it('reports what the plain estimator finds on each draw', () => {
  const traffic = poisson(80, 2_000);
  const report = createPromise({ ...SERVER, slo: SLO, seed: 1, traffic }).report(replicasOf(1));
  // No branches and no measured samples: the seed of a draw changes nothing but its arrivals.
  const attainments = Array.from({ length: 20 }, (_, replication) => {
    const input = { ...SERVER, hardware: [hardwareOf()], configuration: replicasOf(1), seed: 9, slo: SLO };
    return simulate({ ...input, arrivals: traffic.open(replication) }).slo!.sloAttainment;
  });
  const mean = attainments.reduce((sum, a) => sum + a, 0) / 20;
  const spread = Math.sqrt(attainments.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 19);
  expect(new Set(attainments).size).toBeGreaterThan(10);
  expect(report.meanAttainment).toBeCloseTo(mean, 9);
  expect(report.spread).toBeCloseTo(spread, 9);
  // Draws as long as the trace: 1.7291328 · √(1/20 + 1/2).
  expect(report.lowerBound).toBeCloseTo(mean - 1.282359 * spread, 6);
  expect(report).toMatchObject({
    traffic: traffic.model,
    replications: 20,
    queriesPerDraw: 2_000,
    target: 0.99,
    holds: report.lowerBound >= 0.99,
  });
});

it('is stricter than a tie: a configuration right at the objective on average is refused', () => {
  // Evenly spaced queries; each takes the second stage with probability 1 % and is then late. Attainment is 99 % on average,
  // and changes from draw to draw only because routes are drawn anew.
  const input = {
    pipeline: pipelineOf({ a: {}, b: { parents: [{ from: 'a', probability: 0.01 }] } }),
    profiles: [profileOf('a', { 1: 1 }), profileOf('b', { 1: 100 })],
    serviceModel: 'mean',
    slo: SLO,
    seed: 3,
  } as const;
  const even = freshTraffic(
    traceOf(Array.from({ length: 5_000 }, () => 0)),
    { kind: 'gamma', rateQps: 100, cv: 0 },
    { seed: 1 },
  );
  const report = createPromise({ ...input, traffic: even }).report(configurationOf({ a: {}, b: { replicas: 50 } }));
  // Binomial: √(0.01 · 0.99 / 5000) = 0.0014.
  expect(report.meanAttainment).toBeCloseTo(0.99, 2);
  expect(report.spread).toBeGreaterThan(0.0007);
  expect(report.spread).toBeLessThan(0.0028);
  expect(report.holds).toBe(false);
});

it('at the hundredth percentile one miss in any draw refuses, and none holds', () => {
  const strict = { ...SERVER, seed: 1, traffic: poisson(80, 1_000) };
  const worstMs = Math.max(
    ...Array.from({ length: 20 }, (_, replication) => {
      const input = { ...SERVER, hardware: [hardwareOf()], configuration: replicasOf(1), seed: 9 };
      return simulate({ ...input, arrivals: strict.traffic.open(replication) }).latency.maxMs;
    }),
  );
  const at = (latencyMs: number) => createPromise({ ...strict, slo: { latencyMs, percentile: 100 } });
  expect(at(worstMs).accept(replicasOf(1))).toBe(true);
  expect(at(worstMs - 0.001).accept(replicasOf(1))).toBe(false);
});

function promiseFor(given: Instance, seed: number) {
  const traffic = freshTraffic(given.trace, fitArrivals(given.trace), { seed });
  return createPromise({ ...given, traffic });
}

describe.each([0, 1, 2, 3, 4, 5])('random problem %d', (seed) => {
  const given = instance(seed, { queries: 600 });
  const all = configurationsByCost(given);
  const dice = diceOf(seed, 'promise');
  const some = Array.from({ length: 25 }, () => dice.oneOf(all).configuration);

  it('accepts what it reports to hold, whatever it was asked before', () => {
    const forward = promiseFor(given, seed);
    const backward = promiseFor(given, seed);
    const answers = some.map((configuration) => forward.accept(configuration));
    const reversed = some.toReversed().map((configuration) => backward.accept(configuration));
    const plain = promiseFor(given, seed);
    const reports = some.map((configuration) => plain.report(configuration).holds);
    expect(answers).toEqual(reports);
    expect(reversed.toReversed()).toEqual(reports);
  });
});

it('law: whatever follows the first stages that are named as the reason, on the same hardware, is refused as well', () => {
  let named = 0;
  for (let seed = 0; seed < 12; seed++) {
    const given = instance(seed, { stageCount: 3, queries: 400 });
    const promise = promiseFor(given, seed);
    const all = configurationsByCost(given).map(({ configuration }) => configuration);
    const dice = diceOf(seed, 'reason');
    for (let n = 0; n < 6; n++) {
      const refused = dice.oneOf(all);
      if (promise.accept(refused)) continue;
      const first = promise.refusedStages(refused);
      if (first === refused.length) continue;
      named++;
      const alike = all.filter((other) => {
        return other.every(
          (choice, s) => choice.hardware === refused[s]!.hardware && (s >= first || isSame(choice, refused[s]!)),
        );
      });
      expect(alike.length).toBeGreaterThan(1);
      expect(alike.map((other) => promise.accept(other))).toEqual(alike.map(() => false));
    }
  }
  expect(named).toBeGreaterThan(10);
});

function isSame(a: StageConfiguration, b: StageConfiguration): boolean {
  return a.maxBatchSize === b.maxBatchSize && a.replicas === b.replicas;
}

describe.each([1, 4, 7, 10, 13])('the exact search with the promise, problem %d', (seed) => {
  it('finds the cheapest configuration that holds on the trace and on fresh traffic', () => {
    const given = instance(seed, { queries: 500 });
    const promise = promiseFor(given, seed);
    const space = searchSpace(given);
    const all = configurationsByCost(given);
    const optimum = all.find(({ configuration }) => {
      return simulated(given, configuration).holds && promise.accept(configuration);
    });
    const bounds = traceBounds(given, space);
    const search = exactSearch({ bounds, space, ceilingMicroUsd: all.at(-1)!.costMicroUsd, condition: promise });
    let step = search.next();
    while (!step.done) step = search.next();
    expect(step.value.incumbent?.costMicroUsd).toBe(optimum?.costMicroUsd);
  });
});

it('a held-out tail meets the queue that the queries before it left behind', () => {
  // Ten queries at once, one served every 10 ms: query k ends after 10 (k + 1) ms, so queries 5 … 9 miss 50 ms. Held out from
  // query 4 on: 4 is on time, 5 … 9 are late, and a last one long after is on time.
  const whole = traceOf([...Array.from({ length: 10 }, () => 0), 1_000]);
  const input = { ...SERVER, hardware: [hardwareOf()], slo: SLO, seed: 1, configuration: replicasOf(1) };
  expect(holdOutAttainment(input, { whole, from: 4 })).toEqual({ queries: 7, sloAttainment: 1 - 5 / 7 });
});

it('does not call attainment certain because no draw misses', () => {
  // Evenly spaced and far apart: none of 20 · 1000 queries is late, so three in 20 000 cannot be excluded.
  const even = freshTraffic(
    traceOf(Array.from({ length: 1_000 }, () => 0)),
    { kind: 'gamma', rateQps: 10, cv: 0 },
    { seed: 1 },
  );
  const report = createPromise({ ...SERVER, slo: SLO, seed: 1, traffic: even }).report(replicasOf(1));
  expect(report).toMatchObject({ meanAttainment: 1, spread: 0, holds: true });
  expect(report.lowerBound).toBeCloseTo(1 - 3 / 20_000, 12);
});
