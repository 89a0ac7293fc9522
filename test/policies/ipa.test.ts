/** IPA by hand, and against every combination. */
import { expect, it } from 'vitest';
import { ipaPolicy } from '../../src/policies/ipa.js';
import type { StageView } from '../../src/policies/policy.js';
import { diceOf } from '../helpers/random-pipelines.js';
import { decisions, viewOf } from './policy-runs.js';

const ticks = (...perSecond: readonly number[]) => perSecond.map((queries) => ({ queries }));
const policy = (stages: readonly StageView[], sloMs: number, headRoom = stages.map(() => 1)) =>
  ipaPolicy({ stages, headRoom, sloMs, phase: 0 });
const last = (stages: readonly StageView[], sloMs: number, perSecond: readonly number[], headRoom?: number[]) =>
  decisions(policy(stages, sloMs, headRoom), stages, ticks(...perSecond)).at(-1)!;
/** Ten seconds, the busiest of which has so many. */
const busiest = (queries: number) => [...new Array<number>(9).fill(5), queries];
/** 10, 16, 28 ms at 1, 2, 4. */
const A = viewOf('a', { serviceMs: [0, 10, 16, 22, 28] });

it('takes the fewest replicas, then the smallest batches', () => {
  // 100, 125 and 143/s of one: 150/s need 2, 2, 2, so batch 1. 250/s need 3, 2, 2: batch 2.
  expect(last([A], 100, busiest(150))).toMatchObject({ replicas: [2], maxBatchSizes: [1] });
  expect(last([A], 100, busiest(250))).toMatchObject({ replicas: [2], maxBatchSizes: [2] });
  // Batch 2 takes 16 ms and 1 ÷ 250 s: within 20 ms, not within 19.
  expect(last([A], 20, busiest(250))).toMatchObject({ replicas: [2], maxBatchSizes: [2] });
  expect(last([A], 19, busiest(250))).toMatchObject({ replicas: [3], maxBatchSizes: [1] });
});

it('keeps what there is where nothing meets the objective, and what the busiest second of two minutes needs', () => {
  const kept = last([A], 9, busiest(250));
  expect([kept.replicas, kept.maxBatchSizes, kept.reasons[0]!.limitedBy]).toEqual([[1], undefined, 'infeasible']);
  const seconds = [250, ...new Array<number>(119).fill(5)];
  expect(last([A], 19, seconds).replicas).toEqual([3]);
  expect(last([A], 19, [...seconds, ...new Array<number>(10).fill(5)]).replicas).toEqual([1]);
});

it('leaves head-room', () => {
  expect(last([A], 19, busiest(250), [0.5]).replicas).toEqual([5]);
});

it('finds the cheapest of all combinations', () => {
  for (let seed = 0; seed < 200; seed++) {
    const dice = diceOf(seed, 'ipa');
    const stages = Array.from({ length: dice.whole(1, 3) }, (_, s) => {
      const base = dice.whole(1, 20);
      const serviceMs = [0, ...Array.from({ length: 8 }, (_, i) => base + i * dice.whole(1, 6))];
      return viewOf(`s${s}`, { serviceMs, costUsdPerHour: dice.whole(1, 5), scaleFactor: dice.whole(1, 3) });
    });
    const [rate, sloMs] = [dice.whole(1, 400), dice.whole(10, 120)];
    const combinations = stages.reduce<number[][]>(
      (all) => all.flatMap((one) => [1, 2, 4, 8].map((b) => [...one, b])),
      [[]],
    );
    const judged = combinations.map((batches) => {
      const replicas = batches.map((b, s) => {
        const { serviceMs, scaleFactor } = stages[s]!;
        return Math.max(1, Math.ceil(((rate * scaleFactor * serviceMs[b]!) / (b * 1000)) * (1 - 1e-9)));
      });
      const latency = batches.reduce((sum, b, s) => {
        return sum + stages[s]!.serviceMs[b]! + ((b - 1) * 1000) / (rate * stages[s]!.scaleFactor);
      }, 0);
      const usd = replicas.reduce((sum, n, s) => sum + n * stages[s]!.costUsdPerHour, 0);
      return { latency, usd };
    });
    const holding = judged.filter(({ latency }) => latency <= sloMs).map(({ usd }) => usd);
    const found = last(stages, sloMs, new Array<number>(10).fill(rate));
    const usd = found.replicas.reduce((sum, n, s) => sum + n * stages[s]!.costUsdPerHour, 0);
    if (holding.length === 0) expect(found.maxBatchSizes, `seed ${seed}`).toBeUndefined();
    else expect(usd, `seed ${seed}`).toBe(Math.min(...holding));
  }
});
