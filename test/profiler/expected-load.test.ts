import { expect, it } from 'vitest';
import { expectedLoad } from '../../src/profiler/expected-load.js';
import { configurationOf, pipelineOf, profileOf } from '../helpers/builders.js';

const GIVEN = {
  // Both run one model; `find` in batches of up to two.
  pipeline: pipelineOf({ find: { model: 'net' }, read: { model: 'net' }, join: {} }),
  configuration: configurationOf({ find: { maxBatchSize: 2, replicas: 3 }, read: { maxBatchSize: 3 }, join: {} }),
  profiles: [profileOf('join', { 1: 1 }), profileOf('net', { 1: 4, 2: 6, 4: 10 })],
  queries: 100,
};
const expectedOf = (...utilisations: readonly number[]) =>
  utilisations.map((utilisation, index) => ({ items: [100, 250, 50][index]!, utilisation }));

it('paces each stage in the sizes that it may take, with the items that a query brings it', () => {
  const { stages, duty, stagesOf } = expectedLoad({ ...GIVEN, expected: expectedOf(0.2, 0.6, 0.1) });
  const [one, two] = [
    { batchSize: 1, serviceMs: 4 },
    { batchSize: 2, serviceMs: 6 },
  ];
  expect(stages).toEqual([
    { stage: 'find', replicas: 3, itemsPerQuery: 1, expected: [one, two] },
    { stage: 'read', replicas: 1, itemsPerQuery: 2.5, expected: [one, two] },
    { stage: 'join', replicas: 1, itemsPerQuery: 0.5, expected: [{ batchSize: 1, serviceMs: 1 }] },
  ]);
  expect(duty).toBe(0.6);
  expect(GIVEN.profiles.map(stagesOf)).toEqual([['join'], ['find', 'read']]);
});

it.each([
  ['never idle', 1, 0.95],
  ['never busy', 0, 0.01],
])('keeps a duty that can be measured of a stage that is %s', (_, utilisation, duty) => {
  expect(expectedLoad({ ...GIVEN, expected: expectedOf(utilisation, utilisation, utilisation) }).duty).toBe(duty);
});
