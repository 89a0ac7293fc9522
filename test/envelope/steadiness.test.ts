// @module-tag slow
import { describe, expect, it } from 'vitest';
import { gapVariation, judgeSteadiness, traceSteadiness } from '../../src/envelope/steadiness.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { type Curve, constant } from '../../src/workload/curve.js';
import { parseConstantRate, parseDiurnal, parseRamp, parseSpike, rateCurve } from '../../src/workload/curve-text.js';

function drawn(rateQps: Curve, { cv, seed, s }: { cv: number; seed: number; s: number }) {
  const source = drawArrivals({ rateQps, cv: constant(cv) }, { seed, bound: { durationMs: s * 1000 } });
  const arrivals: number[] = [];
  const block = new Float64Array(4096);
  for (let count = source.read(block); count > 0; count = source.read(block))
    arrivals.push(...block.subarray(0, count));
  return { arrivalsUs: Float64Array.from(arrivals) };
}

/** Counts of windows of 5 s, and the bin that ends the trace, which belongs to none. */
const windows = (...queries: number[]) => ({ binMs: 5000, queries: [...queries, 1] });

describe('judgeSteadiness', () => {
  it('finds the step of the worked example, and its rates', () => {
    const step = windows(...Array(12).fill(750), ...Array(12).fill(1250));
    expect(judgeSteadiness(step, 1)).toEqual({
      isSteady: false,
      quietest: { fromMs: 0, toMs: 30_000, rateQps: 150 },
      busiest: { fromMs: 90_000, toMs: 120_000, rateQps: 250 },
    });
  });

  it('calls the same step chance where gaps vary enough', () => {
    // v = c² · 1000 and X² = 24 · 250² ÷ v: above 16.27 for c² = 92 (16.30), below for c² = 93 (16.13).
    const step = windows(...Array(12).fill(750), ...Array(12).fill(1250));
    expect(judgeSteadiness(step, Math.sqrt(92))?.isSteady).toBe(false);
    expect(judgeSteadiness(step, Math.sqrt(93))?.isSteady).toBe(true);
  });

  it('calls windows that vary from one to the next steady, however much', () => {
    const swings = windows(...Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 200 : 1800)));
    expect(judgeSteadiness(swings, 1)?.isSteady).toBe(true);
  });

  it('lets a rise of at most 5 % pass, however certain', () => {
    const rise = (share: number) => windows(...Array(12).fill(1e6 * (1 - share)), ...Array(12).fill(1e6 * (1 + share)));
    expect(judgeSteadiness(rise(0.049), 0)?.isSteady).toBe(true);
    expect(judgeSteadiness(rise(0.051), 0)?.isSteady).toBe(false);
  });

  it('begins with the first arrival', () => {
    const late = windows(0, 0, 0, 0, ...Array(12).fill(750), ...Array(12).fill(1250));
    expect(judgeSteadiness(late, 1)).toMatchObject({ quietest: { fromMs: 20_000 }, busiest: { toMs: 140_000 } });
  });

  it('does not say of a trace that is too short, or has too few arrivals', () => {
    expect(judgeSteadiness(windows(...Array(11).fill(1000)), 1)).toBeUndefined();
    expect(judgeSteadiness(windows(...Array(12).fill(1000)), 1)?.isSteady).toBe(true);
    // Parts of three windows: five arrivals each at c ≤ 1, twenty at c = 2.
    expect(judgeSteadiness(windows(...Array(12).fill(5 / 3)), 1)).toBeDefined();
    expect(judgeSteadiness(windows(...Array(12).fill(5 / 3)), 2)).toBeUndefined();
    expect(traceSteadiness({ arrivalsUs: Float64Array.of() })).toBeUndefined();
    expect(traceSteadiness({ arrivalsUs: Float64Array.of(7) })).toBeUndefined();
    expect(traceSteadiness({ arrivalsUs: new Float64Array(5).fill(7) })).toBeUndefined();
  });
});

