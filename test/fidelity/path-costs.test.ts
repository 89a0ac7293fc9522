import { describe, expect, it } from 'vitest';
import { pathCosts, type QueryInstants } from '../../src/fidelity/path-costs.js';
import { randomStream } from '../../src/random.js';

describe('pathCosts', () => {
  it.each<readonly [string, QueryInstants, readonly number[], readonly number[]]>([
    ['no queries', { scheduledMs: [], answeredMs: [], enteredMs: [], lastEndMs: [] }, [], []],
    // 20 ms in all, 18.4 of them in the engine: 0.8 each way.
    ['one query', { scheduledMs: [10], answeredMs: [30], enteredMs: [110.5], lastEndMs: [128.9] }, [0.8], [0.8]],
    // Clocks 100 apart. Ingress 1 and 3, egress 1 and 2: the shortest are 1 each, so the offset is found exactly.
    [
      'two queries',
      { scheduledMs: [0, 10], answeredMs: [12, 25], enteredMs: [101, 113], lastEndMs: [111, 123] },
      [1, 3],
      [1, 2],
    ],
    // The first query overtakes the second on the way in and ends after it: 1 and 2 ms in, 1 and 1 out, whichever is which.
    [
      'two queries that overtake each other',
      { scheduledMs: [0, 1], answeredMs: [31, 12], enteredMs: [103, 101], lastEndMs: [130, 111] },
      [1, 2],
      [1, 1],
    ],
  ])('of %s', (_, instants, ingressMs, egressMs) => {
    const { ingressMs: into, egressMs: outOf } = pathCosts(instants);
    expect(into.map((ms) => Number(ms.toFixed(6)))).toEqual(ingressMs);
    expect(outOf.map((ms) => Number(ms.toFixed(6)))).toEqual(egressMs);
  });

  it('does not depend on when the engine started', () => {
    const random = randomStream(1, 'costs');
    const scheduledMs = Array.from({ length: 50 }, (_, query) => query * 5);
    const enteredMs = scheduledMs.map((ms) => ms + 0.2 + random());
    const lastEndMs = enteredMs.map((ms) => ms + 10 * random());
    const answeredMs = lastEndMs.map((ms) => ms + 0.2 + random());
    const shifted = { enteredMs: enteredMs.map((ms) => ms - 512), lastEndMs: lastEndMs.map((ms) => ms - 512) };
    const costs = pathCosts({ scheduledMs, answeredMs, enteredMs, lastEndMs });
    const others = pathCosts({ scheduledMs, answeredMs, ...shifted });
    costs.ingressMs.forEach((ms, n) => {
      expect(others.ingressMs[n]).toBeCloseTo(ms, 9);
    });
    costs.egressMs.forEach((ms, n) => {
      expect(others.egressMs[n]).toBeCloseTo(ms, 9);
    });
    expect(costs.ingressMs).toHaveLength(50);
  });
});
