import { describe, expect, it } from 'vitest';
import { type Curve, constant, pieceFrom, queriesUnder, spike, valueAt } from '../../src/workload/curve.js';

const steps: Curve = {
  kind: 'steps',
  steps: [
    { atMs: 0, value: 150 },
    { atMs: 60_000, value: 250 },
  ],
};
const ramp: Curve = { kind: 'ramp', fromMs: 60_000, toMs: 120_000, startValue: 150, endValue: 250 };
const diurnal: Curve = { kind: 'diurnal', periodMs: 86_400_000, amplitude: 0.6, peakAtMs: 43_200_000 };

describe('value', () => {
  it.each([
    ['constant', constant(5), 1e9, 5],
    ['steps before', steps, 59_999, 150],
    ['steps at the instant', steps, 60_000, 250],
    ['steps after the last', steps, 1e9, 250],
    ['ramp before', ramp, 0, 150],
    ['ramp half way', ramp, 90_000, 200],
    ['ramp after', ramp, 120_000, 250],
    ['spike before', spike({ atMs: 10, lengthMs: 5, factor: 4 }), 9, 1],
    ['spike within', spike({ atMs: 10, lengthMs: 5, factor: 4 }), 14.999, 4],
    ['spike after', spike({ atMs: 10, lengthMs: 5, factor: 4 }), 15, 1],
    ['spike at the start', spike({ atMs: 0, lengthMs: 5, factor: 4 }), 0, 4],
    ['product', { kind: 'product', curves: [steps, constant(2)] } as Curve, 60_000, 500],
  ])('%s', (_, curve, tMs, value) => {
    expect(valueAt(curve, tMs)).toBe(value);
  });

  // 1 − 0.6 at midnight, 1 + 0.6 at noon, 1 at six: cos(−π), cos 0, cos(−π/2).
  it.each([
    [0, 0.4],
    [21_600_000, 1],
    [43_200_000, 1.6],
    [86_400_000 * 3, 0.4],
  ])('diurnal at %d ms is %d', (tMs, value) => {
    expect(valueAt(diurnal, tMs)).toBeCloseTo(value, 9);
  });
});

it('what is counted in two parts is what is counted at once', () => {
  const parts = queriesUnder(ramp, { toMs: 77_777 }) + queriesUnder(ramp, { fromMs: 77_777, toMs: 200_000 });
  expect(parts).toBeCloseTo(queriesUnder(ramp, { toMs: 200_000 }), 9);
});

describe('queries under a rate', () => {
  // 150/s · 60 s + 250/s · 30 s = 9000 + 7500; the ramp's second minute has mean 200/s;
  // the spike adds 3 · 100/s · 20 s to 100/s · 600 s; a sine adds nothing over whole periods.
  it.each([
    ['steps', steps, 90_000, 16_500],
    ['ramp', ramp, 120_000, 21_000],
    ['ramp, half', ramp, 90_000, 9000 + 30 * 175],
    [
      'spike',
      { kind: 'product', curves: [constant(100), spike({ atMs: 300_000, lengthMs: 20_000, factor: 4 })] } as Curve,
      600_000,
      66_000,
    ],
    ['diurnal', { kind: 'product', curves: [constant(10), diurnal] } as Curve, 86_400_000, 864_000],
    ['nothing', constant(0), 60_000, 0],
    ['no time', steps, 0, 0],
  ])('%s', (_, curve, durationMs, queries) => {
    expect(queriesUnder(curve, { toMs: durationMs })).toBeCloseTo(queries, 6);
  });

  it('a ramp times a ramp: ∫ 60 (t/60)² dt over 60 s = 1200', () => {
    const up: Curve = { kind: 'ramp', fromMs: 0, toMs: 60_000, startValue: 0, endValue: 1 };
    const queries = queriesUnder({ kind: 'product', curves: [constant(60), up, up] }, { toMs: 60_000 });
    expect(Math.abs(queries / 1200 - 1)).toBeLessThan(1e-5);
  });
});

it('pieces join: each starts where the last one ended, but at steps', () => {
  for (const curve of [ramp, diurnal, { kind: 'product', curves: [ramp, diurnal] } as Curve]) {
    let piece = pieceFrom(curve, 0);
    for (let i = 0; i < 3000 && piece.endMs < Number.POSITIVE_INFINITY; i++) {
      const next = pieceFrom(curve, piece.endMs);
      expect(next.startValue).toBeCloseTo(piece.endValue, 9);
      expect(next.endMs).toBeGreaterThan(piece.endMs);
      piece = next;
    }
  }
});

it('a factor that is 0 for ever silences whatever else changes', () => {
  const off: Curve = {
    kind: 'steps',
    steps: [
      { atMs: 0, value: 1 },
      { atMs: 10, value: 0 },
    ],
  };
  expect(pieceFrom({ kind: 'product', curves: [diurnal, off] }, 20)).toEqual({
    endMs: Number.POSITIVE_INFINITY,
    startValue: 0,
    endValue: 0,
  });
});