describe('the CV of neighbouring gaps', () => {
  it.each([
    // (1 − 3)² ÷ (1 + 3)² = ¼ for each pair: c² = 2 · ¼ ÷ ¾ = ⅔; of all gaps, mean 2 and deviation 1, c = ½, which is less.
    [[1, 3, 1, 3], 0.5],
    [[2, 2, 2, 2], 0],
    // One long silence: two pairs of eleven give (495 ÷ 505)², q = 0.1747, c = 0.65; the CV of all gaps is 3.0.
    [[5, 5, 5, 5, 5, 5, 5, 5, 5, 500, 5, 5], 0.65],
  ])('of gaps %j is %s', (gapsUs, cv) => {
    const gaps = gapVariation();
    for (const gapUs of gapsUs) gaps.add(gapUs);
    expect(gaps.nearCv()).toBeCloseTo(cv, 2);
  });
});

describe('traceSteadiness', () => {
  const CVS = [0.5, 1, 2, 4] as const;

  it('L23: takes at most one in 200 stationary gamma traces for changing', () => {
    let told = 0;
    let changing = 0;
    for (const cv of CVS) {
      for (const [rateQps, s] of [
        [5, 60],
        [60, 60],
        [20, 200],
        [3, 1200],
      ] as const) {
        for (let seed = 1; seed <= 50; seed++) {
          const steadiness = traceSteadiness(drawn(constant(rateQps), { cv, seed, s }));
          if (steadiness === undefined) continue;
          told++;
          if (!steadiness.isSteady) changing++;
        }
      }
    }
    expect(told).toBeGreaterThan(700);
    expect(changing).toBeLessThanOrEqual(told / 200);
  });

  it.each([
    ['a ramp', rateCurve([parseRamp('0s..600s=10/s..60/s')]), 600],
    ['a short ramp', rateCurve([parseRamp('0s..60s=50/s..250/s')]), 60],
    ['a day', rateCurve([parseConstantRate('1/s'), parseDiurnal('period=24h,amplitude=0.5,peak=14h')]), 86_400],
    ['one busy hour of a day', rateCurve([parseConstantRate('1/s'), parseSpike('at=18h,length=1h,factor=4')]), 86_400],
  ])('finds %s, at every CV', (_, rateQps, s) => {
    for (const cv of CVS) {
      for (let seed = 1; seed <= 3; seed++) {
        expect(traceSteadiness(drawn(rateQps, { cv, seed, s }))?.isSteady, `cv ${cv} seed ${seed}`).toBe(false);
      }
    }
  });

  it('finds opening hours with a dead night between them, whose one gap swamps the CV of all gaps', () => {
    const day = drawn(constant(2), { cv: 1, seed: 1, s: 8 * 3600 }).arrivalsUs;
    const next = drawn(constant(2), { cv: 1, seed: 2, s: 2 * 3600 }).arrivalsUs.map((us) => us + 86_400e6);
    const steadiness = traceSteadiness({ arrivalsUs: Float64Array.of(...day, ...next) });
    expect(steadiness).toMatchObject({ isSteady: false, quietest: { rateQps: 0 } });
  });

  it('takes bursts that are shorter than a window for what they are', () => {
    // A burst of 40 queries within 0.4 s every 4 to 8 s.
    for (let seed = 1; seed <= 20; seed++) {
      const starts = drawn(constant(1 / 6), { cv: 0.3, seed, s: 600 }).arrivalsUs;
      const arrivalsUs = Float64Array.from(starts, (us) => us).reduce<number[]>((all, us) => {
        for (let i = 0; i < 40; i++) all.push(us + 10_000 * i);
        return all;
      }, []);
      expect(traceSteadiness({ arrivalsUs: Float64Array.from(arrivalsUs.sort((a, b) => a - b)) })?.isSteady).toBe(true);
    }
  });
});
