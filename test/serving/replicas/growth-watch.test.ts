import { expect, it } from 'vitest';
import { GrowthWatch } from '../../../src/serving/replicas/growth-watch.js';

const GIB = 1024 ** 3;

it('names the batches during which the process has grown by more than 2 GiB', () => {
  const watch = new GrowthWatch(64 * GIB);
  const [first, second, third] = [{}, {}, {}];
  expect(watch.tooLarge([first], 5 * GIB)).toEqual([]);
  expect(watch.tooLarge([first, second], 6 * GIB)).toEqual([]);
  expect(watch.tooLarge([first, second], 7 * GIB)).toEqual([]);
  expect(watch.tooLarge([first, second, third], 7.5 * GIB)).toEqual([first]);
  expect(watch.tooLarge([second, third], 9.4 * GIB)).toEqual([second]);
  expect(watch.tooLarge([third], 9.4 * GIB)).toEqual([]);
});

it('or by a quarter of the memory, where that is less', () => {
  const watch = new GrowthWatch(4 * GIB);
  const batch = {};
  expect(watch.tooLarge([batch], GIB)).toEqual([]);
  expect(watch.tooLarge([batch], 2 * GIB)).toEqual([]);
  expect(watch.tooLarge([batch], 2.1 * GIB)).toEqual([batch]);
});
