import { expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../../src/model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../../../src/model/notation/offered-value.js';

it.each([
  ['batch_timeuot', ['name', 'batch_timeout'], 'batch_timeout'],
  ['T4', ['v100', 't4'], 't4'],
  ['a', ['b', 'c'], undefined],
  ['ab', ['bb', 'aa'], 'bb'],
  ['mean', ['model', 'mean_ms'], 'mean_ms'],
  ['bert', ['resnet50'], undefined],
  ['', ['a'], undefined],
  ['x'.repeat(101), ['x'.repeat(100)], undefined],
])('the name nearest to %s', (name, candidates, nearest) => {
  expect(nearestName(name, candidates)).toBe(nearest);
  expect(didYouMean(name, candidates)).toBe(nearest === undefined ? '' : ` (did you mean ${nearest}?)`);
});

it.each<readonly [unknown, string]>([
  ['resnet50', 'resnet50'],
  ['5', '"5"'],
  ['a b', '"a b"'],
  ['', '(empty)'],
  [null, '(empty)'],
  [[], 'an empty list'],
  [[1], 'a list'],
  [{}, 'a mapping'],
  [Number.NaN, 'NaN'],
  [true, 'true'],
  ['x'.repeat(70), `${'x'.repeat(60)}…`],
  // Neither colours, nor a second line, nor text that runs backwards reaches the terminal.
  ['\u001b[31mred', '"\\u001b[31mred"'],
  ['a\nb', '"a\\nb"'],
  ['\u009b31m', '"\\u009b31m"'],
  ['\u202eabc', '"\\u202eabc"'],
])('shows %j as %s', (value, shown) => {
  expect(formatOffered(value)).toBe(shown);
});

it('cuts a long list of names short', () => {
  const names = Array.from({ length: 14 }, (_, index) => `n${index}`);
  expect(formatNames(names)).toBe('n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 2 more');
});
