// @module-tag slow
/** Laws of every policy of the catalogue in the closed loop. */
import { describe, expect, it } from 'vitest';
import { SWEPT_FACTORS } from '../../src/compare/starting-plan.js';
import { randomStream } from '../../src/random.js';
import { comparison, EVERY_POLICY } from './compare-plans.js';

const SECOND_US = 1_000_000;

/** Exponential gaps at rates that change every `stepS` seconds. */
function poisson(seed: number, ratesQps: readonly number[], stepS: number): number[] {
  const uniform = randomStream(seed, 'compare');
  const arrivals: number[] = [];
  ratesQps.forEach((rate, i) => {
    const endUs = (i + 1) * stepS * SECOND_US;
    for (let us = i * stepS * SECOND_US; ; ) {
      us += (-Math.log(1 - uniform()) / rate) * SECOND_US;
      if (us >= endUs) break;
      arrivals.push(Math.floor(us));
    }
  });
  return arrivals;
}

const BUSY = poisson(1, [60, 250, 20, 120, 5, 90], 60);

describe('every policy', () => {
  it('T12: asks for numbers of replicas within the bounds, whatever arrives', () => {
    const { rows } = comparison(BUSY, { bounds: { fewestReplicas: 2, mostReplicas: 5 } });
    expect(rows.map(({ policy }) => policy)).toEqual(EVERY_POLICY.map(({ name }) => name));
    for (const { policy, outcome } of rows) {
      for (const { replicas } of outcome.timelines) {
        const seen = replicas.map((step) => step.replicas);
        expect([policy, Math.min(...seen) >= 2, Math.max(...seen) <= 5]).toEqual([policy, true, true]);
      }
    }
  });

  it('T13: comes to rest at a constant load', () => {
    // 70/s with equal gaps for 40 minutes: nothing changes in the last ten.
    const constant = Array.from({ length: 70 * 2400 }, (_, i) => Math.floor((i * SECOND_US) / 70));
    const { rows } = comparison(constant);
    const late = rows.flatMap(({ policy, outcome }) =>
      outcome.timelines.flatMap(({ replicas }) =>
        replicas.filter(({ atMs }) => atMs > 1800_000).map(({ atMs }) => `${policy} at ${atMs}`),
      ),
    );
    expect(late).toEqual([]);
    for (const { policy, flips } of rows)
      if (policy.startsWith('inferline')) expect([policy, flips]).toEqual([policy, 0]);
  });

  it('T14: gives the same for the same arrivals, seed and phase', () => {
    for (const phase of [0, 0.4]) expect(comparison(BUSY, { phase })).toEqual(comparison(BUSY, { phase }));
  });

  it('is held against the clairvoyant tuner, whether that is asked for or not', () => {
    const [with_, without] = [EVERY_POLICY, EVERY_POLICY.filter(({ name }) => name === 'fixed')].map((policies) =>
      comparison(BUSY, { policies }).rows.find(({ policy }) => policy === 'fixed'),
    );
    expect({ ...without, lateRatio: 0 }).toEqual({ ...with_, lateRatio: 0 });
    expect(comparison(BUSY).rows.find(({ policy }) => policy === 'clairvoyant')).toMatchObject({
      ...{ costRatio: 1, shortReplicaS: 0, overUsd: 0 },
    });
  });
});

describe('swept targets', () => {
  it('give each policy with a target a curve, and the scoreboard its best in hindsight', () => {
    const planningUs = poisson(2, [100], 120);
    const { rows, curves } = comparison(BUSY, { targets: 'swept', planningUs });
    const swept = EVERY_POLICY.filter(({ kind }) => kind?.hasTarget).map(({ name }) => name);
    expect(curves!.map(({ policy }) => policy)).toEqual(swept);
    for (const { policy, points } of curves!) {
      expect(points.map(({ factor }) => factor)).toEqual([...SWEPT_FACTORS]);
      const { factor, outcome } = rows.find((row) => row.policy === policy)!;
      const chosen = points.find((point) => point.factor === factor)!;
      expect(chosen).toMatchObject({ costUsd: outcome.costUsd, misses: outcome.misses });
      const holding = points.filter(({ misses }) => misses <= outcome.allowedMisses);
      if (holding.length > 0) expect(outcome.costUsd).toBe(Math.min(...holding.map(({ costUsd }) => costUsd)));
      else expect(outcome.misses).toBe(Math.min(...points.map(({ misses }) => misses)));
    }
  });
});

it('explains the ticks of one policy', () => {
  const { explained, rows } = comparison(BUSY, { explain: 'inferline' });
  const row = rows.find(({ policy }) => policy === 'inferline')!;
  const steps = row.outcome.timelines.flatMap(({ stage, replicas }) =>
    replicas.slice(1).map(({ atMs, replicas: after }) => ({ stage, fromMs: atMs, after })),
  );
  expect(steps.length).toBeGreaterThan(3);
  expect(explained!.spans).toEqual(expect.arrayContaining(steps.map((step) => expect.objectContaining(step))));
});
