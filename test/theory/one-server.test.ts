// @module-tag slow
/** One replica, one item at a time. */
import { describe, it } from 'vitest';
import { constant, exponential, measureChain } from './queue-run.js';
import { expectTheory } from './replications.js';

const SERVICE_MS = 10;

describe('M/D/1', () => {
  it.each([0.5, 0.8])('waits ρ·D ÷ (2·(1 − ρ)) on average, and not at all with probability 1 − ρ: ρ = %d', (rho) => {
    // Pollaczek–Khinchine; at ρ = 0.8 the mean wait is 0.8 · 10 ÷ 0.4 = 20 ms.
    expectTheory(
      (seed) => {
        const { meanWaitMs, noWaitRatio, meanLatencyMs } = measureChain(seed, SERVICE_MS / rho, [constant(SERVICE_MS)]);
        return { wait: meanWaitMs[0]!, noWait: noWaitRatio[0]!, latency: meanLatencyMs };
      },
      {
        wait: (rho * SERVICE_MS) / (2 * (1 - rho)),
        noWait: 1 - rho,
        latency: SERVICE_MS + (rho * SERVICE_MS) / (2 * (1 - rho)),
      },
    );
  });
});

describe('M/M/1, by the empirical service model', () => {
  it.each([0.5, 0.75])('waits ρ ÷ (μ − λ) on average; its latency is exponential with rate μ − λ: ρ = %d', (rho) => {
    // At ρ = 0.75: μ − λ = 0.1 − 0.075 = 0.025 per ms, so 30 ms of wait and a p95 of ln 20 · 40 ≈ 120 ms.
    const meanLatencyMs = SERVICE_MS / (1 - rho);
    expectTheory(
      (seed) => {
        const measured = measureChain(seed, SERVICE_MS / rho, [exponential(SERVICE_MS)]);
        return {
          wait: measured.meanWaitMs[0]!,
          noWait: measured.noWaitRatio[0]!,
          p50: measured.latencyMs(50),
          p95: measured.latencyMs(95),
        };
      },
      {
        wait: rho * meanLatencyMs,
        noWait: 1 - rho,
        p50: Math.log(2) * meanLatencyMs,
        p95: Math.log(20) * meanLatencyMs,
      },
    );
  });
});
