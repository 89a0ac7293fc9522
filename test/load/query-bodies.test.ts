// @module-tag slow
import { expect, it } from 'vitest';
import { type QueryInputs, queryBodies } from '../../src/load/query-bodies.js';

const textOf = (body: Uint8Array) => Buffer.from(body).toString();

it('without inputs every query carries one number', () => {
  const body = queryBodies({ seed: 1, queries: 10 });
  expect(JSON.parse(textOf(body(0)))).toEqual({
    inputs: [{ name: 'input', shape: [1, 1], datatype: 'FP32', data: [0] }],
  });
  expect(body(9)).toBe(body(0));
});

it('draws as many as there are queries, with typed arrays as plain numbers, and repeats beyond', () => {
  const drawn: string[] = [];
  const inputs: QueryInputs = (seed) => (query) => {
    drawn.push(`${seed}:${query}`);
    return [{ name: 'image', shape: [1, 2], datatype: 'UINT8', data: Uint8Array.of(query, 255) }];
  };
  const body = queryBodies({ inputs, seed: 7, queries: 3 });
  expect(drawn).toEqual(['7:0', '7:1', '7:2']);
  expect(JSON.parse(textOf(body(2))).inputs[0].data).toEqual([2, 255]);
  expect(body(4)).toBe(body(1));
});

it.each<readonly [string, unknown, string]>([
  [
    'throws at once',
    () => {
      throw new Error('mine');
    },
    'queryInputs(seed) of the queries module threw: mine',
  ],
  [
    'throws later',
    () => () => {
      throw 'mine';
    },
    'queryInputs(seed)(0) of the queries module threw: mine',
  ],
  ['gives no function', () => ({}), 'queryInputs(seed) = a mapping, must be a function of the query'],
  [
    'gives what JSON has no word for',
    () => () => [{ name: 'x', shape: [1], datatype: 'INT64', data: [1n] }],
    'queryInputs(seed)(0) of the queries module threw: Do not know how to serialize a BigInt',
  ],
  [
    'claims endless data',
    () => () => [{ name: 'x', shape: [1], datatype: 'FP32', data: { length: 2 ** 40 } }],
    'queryInputs(seed)(query) must be an array of tensors',
  ],
])('a module that %s is refused in words', (_, inputs, problem) => {
  expect(() => queryBodies({ inputs: inputs as QueryInputs, seed: 1, queries: 1 })).toThrow(problem);
});

it('stops at 64 MiB of distinct bodies', () => {
  const data = Array<number>(4 * 1024 * 1024).fill(1); // 8 MiB as text
  let drawn = 0;
  const inputs: QueryInputs = () => () => {
    drawn++;
    return [{ name: 'x', shape: [data.length], datatype: 'UINT8', data }];
  };
  queryBodies({ inputs, seed: 1, queries: 1000 });
  expect(drawn).toBe(8);
});

it.each([
  ['no array', undefined],
  ['no tensor', []],
  ['a tensor without data', [{ name: 'x', shape: [1], datatype: 'FP32' }]],
  ['nothing in place of a tensor', [null]],
])('refuses %s', (_, tensors) => {
  const inputs = (() => () => tensors) as unknown as QueryInputs;
  expect(() => queryBodies({ inputs, seed: 1, queries: 1 })).toThrow('must be an array of tensors');
});
