import { expect, it } from 'vitest';
import { splitHoldOut } from '../../src/workload/out-of-sample.js';
import { traceOf } from '../helpers/builders.js';

it('cuts at four fifths of the span and loses nothing', () => {
  // One query a second from 100 s on, 501 of them: the span is 500 s, and 400 s of it end with the query at 500 s.
  const trace = traceOf(Array.from({ length: 501 }, (_, i) => 100_000 + 1_000 * i));
  const { planning, from } = splitHoldOut(trace)!;
  expect(from).toBe(401);
  expect(Array.from(planning.arrivalsUs)).toEqual(Array.from(trace.arrivalsUs).slice(0, 401));
});

it.each([
  ['five minutes', 300, undefined],
  ['just under six minutes and a quarter', 374, undefined], // 299.2 s would be left for planning
  ['six minutes and a quarter', 375, 301], // 300 s are left: queries 0 … 300
])('%s', (_, spanS, from) => {
  const trace = traceOf(Array.from({ length: spanS + 1 }, (_, i) => 1_000 * i));
  expect(splitHoldOut(trace)?.from).toBe(from);
});

it.each([
  ['an empty trace', []],
  ['a single query', [5]],
])('%s has nothing to hold out', (_, arrivalsMs) => {
  expect(splitHoldOut(traceOf(arrivalsMs))).toBeUndefined();
});
