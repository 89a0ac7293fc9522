import { expect, it } from 'vitest';
import { parseDuration } from '../../src/model/notation/quantity.js';
import {
  formatAttainment,
  formatCount,
  formatExactMs,
  formatMs,
  formatShare,
  formatUsd,
} from '../../src/report/figures.js';

it.each([
  ['all of them', 1, '100.00 %'],
  ['one miss in a million is not all', 0.999999, '99.99 %'],
  ['a figure just below the objective stays below it', 0.9899999, '98.99 %'],
  ['an exact figure is not cut to the one below: 0.57 * 100 = 56.99999999999999', 0.57, '57.00 %'],
  ['an exact figure with four digits', 0.9942, '99.42 %'],
  ['none', 0, '0.00 %'],
])('cuts an attainment: %s', (_, ratio, text) => {
  expect(formatAttainment(ratio)).toBe(text);
});

it.each([
  ['whole milliseconds', 200, '200ms'],
  ['whole microseconds', 37.216, '37.216ms'],
  ['no binary dust: 0.1 + 0.2', 0.1 + 0.2, '0.3ms'],
  ['above a second still to the microsecond', 1234.567, '1234.567ms'],
])('writes an SLO that can be typed back: %s', (_, ms, text) => {
  expect(formatExactMs(ms)).toBe(text);
  expect(parseDuration(text)).toBeCloseTo(ms, 9);
});

it('writes what has no value as a dash', () => {
  expect([formatMs(Number.NaN), formatUsd(Number.POSITIVE_INFINITY), formatShare(0 / 0)]).toEqual(['-', '-', '-']);
});

it('groups thousands', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
});
