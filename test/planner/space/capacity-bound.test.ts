import { expect, it } from 'vitest';
import { CapacityBound, isTooLow, replicaRate } from '../../../src/planner/space/capacity-bound.js';
import { randomStream } from '../../../src/random.js';
import type { ServiceTimes } from '../../../src/simulation/service-times.js';

/** Windows are widened a little against rounding, which lets a slightly lower rate do. */
const BELOW = 1 - 2e-3;

/**
 * Divisible work of 1/rate per query in windows [a, a + D] can be done first come, first served, when every run i..j of
 * the queries served fits into the time from a_i to a_j + D: items ÷ rate ≤ a_j + D − a_i. The least rate that serves all
 * but `allowed` queries is then the best over every way to leave that many out.
 */
function leastRate(
  arrivalsUs: readonly number[],
  windowUs: number,
  allowed: number,
  items: readonly number[] = arrivalsUs.map(() => 1),
): number {
  let best = Number.POSITIVE_INFINITY;
  for (let left = 0; left < 2 ** arrivalsUs.length; left++) {
    const isServed = (_: number, i: number): boolean => ((left >> i) & 1) === 0;
    const served = arrivalsUs.filter(isServed);
    const sizes = items.filter(isServed);
    if (arrivalsUs.length - served.length > allowed) continue;
    let rate = 0;
    for (let i = 0; i < served.length; i++) {
      for (let j = i; j < served.length; j++) {
        const work = sizes.slice(i, j + 1).reduce((a, b) => a + b, 0);
        rate = Math.max(rate, work / (served[j]! + windowUs - served[i]!));
      }
    }
    best = Math.min(best, rate);
  }
  return best;
}

it('law: first come, refuse what cannot end in time, refuses as few as any choice of queries does', () => {
  const random = randomStream(1, 'capacity bound');
  for (let n = 0; n < 400; n++) {
    const span = 50 + Math.floor(random() * 400);
    const arrivals = Array.from({ length: 1 + Math.floor(random() * 9) }, () => Math.floor(random() * span));
    arrivals.sort((a, b) => a - b);
    const windowUs = 20 + Math.floor(random() * 200);
    const allowedMisses = Math.floor(random() * Math.min(3, arrivals.length));
    const least = leastRate(arrivals, windowUs, allowedMisses);
    const visitors = { arrivalsUs: Float64Array.from(arrivals), items: null, isSingle: true };
    expect(isTooLow(visitors, { rate: least, windowUs, allowedMisses })).toBe(false);
    expect(isTooLow(visitors, { rate: least * BELOW, windowUs, allowedMisses })).toBe(true);
  }
});

it('law: with several items a query, no choice of queries to leave out needs as little as is proved too little', () => {
  const random = randomStream(2, 'capacity bound');
  let exact = 0;
  for (let n = 0; n < 400; n++) {
    const span = 50 + Math.floor(random() * 400);
    const arrivals = Array.from({ length: 2 + Math.floor(random() * 8) }, () => Math.floor(random() * span));
    arrivals.sort((a, b) => a - b);
    const items = arrivals.map(() => 1 + Math.floor(random() * 4));
    const windowUs = 20 + Math.floor(random() * 200);
    const allowedMisses = Math.floor(random() * Math.min(3, arrivals.length));
    const visitors = { arrivalsUs: Float64Array.from(arrivals), items: Uint16Array.from(items), isSingle: false };
    const least = leastRate(arrivals, windowUs, allowedMisses, items);
    expect(isTooLow(visitors, { rate: least, windowUs, allowedMisses })).toBe(false);
    if (isTooLow(visitors, { rate: least * BELOW, windowUs, allowedMisses })) exact++;
  }
  // Refusing a piece that was served in part frees less than the bound takes for granted, but seldom.
  expect(exact).toBeGreaterThan(300);
});

it.each([
  // Four items in [0, 10].
  ['two queries of three items and one', { allowedMisses: 0 }, 0.4],
  // The larger one is left out.
  ['one of them may miss', { allowedMisses: 1 }, 0.1],
])('%s', (_, { allowedMisses }, least) => {
  const visitors = { arrivalsUs: Float64Array.of(0, 0), items: Uint16Array.of(3, 1), isSingle: false };
  expect(isTooLow(visitors, { rate: least, windowUs: 10, allowedMisses })).toBe(false);
  expect(isTooLow(visitors, { rate: least * BELOW, windowUs: 10, allowedMisses })).toBe(true);
});

it.each([
  // Two at one instant, 10 µs for both: 2/10 per µs.
  ['two together', [0, 0], { windowUs: 10, allowedMisses: 0 }, 0.2],
  // One of them may miss: the other has the window to itself.
  ['two together, one may miss', [0, 0], { windowUs: 10, allowedMisses: 1 }, 0.1],
  // [0, 10] and [30, 40] do not touch.
  ['two apart', [0, 30], { windowUs: 10, allowedMisses: 0 }, 0.1],
  // Three in [0, 14]: 3/14 is more than 2/12 for each pair and 1/10 for each alone.
  ['three that overlap', [0, 2, 4], { windowUs: 10, allowedMisses: 0 }, 3 / 14],
])('%s', (_, arrivals, bounds, least) => {
  const visitors = { arrivalsUs: Float64Array.from(arrivals), items: null, isSingle: true };
  expect(isTooLow(visitors, { ...bounds, rate: least })).toBe(false);
  expect(isTooLow(visitors, { ...bounds, rate: least * BELOW })).toBe(true);
});

