/** What the engine does when something goes wrong, is full, or is changed. */
import { describe, expect, it } from 'vitest';
import { ENTRY } from '../../src/model/pipeline.js';
import { pipelineOf } from '../helpers/builders.js';
import { type Served, served, type Work } from '../helpers/served-pipeline.js';

const ONE = pipelineOf({ a: {} });
const pass: Work = (items) => items.map((item) => ({ output: item }));
const outcomesOf = ({ ended }: Served) => ended.map(({ query, outcome }) => [query.number, outcome]);

describe('a replica that dies', () => {
  it('is replaced, and its batch tried once more before others that wait', () => {
    const run = served(ONE, { a: pass });
    run.arrive(1, 'first');
    run.arrive(2, 'second');
    run.at(3, () => run.engine.died(0, 0, 'crash', 3));
    expect(run.engine.stages[0]!.restarts).toBe(1);
    expect(run.running.map(({ values, attempt, replica }) => [values, attempt, replica])).toEqual([
      [['first'], 1, 0],
      [['first'], 2, 1],
    ]);
    run.running.shift();
    run.finishAll(4);
    expect(outcomesOf(run)).toEqual([
      [0, 'done'],
      [1, 'done'],
    ]);
  });

  it('takes the queries of a batch with it when the second attempt dies too', () => {
    const run = served(ONE, { a: pass });
    run.arrive(1);
    run.at(2, () => run.engine.died(0, 0, 'crash', 2));
    run.at(3, () => run.engine.died(0, 1, 'crash again', 3));
    expect(run.ended.map(({ outcome, reason }) => [outcome, reason])).toEqual([['failed', 'crash again']]);
  });

  it('is replaced at once the first time, then after pauses that double, until a batch is done', () => {
    const run = served(ONE, { a: pass });
    for (let replica = 0; replica < 4; replica++) {
      run.at(replica, () => run.engine.died(0, replica, 'crash', replica));
      run.at(replica, () => run.later.at(-1)?.callback());
    }
    expect(run.later.map(({ delayMs }) => delayMs)).toEqual([100, 200, 400]);
    run.arrive(10);
    run.finishAll(11);
    run.at(12, () => run.engine.died(0, 4, 'crash', 12));
    expect(run.later).toHaveLength(3);
    expect(run.engine.stages[0]!.ready).toBe(1);
  });

  it('after its batch was given up is not waited for: late results count for nothing', () => {
    const run = served(ONE, { a: pass });
    run.arrive(1);
    const batch = run.running[0]!;
    run.at(2, () => run.engine.died(0, 0, 'crash', 2));
    run.at(3, () => run.engine.done(batch, [{ output: 'late' }], 3));
    expect(run.ended).toEqual([]);
    run.running.shift();
    run.finishAll(4);
    expect(outcomesOf(run)).toEqual([[0, 'done']]);
  });
});

describe('a batch that fails', () => {
  it('answers its queries with the reason; the replica goes on', () => {
    const run = served(ONE, { a: pass }, { maxBatchSize: 2 });
    run.arrive(1);
    run.arrive(2);
    run.arrive(3);
    run.finish(4);
    run.at(5, () => run.engine.failed(run.running.shift()!, 'bad input', 5));
    expect(outcomesOf(run)).toEqual([
      [0, 'done'],
      [1, 'failed'],
      [2, 'failed'],
    ]);
    expect(run.engine.stages[0]!.restarts).toBe(0);
    run.arrive(6);
    expect(run.running).toHaveLength(1);
  });
});

