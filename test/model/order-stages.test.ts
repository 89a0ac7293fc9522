import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../src/model/check-pipeline.js';
import { orderStages } from '../../src/model/order-stages.js';
import { ENTRY, type Stage } from '../../src/model/pipeline.js';
import { randomStream } from '../../src/random.js';

const stageOf = (name: string, parents: readonly string[]): Stage => ({
  name,
  kind: 'model',
  model: name,
  parents: parents.map((from) => ({ from, probability: 1, fanOut: 1 })),
});

/** `b<a` is a stage b with the parent a. */
function stagesOf(text: string): readonly Stage[] {
  return text.split(' ').map((word) => {
    const [name, parents] = word.split('<');
    return stageOf(name!, parents === undefined ? [ENTRY] : parents.split(','));
  });
}

describe('orderStages', () => {
  it.each([
    ['keeps an order that is right', 'a b<a c<a d<b,c', 'a b c d'],
    ['keeps stages that do not depend on each other', 'c a b', 'c a b'],
    ['moves parents up', 'd<b,c c<a b<a a', 'a b c d'],
    ['moves up only what is needed', 'x b<a a y', 'x a b y'],
  ])('%s', (_name, stages, expected) => {
    const order = orderStages(stagesOf(stages));
    expect(order.stages.map(({ name }) => name).join(' ')).toBe(expected);
    expect(order.cycles).toEqual([]);
  });

  it.each([
    ['a stage into itself', 'a<a', [['a']]],
    ['two stages', 'a<b b<a', [['a', 'b']]],
    // c feeds a, a feeds b, b feeds c: told along the data, from the stage that is listed first.
    ['three stages behind an entry', 'x b<a,x c<b a<c', [['b', 'c', 'a']]],
    [
      'two circles',
      'a<b b<a c<d d<c',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
  ])('finds the circle of %s', (_name, stages, cycles) => {
    expect(orderStages(stagesOf(stages)).cycles).toEqual(cycles);
  });

  it('puts every parent first, whatever the order of the file', () => {
    const next = randomStream(5, 'orders');
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(next() * 12);
      const stages = Array.from({ length: count }, (_, index) => {
        const parents = Array.from({ length: index }, (_, parent) => `s${parent}`).filter(() => next() < 0.3);
        return stageOf(`s${index}`, parents.length === 0 ? [ENTRY] : parents);
      });
      const shuffled = stages
        .map((stage) => ({ stage, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ stage }) => stage);
      const ordered = orderStages(shuffled).stages;
      const seen = new Set<string>([ENTRY]);
      for (const { name, parents } of ordered) {
        expect(parents.every(({ from }) => seen.has(from))).toBe(true);
        seen.add(name);
      }
      expect(ordered).toHaveLength(count);
      // An order that is right already is not touched.
      expect(orderStages(ordered).stages).toEqual(ordered);
      expect(checkPipeline(shuffled)).toEqual([]);
    }
  });
});