// Service times of 10, 12 and 30 µs for 1, 2 and 3 items: 1/10, 1/6 and 1/10 per µs.
const SERVICE_US = Float64Array.of(0, 10, 12, 30);
it.each([
  ['the best size, not the largest', { maxBatchSize: 3, windowUs: 100 }, 1 / 6],
  ['no size above the max batch size', { maxBatchSize: 1, windowUs: 100 }, 1 / 10],
  ['no batch that outlasts the window', { maxBatchSize: 3, windowUs: 11 }, 1 / 10],
  ['a batch that fills the window', { maxBatchSize: 3, windowUs: 12 }, 1 / 6],
  ['no batch at all', { maxBatchSize: 3, windowUs: 9 }, 0],
])('a replica serves at %s', (_, { maxBatchSize, windowUs }, rate) => {
  expect(replicaRate(SERVICE_US, maxBatchSize, windowUs)).toBe(rate);
});

/** A stage whose replica gives `items` items in each batch of 100 µs. */
function stageOf(items: number): { service: ServiceTimes; maxBatchSize: number } {
  const fastestUs = new Float64Array(items + 1).fill(100);
  return { service: { fastestUs } as ServiceTimes, maxBatchSize: items };
}

it('law: the fewest replicas are the first number whose rate is not too low, in whatever order windows and hardware are asked', () => {
  const random = randomStream(3, 'capacity bound');
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const sloUs = 5000;
  const windowStepUs = sloUs / 100;
  for (let n = 0; n < 40; n++) {
    const arrivals = Array.from({ length: upTo(300) }, () => upTo(20_000)).sort((a, b) => a - b);
    const items = random() < 0.5 ? null : Uint16Array.from(arrivals, () => upTo(5));
    const visitors = { arrivalsUs: Float64Array.from(arrivals), items, isSingle: items === null };
    const allowedMisses = Math.floor(random() * 10);
    const bound = new CapacityBound([visitors], { allowedMisses, sloUs });
    for (let question = 0; question < 40; question++) {
      const size = upTo(6);
      const windowUs = windowStepUs * (1 + upTo(99));
      let fewest = 1;
      while (isTooLow(visitors, { rate: (fewest * size) / 100, windowUs, allowedMisses })) fewest++;
      expect(bound.fewestReplicas(0, { ...stageOf(size), windowUs })).toBe(fewest);
    }
  }
});

it.each([
  ['no time for any item', { windowUs: 99 }, Number.POSITIVE_INFINITY],
  ['a window that ends before it begins', { windowUs: -1 }, Number.POSITIVE_INFINITY],
  ['as many as come at once', { windowUs: 100 }, 3],
  ['twice the time', { windowUs: 200 }, 2],
])('fewest replicas of a stage with three items at one instant: %s', (_, { windowUs }, fewest) => {
  const visitors = { arrivalsUs: Float64Array.of(0, 0, 0), items: null, isSingle: true };
  const bound = new CapacityBound([visitors], { allowedMisses: 0, sloUs: 1000 });
  expect(bound.fewestReplicas(0, { ...stageOf(1), windowUs })).toBe(fewest);
});

it('law: queries without an item at the stage count for nothing, in a trace of several blocks too', () => {
  const random = randomStream(4, 'capacity bound');
  for (let n = 0; n < 20; n++) {
    const isSingle = n % 2 === 0;
    const arrivalsUs = Float64Array.from({ length: 10_000 }, () => Math.floor(random() * 1e6)).sort();
    const items = Uint16Array.from(arrivalsUs, () => Math.floor(random() * (isSingle ? 2 : 4)));
    const isVisiting = (_: number, q: number): boolean => items[q]! > 0;
    const visiting = { arrivalsUs: arrivalsUs.filter(isVisiting), items: items.filter((count) => count > 0), isSingle };
    const asked = { allowedMisses: Math.floor(random() * 200), sloUs: 5000 };
    const [all, some] = [{ arrivalsUs, items, isSingle }, visiting].map((one) => new CapacityBound([one], asked));
    for (const windowUs of [200, 500, 2000, 5000]) {
      const stage = { ...stageOf(1), windowUs };
      expect(all!.fewestReplicas(0, stage)).toBe(some!.fewestReplicas(0, stage));
    }
  }
});

it('one replica where nobody has to be served', () => {
  const visitors = { arrivalsUs: Float64Array.of(0, 0), items: null, isSingle: true };
  const bound = new CapacityBound([visitors], { allowedMisses: 2, sloUs: 1000 });
  expect(bound.fewestReplicas(0, { ...stageOf(1), windowUs: 100 })).toBe(1);
});
