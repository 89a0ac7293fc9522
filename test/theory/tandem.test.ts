// @module-tag slow
/** Two exponential stages after one another: what leaves an M/M/1 queue is a Poisson stream again (Burke 1956). */
import { expect, it } from 'vitest';
import { exponential, measureChain } from './queue-run.js';
import { expectTheory } from './replications.js';

const GAP_MS = 16;
const FIRST_MS = 10;
const SECOND_MS = 12;

it('the second queue waits as if it stood alone, and the two latencies add up as independent ones', () => {
  // λ = 1/16 per ms: ρ = 0.625 and 0.75; latencies are exponential with means 10 ÷ 0.375 = 26.67 and 12 ÷ 0.25 = 48 ms.
  const [first, second] = [FIRST_MS / (1 - FIRST_MS / GAP_MS), SECOND_MS / (1 - SECOND_MS / GAP_MS)];
  expectTheory(
    (seed) => {
      const measured = measureChain(seed, GAP_MS, [exponential(FIRST_MS), exponential(SECOND_MS)]);
      const [firstWait, secondWait] = measured.meanWaitMs;
      const [firstNoWait, secondNoWait] = measured.noWaitRatio;
      const [p50, p95] = [measured.latencyMs(50), measured.latencyMs(95)];
      return {
        firstWait: firstWait!,
        secondWait: secondWait!,
        firstNoWait: firstNoWait!,
        secondNoWait: secondNoWait!,
        p50,
        p95,
      };
    },
    {
      firstWait: first - FIRST_MS,
      secondWait: second - SECOND_MS,
      firstNoWait: 1 - FIRST_MS / GAP_MS,
      secondNoWait: 1 - SECOND_MS / GAP_MS,
      p50: percentileOfSum(0.5, first, second),
      p95: percentileOfSum(0.95, first, second),
    },
  );
});

it('the percentile of a sum of two exponentials is where its distribution says', () => {
  const ms = percentileOfSum(0.9, 2, 5);
  // P(X + Y > t) = (5·e^(−t/5) − 2·e^(−t/2)) ÷ 3
  expect((5 * Math.exp(-ms / 5) - 2 * Math.exp(-ms / 2)) / 3).toBeCloseTo(0.1, 9);
});

/** Where the sum of independent exponentials of two different means reaches a share. */
function percentileOfSum(share: number, a: number, b: number): number {
  const exceeds = (t: number) => (b * Math.exp(-t / b) - a * Math.exp(-t / a)) / (b - a);
  let [low, high] = [0, 100 * (a + b)];
  for (let n = 0; n < 200; n++) {
    const middle = (low + high) / 2;
    if (exceeds(middle) > 1 - share) low = middle;
    else high = middle;
  }
  return low;
}
