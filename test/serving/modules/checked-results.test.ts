/** What a module may give back, and what its batch is failed for. */
import { expect, it } from 'vitest';
import { checkedResults } from '../../../src/serving/modules/checked-results.js';
import { weighWithin } from '../../../src/serving/modules/weigh.js';

const check = (results: unknown, items = 1) =>
  checkedResults(results, { items, stage: 'a', children: ['b', 'toString'] });
const circle: Record<string, unknown> = {};
circle.self = circle;
const nested = (levels: number) => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

it('takes outputs, and items for children', () => {
  const data = Float32Array.of(1, Number.NaN);
  const results = [{ output: data }, {}, { send: { b: [1], toString: [] } }, { output: null, send: null }];
  expect(check(results, 4)).toEqual([
    { output: data },
    { output: undefined },
    { output: undefined, send: { b: [1], toString: [] } },
    { output: null },
  ]);
});

it.each([
  ['nothing', undefined, 'no list of results for a batch of 1'],
  ['a text', 'results', 'no list of results'],
  ['too many', [{}, {}], '2 results for a batch of 1'],
  ['a hole', new Array(1), 'a result is not an object'],
  ['a number', [1], 'a result is not an object'],
  ['null', [null], 'a result is not an object'],
  ['a function', [() => {}], 'a result is not an object'],
  ['a promise', [Promise.resolve({})], 'a result is a promise'],
  ['items as a text', [{ send: 'b' }], 'send is not an object'],
  ['items for nobody', [{ send: { c: [] } }], 'send names c, which is no child of a'],
  ['no list of items', [{ send: { b: 5 } }], 'send.b is not a list'],
  ['no list where every object has a method', [{ send: { toString: () => {} } }], 'send.toString is not a list'],
  ['what holds itself', [{ output: circle }], 'nested too deeply'],
  ['what nests 600 deep', [{ output: nested(600) }], 'nested too deeply'],
  ['items that nest 600 deep', [{ send: { b: [nested(600)] } }], 'nested too deeply'],
  ['40 million zeros', [{ output: new Array(40_000_000).fill(0) }], 'too large'],
])('fails the batch for %s', (_, results, said) => {
  expect(() => check(results)).toThrow(said);
});

it('weighs a buffer once, however many views there are', () => {
  const whole = new Float32Array(1000);
  const views = Array.from({ length: 100 }, (_, n) => whole.subarray(10 * n, 10 * n + 10));
  expect(weighWithin(views, 10_000)).toBe(true);
  expect(weighWithin(views, 4000)).toBe(false);
});

it('looks at no more than it may take', () => {
  let value: unknown = [1, 1];
  for (let level = 0; level < 60; level++) value = [value, value];
  expect(weighWithin(value, 100_000)).toBe(false);
});
