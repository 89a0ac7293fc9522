import { expect, it } from 'vitest';
import { freshProfiles } from '../../src/fidelity/fresh-profiles.js';
import { sampledProfileOf } from '../helpers/builders.js';

const GIVEN = sampledProfileOf('read', { 1: [9, 11], 2: [15, 17] });
const thirty = (ms: number) => Array.from({ length: 30 }, () => ms);

it('puts rows measured again in the place of the given ones, ascending', () => {
  // 19 × 10 and 1 × 30: mean 11, median 10; the 19th of 20 is the 95th percentile, the 20th the 99th.
  const samplesMs = [30, ...Array.from({ length: 19 }, () => 10)];
  const [read] = freshProfiles([GIVEN], (_, size) => (size === 1 ? samplesMs : thirty(16)));
  expect(read!.rows[0]).toMatchObject({ batchSize: 1, meanMs: 11, p50Ms: 10, p95Ms: 10, p99Ms: 30, samples: 20 });
  expect(read!.rows[0]!.samplesMs).toEqual([...samplesMs.slice(1), 30]);
  expect(read!.rows[1]).toMatchObject({ meanMs: 16, curve: 'paced' });
});

it('makes a row that was met too rarely as much slower as its profile was', () => {
  // 30 of 11 ms where 10 are stated, and 19 of 17.6 where 16 are: 1.1 times on the whole.
  const few = Array.from({ length: 19 }, () => 17.6);
  const [read] = freshProfiles([GIVEN], (_, size) => (size === 1 ? thirty(11) : few));
  expect(read!.rows[1]!.meanMs).toBeCloseTo(17.6, 12);
  expect(read!.rows[1]!.samplesMs?.map((ms) => Math.round(10 * ms))).toEqual([165, 187]);
});

it('leaves a profile alone that nothing was measured of', () => {
  expect(freshProfiles([GIVEN], () => [])[0]!.rows.map(({ meanMs }) => meanMs)).toEqual([10, 16]);
});
