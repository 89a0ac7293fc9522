import { expect, it } from 'vitest';
import { slowed, slownessIn } from '../../src/fidelity/slowness.js';
import type { LoggedBatch } from '../../src/model/measured/logged-batch.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf } from '../helpers/builders.js';

const batchOf = (stage: string, items: number, tookMs: number): LoggedBatch => {
  const queries = Array.from({ length: items }, (_, query) => query);
  return { stage, number: 0, startMs: 100, endMs: 100 + tookMs, enteredMs: queries.map(() => 99), queries };
};

const INPUT = {
  pipeline: pipelineOf({ detect: { module: 'detect.js' }, read: { module: 'read.js' }, emulated: {} }),
  configuration: configurationOf({ detect: { maxBatchSize: 2 }, read: {}, emulated: {} }),
  profiles: [profileOf('read', { 1: 5 }), profileOf('detect', { 1: 10, 2: 20 }), profileOf('emulated', { 1: 1 })],
  hardware: [hardwareOf()],
  serviceModel: 'mean' as const,
  seed: 1,
};

it('is the time that batches took by the time their sizes should have taken, profile by profile', () => {
  const batches = [
    batchOf('detect', 1, 11),
    batchOf('detect', 1, 11),
    batchOf('detect', 2, 22),
    batchOf('emulated', 1, 3),
  ];
  // 44 ms for 40; no batch of read; emulated replicas take the profile's time, however late that is noticed.
  const [read, detect, emulated] = slownessIn(batches, INPUT);
  expect(read).toBe(1);
  expect(detect).toBeCloseTo(1.1, 12);
  expect(emulated).toBe(1);
});

it('gives profiles that take so many times as long, samples and percentiles among them', () => {
  const row = { ...profileOf('read', { 1: 5 }).rows[0]!, p99Ms: 8, samplesMs: [4, 6] };
  const [read] = slowed([{ model: 'read', hardware: 'cpu', rows: [row] }], [1.5]);
  expect(read!.rows).toEqual([{ ...row, meanMs: 7.5, p99Ms: 12, samplesMs: [6, 9] }]);
});
