/** Which stages queries visit (docs/invariants.md, R2). Shares are held to four standard deviations of a fair draw. */
import { describe, expect, it } from 'vitest';
import type { ParentEdge, Pipeline } from '../../src/model/pipeline.js';
import { Routing } from '../../src/simulation/routing.js';
import { pipelineOf } from '../helpers/builders.js';

const QUERIES = 40_000;

/** Items of each query at each stage. */
function itemsOf(pipeline: Pipeline, { queries = QUERIES, seed = 1 } = {}): Record<string, number[]> {
  const routing = new Routing({ pipeline, seed, capacity: queries });
  routing.draw(0, queries);
  const columns = pipeline.stages.map(({ name }, s) => {
    return [name, Array.from({ length: queries }, (_, q) => routing.itemsAt(s, q))] as const;
  });
  return Object.fromEntries(columns);
}

function expectShare(taken: number, share: number, of = QUERIES): void {
  expect(Math.abs(taken / of - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / of));
}

function countOf(columns: readonly (readonly number[])[], isCounted: (...items: number[]) => boolean): number {
  return columns[0]!.filter((_, q) => isCounted(...columns.map((column) => column[q]!))).length;
}

describe('edges', () => {
  it('are taken with their probability, apart from each other', () => {
    const { a, b } = itemsOf(
      pipelineOf({
        root: {},
        a: { parents: [{ from: 'root', probability: 0.3 }] },
        b: { parents: [{ from: 'root', probability: 0.6 }] },
      }),
    );
    expectShare(countOf([a!], Boolean), 0.3);
    expectShare(countOf([b!], Boolean), 0.6);
    expectShare(
      countOf([a!, b!], (inA, inB) => inA > 0 && inB > 0),
      0.18,
    );
  });

  it('are taken only by queries that visit the parent', () => {
    const { a, b } = itemsOf(
      pipelineOf({
        a: { parents: [{ from: 'query', probability: 0.5 }] },
        b: { parents: [{ from: 'a', probability: 0.4 }] },
      }),
    );
    expect(countOf([a!, b!], (inA, inB) => inB > inA)).toBe(0);
    expectShare(countOf([b!], Boolean), 0.2);
  });

  it('of probability 0 and 1 need no luck', () => {
    const { a, b } = itemsOf(pipelineOf({ a: {}, b: { parents: [{ from: 'a', probability: 0 }] } }));
    expect([countOf([a!], Boolean), countOf([b!], Boolean)]).toEqual([QUERIES, 0]);
  });

  it('lead to a stage when one of several is taken', () => {
    const { c } = itemsOf(
      pipelineOf({
        a: { parents: ['query'] },
        b: { parents: ['query'] },
        c: {
          parents: [
            { from: 'a', probability: 0.5 },
            { from: 'b', probability: 0.5 },
          ],
        },
      }),
    );
    expectShare(countOf([c!], Boolean), 0.75);
    expect(Math.max(...c!)).toBe(1);
  });
});

describe('an exclusive group', () => {
  const choice = (shares: readonly number[], group = 'choice', from = 'root') =>
    shares.map((probability) => ({ parents: [{ from, probability, group }] }));

  it('lets a query take at most one of its edges, each with its share', () => {
    const [a, b] = choice([0.2, 0.5]);
    const items = itemsOf(pipelineOf({ root: {}, a: a!, b: b! }));
    expectShare(countOf([items.a!], Boolean), 0.2);
    expectShare(countOf([items.b!], Boolean), 0.5);
    expect(countOf([items.a!, items.b!], (inA, inB) => inA + inB > 1)).toBe(0);
  });

  it('of shares that sum to 1 leaves no query without', () => {
    const [a, b, c] = choice([0.1, 0.2, 0.7]);
    const items = itemsOf(pipelineOf({ root: {}, a: a!, b: b!, c: c! }));
    expect(countOf([items.a!, items.b!, items.c!], (...each) => each.reduce((x, y) => x + y) !== 1)).toBe(0);
  });

  it('is apart from other groups, and from groups of that name at other parents', () => {
    const [a] = choice([0.5]);
    const [b] = choice([0.5], 'other');
    const [c] = choice([0.5], 'choice', 'second');
    const items = itemsOf(pipelineOf({ root: {}, second: { parents: ['query'] }, a: a!, b: b!, c: c! }));
    expectShare(
      countOf([items.a!, items.b!], (...each) => each.every(Boolean)),
      0.25,
    );
    expectShare(
      countOf([items.a!, items.c!], (...each) => each.every(Boolean)),
      0.25,
    );
  });

  it('may also choose at the entry', () => {
    const [a, b] = choice([0.25, 0.75], 'choice', 'query');
    const items = itemsOf(pipelineOf({ a: a!, b: b! }));
    expectShare(countOf([items.a!], Boolean), 0.25);
    expect(countOf([items.a!, items.b!], (inA, inB) => inA + inB !== 1)).toBe(0);
  });
});