describe('time limits', () => {
  it('answer a query that waits too long, and end a replica that does not come back', () => {
    const run = served(ONE, { a: pass }, { queryTimeoutMs: 1 });
    run.arrive(10);
    run.arrive(500);
    run.at(1009, () => run.engine.expire(1009));
    expect(run.ended).toEqual([]);
    run.at(1010, () => run.engine.expire(1010));
    expect(outcomesOf(run)).toEqual([[0, 'timed out']]);
    expect(run.stopped).toEqual(['a/0']);
    expect(run.engine.live.count).toBe(1);
    expect(run.running.map(({ queries, attempt }) => [queries[0]!.number, attempt])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it('of a server that stops answer whoever waits', () => {
    const run = served(ONE, { a: pass });
    run.arrive(1);
    run.arrive(2);
    run.at(3, () => run.engine.stop(3));
    expect(outcomesOf(run)).toEqual([
      [0, 'stopped'],
      [1, 'stopped'],
    ]);
  });
});

describe('a queue', () => {
  it('is full with as many items waiting as allowed, those that are worked on not among them', () => {
    const run = served(ONE, { a: pass }, { queueLimit: 2 });
    const isFull = [1, 2, 3].map((us) => {
      run.arrive(us);
      return run.engine.isFull;
    });
    expect(isFull).toEqual([false, false, true]);
    run.finish(4);
    expect(run.engine.isFull).toBe(false);
  });

  it('is left by the items of a query that was given up, and others take their room', () => {
    const run = served(ONE, { a: pass }, { queueLimit: 3, queryTimeoutMs: 1 });
    const [stage] = run.engine.stages;
    const answers: string[] = [];
    run.at(1, () => run.engine.arriveAt(1, 0, ['x', 'y', 'z', 'w'], (_, outcome) => void answers.push(outcome)));
    expect([stage!.waiting, run.engine.isFull, run.engine.hasRoom(stage!, 1)]).toEqual([3, true, false]);
    run.at(1001, () => run.engine.expire(1001));
    expect(answers).toEqual(['timed out']);
    expect([stage!.waiting, run.engine.isFull]).toEqual([0, false]);
    expect([run.engine.hasRoom(stage!, 3), run.engine.hasRoom(stage!, 4)]).toEqual([true, false]);
    run.arrive(1002, 'next');
    run.running.splice(0, 1);
    run.finishAll(1003);
    expect(outcomesOf(run)).toEqual([[0, 'done']]);
  });

  it('is left by the items of a query whose client has gone, at every stage', () => {
    const fork = pipelineOf({ a: {}, b: { parents: ['a'] }, c: { parents: ['a'] } });
    const run = served(fork, { a: pass, b: pass, c: pass });
    run.arrive(1, 'first');
    const second = run.arrive(2, 'second');
    run.finish(3);
    run.finish(4);
    expect(run.engine.stages.map(({ waiting }) => waiting)).toEqual([0, 1, 1]);
    run.at(5, () => run.engine.giveUp(5, second));
    run.at(6, () => run.engine.giveUp(6, second));
    expect(run.engine.stages.map(({ waiting }) => waiting)).toEqual([0, 0, 0]);
    run.finishAll(7);
    expect(outcomesOf(run)).toEqual([
      [1, 'client gone'],
      [0, 'done'],
    ]);
  });

  it('takes no more items of one query than a pipeline file could ask for', () => {
    const fork = pipelineOf({ a: {}, b: { parents: ['a'] }, c: { parents: ['a'] } });
    const send: Work = (items) => items.map(() => ({ send: { b: new Array(130_000).fill(0), c: [1] } }));
    const run = served(fork, { a: send, b: pass, c: pass });
    run.arrive(1);
    run.finishAll(2);
    expect(run.ended.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', '130000 items for stage b, must be at most 65535 of a query'],
    ]);
    expect(run.engine.stages.map(({ waiting, busy }) => [waiting, busy])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('does so where fan-outs multiply beyond any count', () => {
    const edge = (from: string) => ({ parents: [{ from, fanOut: 65_535, per: 'item' as const }] });
    const run = served(pipelineOf({ a: edge(ENTRY), b: edge('a'), c: edge('b') }), {}, { maxBatchSize: 65_535 });
    run.arrive(1);
    run.finishAll(2);
    expect(run.ended.map(({ outcome }) => outcome)).toEqual(['failed']);
    expect(run.ended[0]!.reason).toMatch(/items for stage b, must be at most 65535/);
  });
});

describe('replicas', () => {
  it('that are added are waited for, and serve from then on', async () => {
    const run = served(ONE, { a: pass }, { isHeld: true });
    run.at(0, () => run.engine.ready(0, 0, 0));
    const added = run.engine.replicas.set(run.engine.stages[0]!, 3, 1000);
    run.arrive(1500);
    run.arrive(1600);
    expect(run.running).toHaveLength(1);
    run.at(2000, () => run.engine.ready(0, 1, 2000));
    expect(run.running).toHaveLength(2);
    run.at(4500, () => run.engine.ready(0, 2, 4500));
    expect(await added).toBe(3.5);
  });

  it('that are taken away finish their batch; whichever is free next goes', async () => {
    const run = served(ONE, { a: pass }, { replicas: 3 });
    run.arrive(1);
    run.arrive(2);
    await run.engine.replicas.set(run.engine.stages[0]!, 1, 3);
    expect(run.stopped).toHaveLength(1);
    expect(run.engine.stages[0]!.ready).toBe(2);
    run.finish(4);
    expect(run.engine.stages[0]!.ready).toBe(1);
    run.finish(5);
    expect(outcomesOf(run)).toEqual([
      [0, 'done'],
      [1, 'done'],
    ]);
    expect(run.engine.stages[0]!.ready).toBe(1);
  });

  it('that cannot start are given up, and whoever asked is told', async () => {
    const run = served(ONE, { a: pass }, { isHeld: true });
    run.at(0, () => run.engine.ready(0, 0, 0));
    const added = run.engine.replicas.set(run.engine.stages[0]!, 2, 1);
    run.at(2, () => run.engine.failedToStart(0, 1, new Error('no such model')));
    await expect(added).rejects.toThrow('stage a: a replica cannot start: no such model');
    expect(run.engine.stages[0]!.wanted).toBe(1);
  });
});
