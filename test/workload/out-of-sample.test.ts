import { expect, it } from 'vitest';
import { outOfSampleTest, splitHoldOut } from '../../src/workload/out-of-sample.js';
import { traceOf } from '../helpers/builders.js';

/** One query a second from 100 s on, 501 of them: the span is 500 s. */
const EVEN = traceOf(Array.from({ length: 501 }, (_, i) => 100_000 + 1_000 * i));

it('plans on the whole trace unless told to hold a tail out', () => {
  const { planning, heldOut } = outOfSampleTest(EVEN, { seed: 1 });
  expect(planning).toBe(EVEN);
  expect(heldOut).toBeUndefined();
});

it('remembers what was held out', () => {
  const { planning, heldOut } = outOfSampleTest(EVEN, { seed: 1, holdOut: 0.2 });
  expect(planning.arrivalsUs).toHaveLength(401);
  expect(heldOut).toEqual({ whole: EVEN, from: 401, timeRatio: 0.2 });
});

it.each([
  // 400 s of 500 end with the query at 500 s, the 401st.
  [0.2, 401],
  [0.5, 251],
  [0.999, 1],
  // 499.5 s end after the query at 599 s.
  [0.001, 500],
])('holding out %s of the time cuts before query %s and loses nothing', (timeRatio, from) => {
  const split = splitHoldOut(EVEN, timeRatio);
  expect(split.from).toBe(from);
  expect(Array.from(split.planning.arrivalsUs)).toEqual(Array.from(EVEN.arrivalsUs).slice(0, from));
});

it.each([
  ['a single query', [5], 'its only arrival'],
  ['queries at one instant', [5, 5, 5], 'all 3 arrivals at one instant'],
])('%s cannot be split', (_, arrivalsMs, told) => {
  expect(() => splitHoldOut(traceOf(arrivalsMs), 0.2)).toThrow(told);
});
