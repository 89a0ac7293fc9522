/** How many items a query, and a whole trace, may bring: worked by hand. */
import { expect, it } from 'vitest';
import { checkPipeline, checkTraceItems } from '../../src/model/check-pipeline.js';
import { type FanOut, meanItems, type Pipeline, type Stage } from '../../src/model/pipeline.js';
import { simulate } from '../../src/simulation/simulate.js';

const stage = (name: string, from: string, fanOut: FanOut, more: object = {}): Stage => ({
  name,
  kind: 'model',
  model: 'm',
  parents: [{ from, probability: 1, fanOut, ...more }],
});
const pipeline = (...stages: Stage[]): Pipeline => ({ name: 'p', stages });

it('about so many items come: with the probability, the mean fan-out, and for each item of the parent', () => {
  const mean = meanItems(
    pipeline(
      stage('a', 'query', [
        { items: 2, share: 0.5 },
        { items: 6, share: 0.5 },
      ]),
      stage('b', 'a', 3, { per: 'item', probability: 0.5 }),
      stage('c', 'b', 10),
      stage('d', 'query', 1, { probability: 0.25 }),
      stage('e', 'd', 8),
    ),
  );
  // a: 4. b: 4 · 0.5 · 3. c: the query once, 10. d: 0.25. e: a quarter of the queries, 8 each.
  expect(Object.fromEntries(mean)).toEqual({ query: 1, a: 4, b: 6, c: 10, d: 0.25, e: 2 });
});

it('one query brings at most 100,000 items to all stages', () => {
  const half = [stage('a', 'query', 50_000), stage('b', 'a', 50_000)];
  expect(checkPipeline(half)).toEqual([]);
  expect(checkPipeline([...half, stage('c', 'query', 1)])).toEqual([
    { path: ['stages'], text: 'could have 100001 items of one query in all (fan_out), must have at most 100000' },
  ]);
});

it('a trace that is held in memory brings 2²⁴ items beyond the first of each query', () => {
  // 2²⁴ / (5 − 1) = 4,194,304.
  const five = pipeline(stage('a', 'query', 5));
  expect(checkTraceItems(five, 4_194_304)).toEqual([]);
  expect(checkTraceItems(five, 4_194_305)).toEqual([
    'stage a: 4194305 queries with about 5 items each (fan_out), must be at most 4194304 queries with so many',
  ]);
  expect(checkTraceItems(pipeline(stage('a', 'query', 1)), 1e9)).toEqual([]);
});

it('a simulation ends when too many items wait', { tags: ['slow'] }, () => {
  const queries = 300;
  const arrivals = new Float64Array(queries).map((_, i) => i * 1000);
  let read = 0;
  const run = () =>
    simulate({
      pipeline: pipeline(stage('a', 'query', 65_535)),
      profiles: [{ model: 'm', hardware: 'cpu', rows: [{ batchSize: 1, meanMs: 1000, runtime: 'r', source: 's' }] }],
      hardware: [{ name: 'cpu', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 }],
      serviceModel: 'mean',
      seed: 1,
      configuration: [{ stage: 'a', hardware: 'cpu', maxBatchSize: 1, replicas: 1 }],
      arrivals: {
        read(block) {
          const part = arrivals.subarray(read, read + block.length);
          block.set(part);
          read += part.length;
          return part.length;
        },
      },
    });
  expect(run).toThrow(/^stage a: \d+ items wait at once, must be at most 16777216$/);
});