describe('fan-out', () => {
  it('draws from its distribution, apart from whether the edge is taken', () => {
    const fanOut = [
      { items: 1, share: 0.5 },
      { items: 2, share: 0.3 },
      { items: 7, share: 0.2 },
    ];
    const { a } = itemsOf(pipelineOf({ a: { parents: [{ from: 'query', probability: 0.8, fanOut }] } }));
    expectShare(
      countOf([a!], (items) => items === 0),
      0.2,
    );
    for (const { items, share } of fanOut)
      expectShare(
        countOf([a!], (drawn) => drawn === items),
        0.8 * share,
      );
  });

  it('counts queries, not items, of the parent, unless the edge is per item', () => {
    // Three items at a make no three at b: an edge sends its fan-out once per query.
    const { b } = itemsOf(pipelineOf({ a: { parents: [{ from: 'query', fanOut: 3 }] }, b: {} }), { queries: 10 });
    expect(b).toEqual(Array(10).fill(1));
  });

  it('holds large numbers', () => {
    const { a } = itemsOf(pipelineOf({ a: { parents: [{ from: 'query', fanOut: 65_535 }] } }), { queries: 3 });
    expect(a).toEqual([65_535, 65_535, 65_535]);
  });
});

describe('an edge per item', () => {
  const three = { parents: [{ from: 'query', fanOut: 3 }] };
  const perItem = (from: string, more: Partial<ParentEdge> = {}) => ({
    parents: [{ from, per: 'item' as const, ...more }],
  });

  it('carries the items of the parent down a chain', () => {
    const { b, c } = itemsOf(pipelineOf({ a: three, b: perItem('a'), c: perItem('b', { fanOut: 2 }) }), { queries: 4 });
    expect(b).toEqual([3, 3, 3, 3]);
    expect(c).toEqual([6, 6, 6, 6]);
  });

  it('is taken by each item on its own', () => {
    const { b } = itemsOf(pipelineOf({ a: three, b: perItem('a', { probability: 0.4 }) }));
    // Binomial: 0.6³, 3 · 0.4 · 0.6², 3 · 0.4² · 0.6, 0.4³.
    [0.216, 0.432, 0.288, 0.064].forEach((share, items) => {
      expectShare(
        countOf([b!], (drawn) => drawn === items),
        share,
      );
    });
  });

  it('draws a fan-out for each item', () => {
    const fanOut = [
      { items: 1, share: 0.5 },
      { items: 2, share: 0.5 },
    ];
    const { b } = itemsOf(pipelineOf({ a: three, b: perItem('a', { fanOut }) }));
    [0.125, 0.375, 0.375, 0.125].forEach((share, more) => {
      expectShare(
        countOf([b!], (drawn) => drawn === 3 + more),
        share,
      );
    });
  });

  it('shares an exclusive group out among the items', () => {
    const group = (probability: number) => perItem('a', { probability, group: 'kind' });
    const { b, c } = itemsOf(pipelineOf({ a: three, b: group(0.3), c: group(0.7) }));
    expect(countOf([b!, c!], (inB, inC) => inB + inC !== 3)).toBe(0);
    expectShare(
      countOf([b!], (inB) => inB === 0),
      0.343,
    );
  });

  it('draws as the query does where the parent has one item', () => {
    const edges = (per: 'item' | 'query') => ({
      a: { parents: [{ from: 'query', probability: 0.7, per }] },
      b: {
        parents: [{ from: 'a', probability: 0.5, per, fanOut: [1, 2, 5].map((items) => ({ items, share: 1 / 3 })) }],
      },
    });
    expect(itemsOf(pipelineOf(edges('item')), { queries: 500 })).toEqual(
      itemsOf(pipelineOf(edges('query')), { queries: 500 }),
    );
  });

  it('follows the items that a join has', () => {
    const join = { parents: ['a', 'b'].map((from) => ({ from, per: 'item' as const })) };
    const two = { parents: [{ from: 'query', fanOut: 2 }] };
    const { c, d } = itemsOf(pipelineOf({ a: two, b: three, c: join, d: perItem('c') }), { queries: 2 });
    expect([c, d]).toEqual([
      [3, 3],
      [3, 3],
    ]);
  });
});

describe('draws', () => {
  const pipeline = pipelineOf({
    root: { parents: [{ from: 'query', probability: 0.9 }] },
    a: {
      parents: [
        {
          from: 'root',
          probability: 0.5,
          fanOut: [
            { items: 1, share: 0.5 },
            { items: 3, share: 0.5 },
          ],
        },
      ],
    },
    b: { parents: [{ from: 'root', probability: 0.5, group: 'choice' }] },
  });

  it('are the same in blocks and in a window that grows and wraps', () => {
    const expected = itemsOf(pipeline, { queries: 1000 });
    const routing = new Routing({ pipeline, seed: 1, capacity: 16 });
    for (let from = 0; from < 1000; from += 25) {
      // 25 live at once do not fit 16: the window doubles once.
      if (from === 0) routing.grow(0, 0);
      routing.draw(from, from + 25);
      for (let q = from; q < from + 25; q++) {
        pipeline.stages.forEach(({ name }, s) => {
          expect(routing.itemsAt(s, q)).toBe(expected[name]![q]);
        });
      }
    }
  });

  it('keep their routes as the window grows', () => {
    const routing = new Routing({ pipeline, seed: 1, capacity: 16 });
    routing.draw(4, 20);
    const before = Array.from({ length: 16 }, (_, n) => pipeline.stages.map((_stage, s) => routing.itemsAt(s, 4 + n)));
    routing.grow(4, 20);
    expect(Array.from({ length: 16 }, (_, n) => pipeline.stages.map((_stage, s) => routing.itemsAt(s, 4 + n)))).toEqual(
      before,
    );
  });

  it('follow the seed', () => {
    expect(itemsOf(pipeline, { queries: 100, seed: 2 })).toEqual(itemsOf(pipeline, { queries: 100, seed: 2 }));
    expect(itemsOf(pipeline, { queries: 100, seed: 2 })).not.toEqual(itemsOf(pipeline, { queries: 100, seed: 3 }));
  });
});
