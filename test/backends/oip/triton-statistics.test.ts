import { describe, expect, it } from 'vitest';
import { readBatchCounters, timeBetween } from '../../../src/backends/oip/triton-statistics.js';
import { piece } from '../../../src/backends/shared/answer-shape.js';

const part = (count: number, ns: number) => ({ count, ns });
const entry = (batch_size: number, count: number, ns: number) => ({
  batch_size,
  compute_input: part(count, 1_000_000),
  compute_infer: part(count, ns),
  compute_output: part(count, 2_000_000),
});
const read = (value: unknown) => readBatchCounters(piece(value, 'http://triton/stats'));

describe('readBatchCounters', () => {
  it('adds input, inference and output, over all versions of the model', () => {
    // 1 + 5 + 2 ms in the first version, 1 + 7 + 2 in the second.
    const stats = {
      model_stats: [{ batch_stats: [entry(4, 2, 5e6)] }, { batch_stats: [entry(4, 1, 7e6), entry(1, 1, 0)] }],
    };
    expect([...read(stats)!]).toEqual([
      [4, { count: 3, ms: 18 }],
      [1, { count: 1, ms: 3 }],
    ]);
  });

  it.each([
    ['a model that ran nothing yet', { model_stats: [{ batch_stats: [] }] }, new Map()],
    ['a server without statistics per batch', { model_stats: [{ name: 'm' }] }, undefined],
    ['a server without statistics', {}, undefined],
  ])('%s', (_, stats, expected) => {
    expect(read(stats)).toEqual(expected);
  });

  it('refuses what is no count', () => {
    const broken = { model_stats: [{ batch_stats: [{ ...entry(4, 1, 1), batch_size: 'four' }] }] };
    expect(() => read(broken)).toThrow(/batch_size: must be a whole number/);
  });
});

describe('timeBetween', () => {
  const counters = (entries: Readonly<Record<number, readonly [number, number]>>) =>
    new Map(Object.entries(entries).map(([size, [count, ms]]) => [Number(size), { count, ms }]));

  it('is what one more batch of the size took', () => {
    const before = counters({ 4: [2, 20], 1: [5, 5] });
    expect(timeBetween(before, counters({ 4: [3, 29], 1: [5, 5] }), 4)).toEqual({ serviceMs: 9 });
    expect(timeBetween(new Map(), counters({ 4: [1, 7] }), 4)).toEqual({ serviceMs: 7 });
  });

  it.each([
    ['the server split the batch', { 4: [2, 20], 2: [2, 8] }, '2 of size 2'],
    ['others sent a batch of the same size', { 4: [4, 40] }, '2 of size 4'],
    ['others sent another batch', { 4: [3, 30], 1: [1, 2] }, '1 of size 1, 1 of size 4'],
    ['nothing ran', { 4: [2, 20] }, 'no batch'],
  ])('is not known when %s', (_, after, told) => {
    const outcome = timeBetween(counters({ 4: [2, 20] }), counters(after as never), 4);
    expect(outcome).toEqual({ failure: expect.stringContaining(told) });
  });
});
