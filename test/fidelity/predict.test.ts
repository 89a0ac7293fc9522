// @module-tag slow
import { describe, expect, it } from 'vitest';
import { NO_COSTS, predict } from '../../src/fidelity/predict.js';
import { sourceOf } from '../../src/model/trace.js';
import { Routing } from '../../src/simulation/routing.js';
import { simulate } from '../../src/simulation/simulate.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, sampledProfileOf, traceOf } from '../helpers/builders.js';
import { randomCase } from '../helpers/random-pipelines.js';

const ONE_STAGE = {
  pipeline: pipelineOf({ a: {} }),
  configuration: configurationOf({ a: {} }),
  profiles: [profileOf('a', { 1: 10 })],
  hardware: [hardwareOf()],
  serviceModel: 'mean' as const,
  seeds: [1],
};

describe('predict', () => {
  it('adds the way in and the way out to what the stages take', () => {
    // Enters at 2, waits for nothing, ends at 12, is answered at 13; the second enters at 6, waits until 12, ends at 22, is answered at 23.
    const { latency, stages } = predict({
      ...ONE_STAGE,
      trace: traceOf([0, 4]),
      costs: { ...NO_COSTS, ingressMs: [2], egressMs: [1] },
      slo: { latencyMs: 13, percentile: 99 },
    });
    expect(latency).toEqual({ meanMs: 16, p50Ms: 13, p95Ms: 19, p99Ms: 19, sloAttainment: 0.5 });
    expect(stages[0]).toMatchObject({ items: 2, utilisation: 1, queueingDelayP99Ms: 6 });
    expect(stages[0]!.meanServiceMs).toBeCloseTo(10, 9);
  });

  it('sends queries the way they are known to go, whatever the file says', () => {
    // By the file every query sends b one item; the first is known to send three, of 10 ms each one by one, the second none.
    const given = {
      ...ONE_STAGE,
      pipeline: pipelineOf({ a: {}, b: {} }),
      configuration: configurationOf({ a: {}, b: {} }),
      profiles: [profileOf('a', { 1: 10 }), profileOf('b', { 1: 10 })],
    };
    const routes = [Uint16Array.of(1, 1), Uint16Array.of(3, 0)];
    const { latency, stages } = predict({ ...given, trace: traceOf([0, 100]), costs: NO_COSTS, routes });
    expect(latency).toMatchObject({ p50Ms: 10, p99Ms: 40 });
    expect(stages.map(({ items }) => items)).toEqual([2, 3]);
  });

  it('keeps the way of a query that is overtaken on its way in', () => {
    // Arrivals at 0 and 1 ms; with ingress of 0 or 5 ms some seed lets the second in first. Only the first goes on to b.
    const given = {
      ...ONE_STAGE,
      pipeline: pipelineOf({ a: {}, b: {} }),
      configuration: configurationOf({ a: { replicas: 2 }, b: {} }),
      profiles: [profileOf('a', { 1: 10 }), profileOf('b', { 1: 30 })],
      costs: { ...NO_COSTS, ingressMs: [0, 5] },
      routes: [Uint16Array.of(1, 1), Uint16Array.of(1, 0)],
    };
    const seen = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const { latency } = predict({ ...given, trace: traceOf([0, 1]), seeds: [seed] });
      expect([10, 15]).toContain(latency.p50Ms);
      expect([40, 45]).toContain(latency.p99Ms);
      seen.add(`${latency.p50Ms} ${latency.p99Ms}`);
    }
    // 45 with 10: the first came in 5 ms late, behind the second, and had the long way all the same.
    expect([...seen].sort()).toEqual(['10 40', '10 45', '15 40', '15 45']);
  });

  it('L21: known routes that are the drawn ones change nothing', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const given = randomCase(seed);
      const arrivalsUs = Float64Array.from(given.arrivalsUs);
      const { length: queries } = arrivalsUs;
      const routing = new Routing({ pipeline: given.pipeline, seed, capacity: queries });
      routing.draw(0, queries);
      const routes = given.pipeline.stages.map((_, s) =>
        Uint16Array.from(arrivalsUs, (_us, q) => routing.itemsAt(s, q)),
      );
      const request = { ...given, seed, slo: { latencyMs: 50, percentile: 99 } };
      const drawn = simulate({ ...request, arrivals: sourceOf({ arrivalsUs }) });
      expect(simulate({ ...request, routes, arrivals: sourceOf({ arrivalsUs }) }), `seed ${seed}`).toEqual(drawn);
    }
  });

  it('averages over seeds', () => {
    // One query of 10 or 30 ms: the mean over many seeds comes near 20, and no single run says 20.
    const given = {
      ...ONE_STAGE,
      profiles: [sampledProfileOf('a', { 1: [10, 30] })],
      serviceModel: 'empirical' as const,
    };
    const seeds = Array.from({ length: 400 }, (_, seed) => seed);
    const { latency } = predict({ ...given, trace: traceOf([0]), costs: NO_COSTS, seeds });
    // Standard error 10 / √400 = 0.5 ms; four of them.
    expect(Math.abs(latency.meanMs - 20)).toBeLessThan(2);
  });

  it('L21: is the simulation where the way costs nothing, and later by constant costs', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const given = randomCase(seed);
      const arrivalsUs = Float64Array.from(given.arrivalsUs);
      const { latency } = simulate({ ...given, seed, arrivals: sourceOf({ arrivalsUs }) });
      const request = { ...given, trace: { arrivalsUs }, seeds: [seed] };
      const free = predict({ ...request, costs: NO_COSTS }).latency;
      expect([free.p50Ms, free.p95Ms, free.p99Ms], `seed ${seed}`).toEqual([
        latency.p50Ms,
        latency.p95Ms,
        latency.p99Ms,
      ]);
      expect(free.meanMs).toBeCloseTo(latency.meanMs, 9);
      const later = predict({ ...request, costs: { ...NO_COSTS, ingressMs: [7], egressMs: [5] } }).latency;
      expect(later.p99Ms, `seed ${seed}`).toBeCloseTo(latency.p99Ms + 12, 9);
      expect(later.meanMs).toBeCloseTo(latency.meanMs + 12, 9);
    }
  });
});
