/** Ticks that say the same are one span. */
import { expect, it } from 'vitest';
import { Explanation } from '../../src/compare/explained.js';

it('joins the ticks of a stage that propose the same and change nothing', () => {
  const explanation = new Explanation(['a', 'b']);
  const tick = (atMs: number, values: readonly (number | undefined)[], [from, to]: readonly [number, number]) =>
    explanation.take({
      atMs,
      reasons: values.map((value) => ({
        metric: 'rate',
        value,
        proposal: value === undefined ? undefined : Math.ceil(value / 10),
        ...(value !== undefined && value > 25 && { limitedBy: 'most' }),
      })),
      before: [from, 1],
      after: [to, 1],
    });
  tick(10, [11, undefined], [1, 2]);
  tick(20, [19, undefined], [2, 2]);
  tick(30, [14, undefined], [2, 2]);
  tick(40, [26, 5], [2, 3]);
  tick(50, [28, 5], [3, 3]);
  const common = { metric: 'rate', before: 1, after: 1, stage: 'b' };
  expect(explanation.result()).toEqual([
    { ...common, stage: 'a', fromMs: 10, toMs: 30, ticks: 3, least: 11, most: 19, proposal: 2, before: 1, after: 2 },
    { ...common, fromMs: 10, toMs: 30, ticks: 3, least: null, most: null, proposal: null },
    {
      ...{ ...common, stage: 'a', fromMs: 40, toMs: 50, ticks: 2, least: 26, most: 28, proposal: 3, limitedBy: 'most' },
      ...{ before: 2, after: 3 },
    },
    { ...common, fromMs: 40, toMs: 50, ticks: 2, least: 5, most: 5, proposal: 1 },
  ]);
});
