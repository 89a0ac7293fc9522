import { expect, it } from 'vitest';
import type { Pipeline } from '../../src/model/pipeline.js';
import type { Profile } from '../../src/model/profile.js';
import { refuteCheaper } from '../../src/verifier/lower-bound.js';
import { kindOptions } from '../../src/verifier/options.js';
import { trafficOf } from '../../src/verifier/stage-replay.js';

/**
 * Pairs of queries arrive together every 100 ms. A batch of two takes 10 ms. With a max batch size of 2 each pair leaves at
 * once, after 10 ms. With a max batch size of 4 it waits 20 ms for two more items that never come, and leaves after 30 ms.
 * No batch of either is larger than two.
 */
const PIPELINE: Pipeline = {
  name: 'pairs',
  stages: [
    {
      name: 'a',
      kind: 'model',
      model: 'm',
      parents: [{ from: 'query', probability: 1, fanOut: 1 }],
      batchTimeoutMs: 20,
    },
  ],
};
const ROW = { runtime: 'worked', source: 'by hand' };
const PROFILE: Profile = {
  model: 'm',
  hardware: 'x',
  rows: [
    { batchSize: 1, meanMs: 10, ...ROW },
    { batchSize: 2, meanMs: 10, ...ROW },
    { batchSize: 4, meanMs: 10, ...ROW },
  ],
};

it('a max batch size that no batch reaches is not passed over where a full batch need not wait for its timeout', () => {
  const arrivalsUs = Float64Array.from({ length: 20 }, (_, q) => Math.floor(q / 2) * 100_000);
  const question = {
    stages: ['a'],
    options: kindOptions({
      pipeline: PIPELINE,
      profiles: [PROFILE],
      hardware: [{ name: 'x', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 }],
      serviceModel: 'mean',
      seed: 1,
    }),
    traffic: trafficOf({ pipeline: PIPELINE, arrivalsUs, seed: 1 }),
    sloUs: 15_000,
    allowedMisses: 0,
    minReplicas: [1],
    maxReplicas: [1],
    inventory: new Map<string, number>(),
    limitMicroUsd: 2_000_000,
  };
  const steps = refuteCheaper(question);
  let step = steps.next();
  while (!step.done) step = steps.next();
  expect(step.value.counterexample).toEqual([{ stage: 'a', hardware: 'x', maxBatchSize: 2, replicas: 1 }]);
});
