import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.js';
import { formatDuration, parseDuration, parsePercent, parseRate } from '../../../src/model/notation/quantity.js';

describe('parseDuration', () => {
  it.each([
    ['200ms', 200],
    ['1.5s', 1500],
    ['.5s', 500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['2h30m', 9_000_000],
    ['1m500ms', 60_500],
    ['7d', 604_800_000],
    ['50us', 0.05],
    ['0ms', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '200',
    '',
    ' 200ms',
    '200 ms',
    '-1s',
    '+1s',
    '1e3ms',
    'ms',
    '1.s',
    '30m2h',
    '1s1s',
    '10x',
    '1,5s',
    'Infinitys',
    'NaNms',
  ])('refuses "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(InputError);
  });

  it('says where, what was given and what is allowed', () => {
    expect(() => parseDuration('200', '--slo')).toThrow('--slo = 200, must be a duration with a unit');
  });
});

describe('parseRate', () => {
  it.each([
    ['200/s', 200],
    ['0.5/s', 0.5],
    ['0/s', 0],
    ['1500/m', 25],
    ['90000/h', 25],
  ])('%s is %d per second', (text, qps) => {
    expect(parseRate(text)).toBe(qps);
  });

  it.each(['200', '200qps', '-1/s', '200/d', '1e2/s', '/s', '', '200 /s', '200/sec'])('refuses "%s"', (text) => {
    expect(() => parseRate(text)).toThrow(/must be a rate with a unit/);
  });
});

describe('parsePercent', () => {
  it.each([
    ['25%', 0.25],
    ['0%', 0],
    ['100%', 1],
    ['99.9%', 0.999],
  ])('%s is %d', (text, share) => {
    expect(parsePercent(text)).toBeCloseTo(share, 15);
  });

  it.each(['25', '0.25', '101%', '-1%', '%'])('refuses "%s"', (text) => {
    expect(() => parsePercent(text)).toThrow(/must be a percentage/);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [0.05, '0.05ms'],
    [200, '200ms'],
    [1500, '1.5s'],
    [59_999.9, '60s'],
    [90_000, '1m30s'],
    [9_000_000, '2h30m'],
    [86_400_000, '1d'],
    [3_599_999, '1h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
