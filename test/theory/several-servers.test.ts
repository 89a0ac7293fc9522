// @module-tag slow
/** Several replicas, one item at a time. */
import { describe, expect, it } from 'vitest';
import { pipelineOf, setupOf } from '../helpers/builders.js';
import { recordRun } from '../helpers/recorded-run.js';
import { exponential, measureChain } from './queue-run.js';
import { expectTheory } from './replications.js';

describe('M/M/c, by the empirical service model', () => {
  it.each([
    [2, 0.7],
    [5, 0.8],
  ])('waits with the probability of Erlang C, and then 1 ÷ (c·μ − λ) on average: c = %d, ρ = %d', (replicas, rho) => {
    const serviceMs = 20;
    const gapMs = serviceMs / (replicas * rho);
    const waits = erlangC(replicas, replicas * rho);
    expectTheory(
      (seed) => {
        const server = { ...exponential(serviceMs), replicas };
        const { meanWaitMs, noWaitRatio } = measureChain(seed, gapMs, [server]);
        return { wait: meanWaitMs[0]!, waits: 1 - noWaitRatio[0]! };
      },
      { wait: waits / (replicas / serviceMs - 1 / gapMs), waits },
    );
  });

  it('Erlang C of one server is its load, and of two 2ρ² ÷ (1 + ρ)', () => {
    expect(erlangC(1, 0.6)).toBeCloseTo(0.6, 12);
    expect(erlangC(2, 1.4)).toBeCloseTo((2 * 0.7 ** 2) / 1.7, 12);
  });
});

/** The probability of waiting with c servers under an offered load of a servers' worth (Erlang 1917). */
function erlangC(c: number, a: number): number {
  let term = 1;
  let below = 0;
  for (let k = 0; k < c; k++) {
    below += term;
    term *= a / (k + 1);
  }
  const all = (term * c) / (c - a);
  return all / (below + all);
}

describe('D/D/c', () => {
  it.each([
    // name, replicas, gap, service
    ['keeps up exactly', 3, 10, 30],
    ['has time to spare', 2, 10, 19],
    ['falls behind', 1, 10, 13],
    ['falls behind with several replicas', 4, 10, 47],
    ['takes everything at once', 5, 0, 7],
  ])('%s: %d replicas, every %d µs, %d µs each', (_name, replicas, gapUs, serviceUs) => {
    const arrivalsUs = Array.from({ length: 500 }, (_, q) => q * gapUs);
    const stages = [setupOf([serviceUs], { replicas })];
    const { endUs } = recordRun({ pipeline: pipelineOf({ a: {} }), stages, arrivalsUs, seed: 1 });
    // Query k·c + r is the k-th turn of replica r: it starts k turns after r's first, or as it arrives.
    const lagUs = Math.max(0, serviceUs - replicas * gapUs);
    expect(endUs).toEqual(arrivalsUs.map((us, q) => us + Math.floor(q / replicas) * lagUs + serviceUs));
  });
});
