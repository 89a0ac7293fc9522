// @module-tag slow
/**
 * One replica that takes up to b items at once and never waits for more, with service times that do not depend on the
 * batch: the general bulk service rule with limits 1 and b (Neuts 1967; Chaudhry and Templeton, A First Course in Bulk Queues, 1983).
 */
import { describe, expect, it } from 'vitest';
import { constant, exponential, measureChain } from './queue-run.js';
import { expectTheory } from './replications.js';

const SERVICE_MS = 10;

interface Bulk {
  readonly meanWaitMs: number;
  readonly noWait: number;
}

/**
 * M/M^[1,b]/1. With p(n) the probability of n waiting while the server is busy, balance gives
 * (λ + μ)·p(n) = λ·p(n − 1) + μ·p(n + b) for n ≥ 1, so p(n) = p(0)·rⁿ with the root r in (0, 1) of
 * μ·r^(b+1) − (λ + μ)·r + λ = 0; and λ·P(idle) = μ·p(0). An arrival waits unless the server is idle.
 */
function exponentialBulk(lambda: number, mu: number, b: number): Bulk {
  const f = (r: number) => mu * r ** (b + 1) - (lambda + mu) * r + lambda;
  // f falls from λ at 0 to below 0, and is 0 again at 1.
  let [low, high] = [0, 1 - 1e-9];
  for (let n = 0; n < 200; n++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  const r = low;
  const p0 = 1 / (mu / lambda + 1 / (1 - r));
  return { meanWaitMs: (p0 * r) / (1 - r) ** 2 / lambda, noWait: (mu * p0) / lambda };
}

/**
 * M/D^[1,b]/1. Seen just after a batch is done, the number waiting N goes to max(N − b, 0) + Poisson(λD): its
 * distribution is found by going on from 0. From there to the next such instant the items waiting add up, over time, to
 * E max(N − b, 0)·D + λD²/2, in D plus an idle time of 1/λ when N = 0.
 */
function constantBulk(lambda: number, serviceMs: number, b: number): Bulk {
  const size = 400;
  const arrivals = new Float64Array(size);
  arrivals[0] = Math.exp(-lambda * serviceMs);
  for (let k = 1; k < size; k++) arrivals[k] = (arrivals[k - 1]! * lambda * serviceMs) / k;
  let law = new Float64Array(size);
  law[0] = 1;
  for (let turn = 0; turn < 600; turn++) {
    const next = new Float64Array(size);
    law.forEach((chance, n) => {
      const left = Math.max(n - b, 0);
      if (chance > 1e-18) for (let k = 0; left + k < size; k++) next[left + k]! += chance * arrivals[k]!;
    });
    law = next;
  }
  const left = law.reduce((sum, chance, n) => sum + chance * Math.max(n - b, 0), 0);
  const cycleMs = serviceMs + law[0]! / lambda;
  const waiting = (left * serviceMs + (lambda * serviceMs ** 2) / 2) / cycleMs;
  return { meanWaitMs: waiting / lambda, noWait: law[0]! / lambda / cycleMs };
}

describe('the formulas of bulk service', () => {
  it('are those of M/M/1 and M/D/1 when b is 1', () => {
    // ρ = 0.7: ρ ÷ (μ − λ) = 23.33 ms and ρ·D ÷ (2·(1 − ρ)) = 11.67 ms; idle 0.3 of the time.
    const [markov, fixed] = [exponentialBulk(0.07, 0.1, 1), constantBulk(0.07, SERVICE_MS, 1)];
    expect([markov.meanWaitMs, markov.noWait]).toEqual([expect.closeTo(0.7 / 0.03, 6), expect.closeTo(0.3, 6)]);
    expect([fixed.meanWaitMs, fixed.noWait]).toEqual([expect.closeTo(7 / 0.6, 6), expect.closeTo(0.3, 6)]);
  });
});

describe.each([
  ['light', 2, 0.4],
  ['at two thirds', 4, 0.66],
  ['large batches', 8, 0.7],
])('bulk service, %s: b = %d, ρ = %d', (_name, b, rho) => {
  const lambda = (b * rho) / SERVICE_MS;

  it.each([
    ['M/M^[1,b]/1', exponential(SERVICE_MS, b), exponentialBulk(lambda, 1 / SERVICE_MS, b)],
    ['M/D^[1,b]/1', constant(SERVICE_MS, b), constantBulk(lambda, SERVICE_MS, b)],
  ])('%s waits as long on average, and as often not at all', (_queue, server, { meanWaitMs, noWait }) => {
    expectTheory(
      (seed) => {
        const measured = measureChain(seed, 1 / lambda, [server]);
        return { wait: measured.meanWaitMs[0]!, noWait: measured.noWaitRatio[0]! };
      },
      // Who arrives at the very microsecond of a completion does not wait either: that counts where hardly anyone else does not.
      noWait < 0.02 ? { wait: meanWaitMs } : { wait: meanWaitMs, noWait },
    );
  });
});
