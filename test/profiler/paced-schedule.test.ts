import { describe, expect, it } from 'vitest';
import { pacedStreams, queryRateQps } from '../../src/profiler/paced-schedule.js';
import { scaledSamples } from '../../src/profiler/scale-sparse.js';

const EXPECTED = [
  { batchSize: 1, serviceMs: 4 },
  { batchSize: 8, serviceMs: 12 },
];
const stage = (name: string, replicas = 1) => ({ stage: name, replicas, itemsPerQuery: 1, expected: EXPECTED });
const BLOCK = { blockMs: 1000, duty: 0.5, seed: 1, block: 0 };

describe('pacedStreams', () => {
  it('gives every replica of every stage a stream', () => {
    const streams = pacedStreams([stage('a', 2), stage('b')], BLOCK);
    expect(streams.map((stream) => [stream.stage, stream.replica])).toEqual([
      ['a', 0],
      ['a', 1],
      ['b', 0],
    ]);
    expect(streams[0]!.batches).not.toEqual(streams[1]!.batches);
  });

  it('draws the same for one seed, whatever other stages there are, and other things for another block', () => {
    const alone = pacedStreams([stage('b')], BLOCK);
    expect(pacedStreams([stage('a'), stage('b')], BLOCK).at(-1)).toEqual(alone[0]);
    expect(pacedStreams([stage('b')], { ...BLOCK, block: 1 })).not.toEqual(alone);
  });

  it('fills the block, with the last batch at most beyond it', () => {
    for (let block = 0; block < 50; block++) {
      const { batches } = pacedStreams([stage('a')], { ...BLOCK, block })[0]!;
      const lengths = batches.map(({ batchSize, gapMs }) => gapMs + (batchSize === 1 ? 4 : 12));
      const total = lengths.reduce((sum, ms) => sum + ms, 0);
      expect(total).toBeGreaterThanOrEqual(1000);
      expect(total - lengths.at(-1)!).toBeLessThan(1000);
    }
  });

  // Each of two replicas gets four items where the other stage gets one: a duty of 0.5 there leaves 0.125 here.
  it('paces the busiest stage at the duty, and the others in proportion to the work of a query', () => {
    const busiest = { ...stage('b', 2), itemsPerQuery: 8 };
    const streams = pacedStreams([stage('a'), busiest], { ...BLOCK, blockMs: 2_000_000 });
    const busyShares = streams.map(({ batches }) => {
      const busyMs = batches.reduce((sum, { batchSize }) => sum + (batchSize === 1 ? 4 : 12), 0);
      const gapsMs = batches.reduce((sum, { gapMs }) => sum + gapMs, 0);
      return busyMs / (busyMs + gapsMs);
    });
    expect(busyShares[0]).toBeCloseTo(0.125, 2);
    expect(busyShares[1]).toBeCloseTo(0.5, 1);
    const atOnce = streams[1]!.batches.filter(({ gapMs }) => gapMs === 0).length / streams[1]!.batches.length;
    expect(atOnce).toBeCloseTo(0.5, 1);
  });

  it('measures a stage that hardly any work comes to, after gaps of 100 ms on average', () => {
    const rare = { ...stage('a'), itemsPerQuery: 1e-9 };
    const { batches } = pacedStreams([rare, stage('b')], { ...BLOCK, blockMs: 2_000_000 })[0]!;
    const gapsMs = batches.reduce((sum, { gapMs }) => sum + gapMs, 0);
    expect(gapsMs / batches.length / 100).toBeCloseTo(1, 1);
  });

  it('holds one batch at least, however short the block', () => {
    expect(pacedStreams([stage('a')], { ...BLOCK, blockMs: 0.001 })[0]!.batches).toHaveLength(1);
  });

  // Busy share of a long block: within four standard errors. Of some 40 000 batches the relative error of the mean gap is about 1/200.
  it.each([0.1, 0.5, 0.9])('P2: keeps a replica busy for a share of %d of the time', (duty) => {
    const { batches } = pacedStreams([stage('a')], { ...BLOCK, blockMs: 640_000, duty })[0]!;
    const busyMs = batches.reduce((sum, { batchSize }) => sum + (batchSize === 1 ? 4 : 12), 0);
    const gapsMs = batches.reduce((sum, { gapMs }) => sum + gapMs, 0);
    expect(busyMs / (busyMs + gapsMs)).toBeCloseTo(duty, 1);
    const ones = batches.filter(({ batchSize }) => batchSize === 1).length;
    expect(ones / batches.length).toBeCloseTo(0.5, 1);
  });
});

it('scales paced samples of one item by the hot curve', () => {
  // 2 ms at size 1 and 5 ms at size 4: 3 ms becomes 3 x 5/2 = 7.5 ms.
  expect(scaledSamples([3, 4], { oneMs: 2, sizeMs: 5 })).toEqual([7.5, 10]);
});

describe('queryRateQps', () => {
  it.each([
    // 4 ms a query: 250 in a second keep it busy all the time.
    ['one stage', [stage('a')], 125],
    // Eight items of 4 ms over two replicas: 16 ms a query.
    ['the busiest stage', [stage('a'), { ...stage('b', 2), itemsPerQuery: 8 }], 31.25],
    ['no more than can be taken in', [{ ...stage('a'), expected: [{ batchSize: 1, serviceMs: 0.1 }] }], 500],
  ])('%s', (_, stages, rateQps) => {
    expect(queryRateQps(stages, 0.5)).toBe(rateQps);
  });
});
