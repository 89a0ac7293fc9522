import { describe, expect, it } from 'vitest';
import { measuredRouting, type QueryWay, roundedShares } from '../../src/profiler/measured-routing.js';
import { pipelineOf } from '../helpers/builders.js';

/** Queries that visit `detect` and send so many items to each child. */
function waysOf(...sent: readonly Readonly<Record<string, number>>[]): readonly QueryWay[] {
  return sent.map((children) => {
    const visited = Object.entries(children).filter(([, items]) => items > 0);
    return {
      stages: new Map([
        ['detect', { items: 1, sent: new Map(Object.entries(children).map(([child, items]) => [child, [items]])) }],
        ...visited.map(([child, items]) => [child, { items, sent: new Map<string, number[]>() }] as const),
      ]),
    };
  });
}

describe('measuredRouting', () => {
  it('counts the worked number of its description', () => {
    const pipeline = pipelineOf({ detect: {}, read: {} });
    const sent = [...Array(5).fill({ read: 1 }), ...Array(3).fill({ read: 2 }), {}, {}];
    const { queries, stages } = measuredRouting(pipeline, waysOf(...sent));
    expect(queries).toBe(10);
    expect(stages[1]!.scaleFactor).toBeCloseTo(1.1, 12);
    expect(stages[1]!.edges).toEqual([
      {
        from: 'detect',
        visits: 10,
        taken: 8,
        probability: 0.8,
        fanOut: [
          { items: 1, share: 0.625 },
          { items: 2, share: 0.375 },
        ],
      },
    ]);
  });

  it('counts what several items send to a join as one item', () => {
    // Each of two boxes sends its text to `combine`, which gets one item of both.
    const pipeline = pipelineOf({ detect: {}, read: {}, combine: { parents: ['detect', 'read'] } });
    const way: QueryWay = {
      stages: new Map([
        [
          'detect',
          {
            items: 1,
            sent: new Map([
              ['read', [2]],
              ['combine', [1]],
            ]),
          },
        ],
        ['read', { items: 2, sent: new Map([['combine', [1, 1]]]) }],
        ['combine', { items: 1, sent: new Map() }],
      ]),
    };
    const [, read, combine] = measuredRouting(pipeline, [way]).stages;
    expect(read!.edges.map(({ fanOut }) => fanOut)).toEqual([2]);
    expect(combine!.edges.map(({ fanOut }) => fanOut)).toEqual([1, 1]);
  });

  it('counts items where each of them takes the edge', () => {
    // Of 5 items at `read` 4 go on: one of them makes two items at `check`.
    const pipeline = pipelineOf({ detect: {}, read: {}, check: { parents: [{ from: 'read', per: 'item' }] } });
    const wayOf = (sent: number[]): QueryWay => ({
      stages: new Map([['read', { items: sent.length, sent: new Map([['check', sent]]) }]]),
    });
    const [, , check] = measuredRouting(pipeline, [wayOf([1, 0, 2]), wayOf([1, 1])]).stages;
    expect(check!.edges).toEqual([
      {
        from: 'read',
        per: 'item',
        visits: 5,
        taken: 4,
        probability: 0.8,
        fanOut: [
          { items: 1, share: 0.75 },
          { items: 2, share: 0.25 },
        ],
      },
    ]);
  });

  const oneKind = { parents: [{ from: 'detect', probability: 0.3, group: 'kind' }] };
  const grouped = pipelineOf({ detect: {}, cars: oneKind, people: oneKind, signs: oneKind });

  it('rounds the shares of a group together, so that they never add up to more than 1', () => {
    // A third each: 0.3334 + 0.3333 + 0.3333 = 1.
    const { stages } = measuredRouting(grouped, waysOf({ cars: 1 }, { people: 1 }, { signs: 1 }));
    expect(stages.flatMap(({ edges }) => edges.map(({ probability }) => probability))).toEqual([
      0.3334, 0.3333, 0.3333,
    ]);
  });

  it('tells of a group whose edges do not exclude each other', () => {
    const { brokenGroups } = measuredRouting(grouped, waysOf({ cars: 1, signs: 2 }, { cars: 1 }));
    expect(brokenGroups).toEqual([
      'group kind from detect: 1 queries took several of cars, people, signs, must take at most one',
    ]);
  });

  it('leaves an edge unmeasured whose parent nothing visited', () => {
    const pipeline = pipelineOf({ detect: {}, read: {} });
    const [, read] = measuredRouting(pipeline, []).stages;
    expect(read).toMatchObject({ scaleFactor: 0, edges: [{ visits: 0, taken: 0, probability: 0 }] });
  });

  it('says nothing of how queries enter', () => {
    const pipeline = pipelineOf({ detect: {} });
    expect(measuredRouting(pipeline, waysOf({})).stages[0]!.edges).toEqual([]);
  });
});

// Seven: 1/7 = 0.142857…, cut to 0.1428, of which 7 make 0.9996; the first four get the rest.
it.each([
  ['one', [3], [1]],
  ['halves', [2, 2], [0.5, 0.5]],
  ['sevenths', [1, 1, 1, 1, 1, 1, 1], [0.1429, 0.1429, 0.1429, 0.1429, 0.1428, 0.1428, 0.1428]],
  ['the larger remainder first', [1, 2], [0.3333, 0.6667]],
])('rounds shares to a sum of 1: %s', (_, counts, shares) => {
  expect(roundedShares(counts)).toEqual(shares);
});
