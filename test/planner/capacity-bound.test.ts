import { expect, it } from 'vitest';
import { insufficientRate, replicaRate } from '../../src/planner/capacity-bound.js';
import { randomStream } from '../../src/random.js';

/**
 * Divisible work of 1/rate per query in windows [a, a + D] can be done first come, first served, when every run i..j of
 * the queries served fits into the time from a_i to a_j + D: count ÷ rate ≤ a_j + D − a_i. The least rate that serves all
 * but `allowed` queries is then the best over every way to leave that many out.
 */
function leastRate(arrivalsUs: readonly number[], windowUs: number, allowed: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let left = 0; left < 2 ** arrivalsUs.length; left++) {
    const served = arrivalsUs.filter((_, i) => ((left >> i) & 1) === 0);
    if (arrivalsUs.length - served.length > allowed) continue;
    let rate = 0;
    for (let i = 0; i < served.length; i++) {
      for (let j = i; j < served.length; j++) {
        rate = Math.max(rate, (j - i + 1) / (served[j]! + windowUs - served[i]!));
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
    const proved = insufficientRate(Float64Array.from(arrivals), { windowUs, allowedMisses });
    expect(proved).toBeLessThan(least);
    // One query in its window needs 1/D and nothing proves more; otherwise bisection ends just below the least rate.
    expect(proved).toBeGreaterThan(least * (1 - 1e-3));
  }
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
  ['nobody has to be served', [0, 0], { windowUs: 10, allowedMisses: 2 }, 0],
  ['no queries', [], { windowUs: 10, allowedMisses: 0 }, 0],
  ['a window that ends before it begins', [0], { windowUs: -1, allowedMisses: 0 }, Number.POSITIVE_INFINITY],
])('%s', (_, arrivals, bounds, least) => {
  const proved = insufficientRate(Float64Array.from(arrivals), bounds);
  if (least === 0 || least === Number.POSITIVE_INFINITY) expect(proved).toBe(least);
  else {
    expect(proved).toBeLessThan(least);
    expect(proved).toBeGreaterThan(least * (1 - 1e-3));
  }
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
