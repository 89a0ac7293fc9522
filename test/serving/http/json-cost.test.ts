import { expect, it } from 'vitest';
import { jsonCost } from '../../../src/serving/http/json-cost.js';

const costOf = (text: string) => jsonCost(Buffer.from(text)).bytes - 2 * text.length;

it.each([
  ['1', 0],
  ['[]', 64],
  ['[1,2,3]', 64 + 2 * 24],
  ['"a,b[{"', 32],
  ['"a\\"[,{"', 32],
  ['"a\\\\",[', 32 + 24 + 64],
  ['{"a":1}', 64 + 32 + 64],
  ['"without an end[[[', 32],
  ['"\\', 32],
  ['', 0],
])('the values of %s', (text, cost) => {
  expect(costOf(text)).toBe(cost);
});

it('counts names, and not the colons of texts', () => {
  expect(jsonCost(Buffer.from('{"a":{"b:":"c:"},"a":1}')).names).toBe(3);
});
