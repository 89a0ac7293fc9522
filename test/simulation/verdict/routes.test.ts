import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../../src/model/pipeline.js';
import { Routing } from '../../../src/simulation/routing.js';
import { routePaths, routesOf, slowestStage } from '../../../src/simulation/verdict/routes.js';
import { pipelineOf } from '../../helpers/builders.js';
import { diceOf, randomCase } from '../../helpers/random-pipelines.js';
import { recordRun } from '../../helpers/recorded-run.js';

function routingOf(pipeline: Pipeline, queries: number, seed = 1): Routing {
  const routing = new Routing({ pipeline, seed, capacity: queries });
  routing.draw(0, queries);
  return routing;
}

describe('routes', () => {
  it('are the sets of stages that queries visit, each once', () => {
    const edge = (from: string) => ({ parents: [{ from, probability: 0.5, group: 'choice' }] });
    const routing = routingOf(pipelineOf({ a: {}, b: edge('a'), c: edge('a'), d: { parents: ['b', 'c'] } }), 200);
    const { routeOf, stages, queries } = routesOf(routing, 200);
    expect(stages.toSorted()).toEqual([
      [0, 1, 3],
      [0, 2, 3],
    ]);
    expect(queries.reduce((x, y) => x + y)).toBe(200);
    routeOf.forEach((route, q) => {
      expect([0, 1, 2, 3].filter((s) => routing.itemsAt(s, q) > 0)).toEqual(stages[route]);
    });
  });

  it('are told apart by any number of branches', () => {
    // 60 coins: no two of 500 queries are likely to agree, and each route is that of its query.
    const coins = Array.from(
      { length: 60 },
      (_, n) => [`c${n}`, { parents: [{ from: 'query', probability: 0.5 }] }] as const,
    );
    const routing = routingOf(pipelineOf(Object.fromEntries(coins)), 500);
    const { routeOf, stages } = routesOf(routing, 500);
    expect(stages).toHaveLength(500);
    routeOf.forEach((route, q) => {
      expect(coins.map((_, s) => s).filter((s) => routing.itemsAt(s, q) > 0)).toEqual(stages[route]);
    });
  });

  it('may be empty', () => {
    const routing = routingOf(pipelineOf({ a: { parents: [{ from: 'query', probability: 0 }] } }), 3);
    expect(routesOf(routing, 3)).toMatchObject({ stages: [[]], queries: [3] });
  });
});

describe('paths of a route', () => {
  const diamond = routingOf(
    pipelineOf({ a: {}, b: {}, c: { parents: ['a'] }, d: { parents: ['b', 'c'] }, e: { parents: ['c'] } }),
    1,
  );
  const serviceUs = [1, 5, 9, 2, 4];

  it.each([
    // name, route, up, down, total
    // a 1, then b 5 or c 9; d from 10 to 12, e from 10 to 14.
    ['all of it', [0, 1, 2, 3, 4], [0, 1, 1, 10, 10], [13, 2, 4, 0, 0], 14],
    ['without c and e', [0, 1, 3], [0, 1, 0, 6, 0], [7, 2, 0, 0, 0], 8],
    ['a alone', [0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], 1],
    ['nothing', [], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], 0],
  ])('%s', (_name, route, up, down, totalUs) => {
    const paths = routePaths(diamond, route, serviceUs);
    expect([Array.from(paths.upUs), Array.from(paths.downUs), paths.totalUs]).toEqual([up, down, totalUs]);
  });

  it.each([
    // The longest path is a, c, e: 1 + 9 + 4.
    ['the slowest stage of the longest path', [0, 1, 2, 3, 4], 2],
    // a, b, d: 1 + 5 + 2.
    ['of what the route has', [0, 1, 3], 1],
    ['of one stage, that one', [0], 0],
  ])('name %s', (_name, route, stage) => {
    expect(slowestStage(diamond, route, serviceUs)).toBe(stage);
  });
});

it('L18: no query is faster than the service times along its longest path, and one alone is just as fast', () => {
  for (let seed = 0; seed < 300; seed++) {
    const given = randomCase(seed, { hasTimeouts: false });
    const queries = given.arrivalsUs.length;
    const routing = routingOf(given.pipeline, queries, seed);
    const { routeOf, stages } = routesOf(routing, queries);
    const fastest = given.stages.map(({ service, maxBatchSize }) =>
      Math.min(...service.fastestUs.slice(1, maxBatchSize + 1)),
    );
    recordRun(given).endUs.forEach((endUs, q) => {
      const { totalUs } = routePaths(routing, stages[routeOf[q]!]!, fastest);
      expect(endUs - given.arrivalsUs[q]!, `seed ${seed}`).toBeGreaterThanOrEqual(totalUs);
    });

    const hasOneItem = (q: number) => given.stages.every((_, s) => routing.itemsAt(s, q) < 2);
    const single = given.stages.map(({ service }) => service.tableUs[1]!);
    const alone = recordRun({ ...given, arrivalsUs: given.arrivalsUs.map((_, q) => q * 1000) }).endUs;
    const q = diceOf(seed, 'alone').whole(0, queries - 1);
    if (!hasOneItem(q) || given.serviceModel === 'empirical') continue;
    expect(alone[q]! - q * 1000, `seed ${seed}`).toBe(routePaths(routing, stages[routeOf[q]!]!, single).totalUs);
  }
});
