import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { valueAt } from '../../src/workload/curve.js';
import {
  parseConstantRate,
  parseCv,
  parseCvRamp,
  parseDiurnal,
  parseRamp,
  parseSpike,
  parseSteps,
  rateCurve,
} from '../../src/workload/curve-text.js';

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

it('reads what the help shows', () => {
  const factors = [parseSpike('at=5m,length=20s,factor=4'), parseDiurnal('period=24h,amplitude=0.6,peak=14h')];
  const curve = rateCurve([parseSteps('0s=150/s,60s=250/s'), parseRamp('60s..120s=1x..1.5x'), ...factors]);
  // 250/s · 1.5 · 4 · (1 + 0.6 cos(2π (5 min − 14 h) / 24 h)), up to the chords of the sine.
  const diurnal = 1 + 0.6 * Math.cos((2 * Math.PI * (5 - 14 * 60)) / (24 * 60));
  expect(valueAt(curve, 300_000)).toBeCloseTo(250 * 1.5 * 4 * diurnal, 2);
});

it('a single rate stays as it is', () => {
  expect(rateCurve([parseConstantRate('200/s')])).toEqual({ kind: 'constant', value: 200 });
});

it('the peak of a day stands at half a period unless given', () => {
  expect(parseDiurnal('period=24h,amplitude=1').curve).toMatchObject({ peakAtMs: 43_200_000 });
});

it('a CV ramp takes plain numbers', () => {
  expect(parseCvRamp('60s..120s=1..4')).toEqual({
    kind: 'ramp',
    fromMs: 60_000,
    toMs: 120_000,
    startValue: 1,
    endValue: 4,
  });
});

describe('refuses', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a step without unit', () => parseSteps('0s=150'), /--steps = 150, must be a rate such as 150\/s/],
    ['steps that start late', () => parseSteps('1s=150/s'), /must be steps from 0s on/],
    ['steps out of order', () => parseSteps('0s=1x,2s=2x,2s=3x'), /increasing instants/],
    ['steps that mix rates and factors', () => parseSteps('0s=150/s,2s=2x'), /all rates/],
    ['steps with a bare instant', () => parseSteps('0=150/s'), /must be a duration with a unit/],
    ['no step', () => parseSteps(''), /\(empty\), must be INSTANT=VALUE/],
    ['a ramp backwards', () => parseRamp('60s..60s=1x..2x'), /ends after it starts/],
    ['a ramp to nowhere', () => parseRamp('60s..120s=1x'), /must be FROM..TO=VALUE..VALUE/],
    ['a spike of no length', () => parseSpike('at=0s,length=0s,factor=2'), /longer than 0s/],
    ['a negative factor', () => parseSpike('at=0s,length=1s,factor=-2'), /a factor from 0 on/],
    ['a key twice', () => parseSpike('at=0s,at=1s,length=1s,factor=2'), /given twice/],
    [
      'an amplitude above 1',
      () => parseDiurnal('period=1h,amplitude=1.5'),
      /amplitude = 1.5, must be a number from 0 to 1/,
    ],
    ['no period', () => parseDiurnal('period=0s,amplitude=1'), /longer than 0s/],
    ['a negative CV', () => parseCv('-1'), /--cv = -1, must be a number from 0/],
    ['a CV with a unit', () => parseCv('2x'), /--cv = 2x/],
    ['a CV that is not finite', () => parseCv('Infinity'), /--cv = Infinity/],
    ['an absurd CV', () => parseCv('1000'), /to 20/],
    ['no rate at all', () => rateCurve([parseSteps('0s=1x')]), /no rate is given/],
    [
      'two rates',
      () => rateCurve([parseConstantRate('1/s'), parseSteps('0s=1/s')]),
      /--rate and --steps each give a rate/,
    ],
  ])('%s', (_, run, message) => {
    expect(problemsOf(run).join('\n')).toMatch(message);
  });

  it('every wrong key at once', () => {
    expect(problemsOf(() => parseSpike('at=5m,len=3s'))).toEqual([
      '--spike: len=3s is not known, must be KEY=VALUE with a key of at, length, factor',
      '--spike: length is missing, must be given',
      '--spike: factor is missing, must be given',
    ]);
  });
});
