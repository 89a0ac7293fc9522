import { expect, it } from 'vitest';
import type { ParentEdge, Stage } from '../../../src/model/pipeline.js';
import { tailShares } from '../../../src/planner/evidence/tail-share.js';
import type { ServiceTimes } from '../../../src/simulation/service-times.js';
import { StagewiseSimulator } from '../../../src/simulation/verdict/stagewise.js';

function stage(name: string, ...from: readonly string[]): Stage {
  const parents: ParentEdge[] = from.map((parent) => ({ from: parent, probability: 1, fanOut: 1 }));
  return { name, kind: 'model', model: name, parents };
}

/** One replica a stage, batches of one that take the given time. */
function sharesOf(
  stages: readonly Stage[],
  serviceUs: readonly number[],
  given: { arrivalsUs: number[]; percentile: number },
) {
  const { arrivalsUs, percentile } = given;
  const simulator = new StagewiseSimulator({
    pipeline: { name: 'by hand', stages },
    trace: { arrivalsUs: Float64Array.from(arrivalsUs) },
    slo: { latencyMs: 1000, percentile },
    seed: 1,
    fastestUs: serviceUs,
  });
  const choices = serviceUs.map((us) => {
    const tableUs = Float64Array.of(0, us);
    const service: ServiceTimes = { maxBatchSize: 1, tableUs, fastestUs: tableUs, drawUs: null };
    return { option: 'any', service, maxBatchSize: 1, replicas: 1 };
  });
  expect(simulator.judge(choices).holds).toBe(true);
  return tailShares(simulator, choices, { percentile });
}

it.each([
  // One query, 30 + 10 µs.
  ['a chain', [stage('a', 'query'), stage('b', 'a')], [30, 10], [0], 100, [0.75, 0.25]],
  // b ends at 50, c at 20: the join waits for b, and c's time is on no late way. 10 + 40 + 10.
  [
    'the slower branch of a join',
    [stage('a', 'query'), stage('b', 'a'), stage('c', 'a'), stage('d', 'b', 'c')],
    [10, 40, 10, 10],
    [0],
    100,
    [1 / 6, 4 / 6, 0, 1 / 6],
  ],
  // Without a join the query ends with its slower branch.
  ['the branch that ends last', [stage('a', 'query'), stage('b', 'query')], [10, 30], [0], 100, [0, 1]],
  // Two at once: the second waits 30 at a, then 30 there, and meets no queue at b. Latencies 40 and 70; the p100 tail is the second.
  ['a queue counts for its stage', [stage('a', 'query'), stage('b', 'a')], [30, 10], [0, 0], 100, [6 / 7, 1 / 7]],
  // At p50 the tail holds both: 30 + 60 at a, 10 + 10 at b.
  [
    'all queries at or above the percentile',
    [stage('a', 'query'), stage('b', 'a')],
    [30, 10],
    [0, 0],
    50,
    [9 / 11, 2 / 11],
  ],
] as const)('%s', (_, stages, serviceUs, arrivalsUs, percentile, shares) => {
  const found = sharesOf(stages, serviceUs, { arrivalsUs: [...arrivalsUs], percentile });
  expect(found).toHaveLength(shares.length);
  shares.forEach((share, s) => {
    expect(found[s]).toBeCloseTo(share, 12);
  });
});
