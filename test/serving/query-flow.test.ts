/** Where queries go as the results of modules decide. */
import { describe, expect, it } from 'vitest';
import { ENTRY } from '../../src/model/pipeline.js';
import type { StageResult } from '../../src/serving/modules/stage-module.js';
import { pipelineOf } from '../helpers/builders.js';
import { served, type Work } from '../helpers/served-pipeline.js';

const pass: Work = (items) => items.map((item) => ({ output: item }));
const answering =
  (result: StageResult): Work =>
  (items) =>
    items.map(() => result);

/** a, then b and c side by side, then d that joins them. */
const DIAMOND = pipelineOf({ a: {}, b: { parents: ['a'] }, c: { parents: ['a'] }, d: { parents: ['b', 'c'] } });

/** Sends one query through and tells what each stage got, and the answers. */
function through(pipeline: ReturnType<typeof pipelineOf>, work: Record<string, Work>, input: unknown = 'in') {
  const seen: Record<string, unknown[]> = {};
  const noting = Object.fromEntries(
    Object.entries(work).map(([name, own]): [string, Work] => [
      name,
      (items) => {
        seen[name] = [...(seen[name] ?? []), ...items];
        return own(items);
      },
    ]),
  );
  const run = served(pipeline, noting);
  const query = run.arrive(1, input);
  run.finishAll(2);
  const answers = query.answers.map(({ stage, outputs }) => [pipeline.stages[stage]!.name, outputs]);
  return { seen, answers: Object.fromEntries(answers), outcomes: run.ended.map(({ outcome }) => outcome) };
}

describe('a query', () => {
  it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
    'passes a stage %s that nothing is sent to',
    (name) => {
      const { seen, outcomes } = through(pipelineOf({ a: {}, [name]: { parents: ['a'] } }), {
        a: answering({ send: {} }),
        [name]: pass,
      });
      expect([seen, outcomes]).toEqual([{ a: ['in'] }, ['done']]);
    },
  );

  it('gives every child the output where nothing is sent, and a join one item with the outputs of all its parents', () => {
    const { seen, answers, outcomes } = through(DIAMOND, { a: pass, b: answering({ output: 'B' }), c: pass, d: pass });
    expect(seen).toEqual({ a: ['in'], b: ['in'], c: ['in'], d: [{ b: ['B'], c: ['in'] }] });
    expect(answers).toEqual({ d: [{ b: ['B'], c: ['in'] }] });
    expect(outcomes).toEqual(['done']);
  });

  it('takes only the branch it is sent along; the join has that parent alone', () => {
    const { seen } = through(DIAMOND, { a: answering({ send: { c: [7] } }), b: pass, c: pass, d: pass });
    expect(seen).toEqual({ a: ['in'], c: [7], d: [{ c: [7] }] });
  });

  it('fans out: one item each, the join waits for all and has them in item order', () => {
    const { seen } = through(DIAMOND, { a: answering({ send: { b: [1, 2, 3], c: [9] } }), b: pass, c: pass, d: pass });
    expect(seen.b).toEqual([1, 2, 3]);
    expect(seen.d).toEqual([{ b: [1, 2, 3], c: [9] }]);
  });

  it('shows a join the outputs of a parent that was visited and sent it nothing', () => {
    const a = answering({ output: 'meta', send: { b: [1] } });
    const { seen } = through(pipelineOf({ a: {}, b: {}, c: { parents: ['a', 'b'] } }), { a, b: pass, c: pass });
    expect(seen.c).toEqual([{ a: ['meta'], b: [1] }]);
  });

  it('passes items on one by one to a stage with one parent', () => {
    const { seen } = through(pipelineOf({ a: {}, b: {}, c: {} }), {
      a: answering({ send: { b: [1, 2] } }),
      b: pass,
      c: pass,
    });
    expect(seen.c).toEqual([1, 2]);
  });

  it('ends where nothing is sent on, with the outputs of that stage', () => {
    const { seen, answers, outcomes } = through(DIAMOND, {
      a: answering({ output: 'none', send: {} }),
      b: pass,
      c: pass,
      d: pass,
    });
    expect(seen).toEqual({ a: ['in'] });
    expect(answers).toEqual({ a: ['none'] });
    expect(outcomes).toEqual(['done']);
  });

  it('goes from a module on to emulated stages, as many items as are sent', () => {
    const pipeline = pipelineOf({ a: {}, b: {}, c: { parents: [{ from: 'b', fanOut: 2 }] } });
    const run = served(pipeline, { a: answering({ send: { b: ['x', 'y', 'z'] } }) });
    run.arrive(1);
    const sizes: Record<string, number> = {};
    while (run.running.length > 0) {
      const { stage } = run.running[0]!;
      const { name } = pipeline.stages[stage]!;
      sizes[name] = (sizes[name] ?? 0) + 1;
      run.finish(2);
    }
    expect(sizes).toEqual({ a: 1, b: 3, c: 2 });
  });

  it('that visits nothing is answered as it arrives', () => {
    const run = served(pipelineOf({ a: { parents: [{ from: ENTRY, probability: 0 }] } }), {});
    run.arrive(5);
    expect(run.ended.map(({ outcome, query }) => [outcome, query.endedUs])).toEqual([['done', 5]]);
  });

  it('to one stage alone goes nowhere else', () => {
    const run = served(DIAMOND, { a: pass, b: pass, c: pass, d: pass });
    const answers: unknown[] = [];
    run.at(1, () => run.engine.arriveAt(1, 1, ['x', 'y'], (query) => void answers.push(...query.answers)));
    run.finishAll(2);
    expect(answers).toEqual([{ stage: 1, outputs: ['x', 'y'] }]);
    expect(run.engine.arrived).toBe(0);
  });
});
