import { expect, it } from 'vitest';
import { ArrivalLog } from '../../src/serving/arrival-log.js';

it('keeps the latest million, by number', () => {
  const log = new ArrivalLog();
  for (let n = 0; n < 5; n++) log.add(n * 1.5);
  expect([log.first, log.count]).toEqual([0, 5]);
  expect(log.lines(1, 3)).toBe('1.500\n3.000\n');
  for (let n = 5; n < 2 ** 20 + 3; n++) log.add(n);
  expect(log.first).toBe(3);
  expect(log.lines(3, 5)).toBe('4.500\n6.000\n');
  expect(log.lines(log.count - 1, log.count)).toBe(`${2 ** 20 + 2}.000\n`);
});
