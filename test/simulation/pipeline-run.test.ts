/** Rules 3 to 6 and 9 of the estimator, worked by hand in microseconds. The event loop of the laws is held to the same tables. */
import { describe, expect, it } from 'vitest';
import { PipelineRun } from '../../src/simulation/pipeline-run.js';
import { pipelineOf, type StageGiven, setupOf } from '../helpers/builders.js';
import { type ReplicaChange, type RunInput, runEventLoop } from '../helpers/event-loop.js';
import { recordRun } from '../helpers/recorded-run.js';

const ENGINES = [
  ['estimator', (input: RunInput) => recordRun(input)],
  ['estimator, stepped by 1 µs', (input: RunInput) => recordRun(input, upTo(120))],
  ['event loop', runEventLoop],
] as const;

function upTo(lastUs: number): number[] {
  return Array.from({ length: lastUs + 1 }, (_, us) => us);
}

/** A stage, and what serves it: `us[b − 1]` for b items, one replica unless given. */
type Served = StageGiven & { readonly us: readonly number[]; readonly replicas?: number };

function inputOf(
  stages: Readonly<Record<string, Served>>,
  arrivalsUs: readonly number[],
  changes: readonly ReplicaChange[] = [],
): RunInput {
  const given = Object.entries(stages).map(
    ([name, { us: _us, replicas: _replicas, ...stage }]) => [name, stage] as const,
  );
  const setups = Object.values(stages).map(({ us, replicas = 1 }) => setupOf(us, { replicas }));
  return { pipeline: pipelineOf(Object.fromEntries(given)), stages: setups, arrivalsUs, seed: 1, changes };
}

describe.each(ENGINES)('%s', (_engine, run) => {
  describe('one stage', () => {
    it.each<readonly [string, Served, readonly number[], readonly number[], readonly number[]]>([
      // name, stage, arrivals, starts, ends
      ['serves a lone query at once', { us: [10] }, [3], [3], [13]],
      ['serves equal arrivals in the order of the queries', { us: [10] }, [0, 0, 0], [0, 10, 20], [10, 20, 30]],
      // At 10 the replica frees and query 2 arrives: both come before the dispatch, which takes 1 and 2 together (12).
      ['takes what arrives as its replica frees', { us: [10, 12] }, [0, 4, 10], [0, 10, 10], [10, 22, 22]],
      // One microsecond later it is too late: 1 leaves alone at 10, 2 when that is done at 20.
      ['takes nothing that arrives just after', { us: [10, 12] }, [0, 4, 11], [0, 10, 20], [10, 20, 30]],
      // 0 leaves alone; four of the five that came meanwhile fill a batch (16); the last is alone again.
      [
        'takes no more than the max batch size',
        { us: [10, 12, 14, 16] },
        [0, 1, 2, 3, 4, 5],
        [0, 10, 10, 10, 10, 26],
        [10, 26, 26, 26, 26, 36],
      ],
      // Five at one instant, two replicas: four in one, one in the other.
      [
        'fills one replica before the next',
        { us: [10, 12, 14, 16], replicas: 2 },
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [16, 16, 16, 16, 10],
      ],
      ['never waits for a batch to fill', { us: [10, 12], replicas: 2 }, [0, 1, 2], [0, 1, 10], [10, 11, 20]],
      // Larger batches may be faster: 1 and 2 leave at 10 together and are done after 4.
      ['reads the profile at the size it took', { us: [10, 4] }, [0, 1, 2], [0, 10, 10], [10, 14, 14]],
    ])('%s', (_name, stage, arrivalsUs, startUs, endUs) => {
      const record = run(inputOf({ a: stage }, arrivalsUs));
      expect(record.stages[0]!.items.map((item) => item.startUs)).toEqual(startUs);
      expect(record.endUs).toEqual(endUs);
    });

    it('may serve a query later for an extra replica, which keeps batches small', () => {
      const arrivalsUs = [0, 6, 12, 15, 19];
      // One replica: {0} until 10, {1} until 20, {2, 3, 4} until 30. Two: {0} 10, {1} 16, {2} 22, {3} 16–26, {4} 22–32.
      expect(run(inputOf({ a: { us: [10, 10, 10] } }, arrivalsUs)).endUs).toEqual([10, 20, 30, 30, 30]);
      expect(run(inputOf({ a: { us: [10, 10, 10], replicas: 2 } }, arrivalsUs)).endUs).toEqual([10, 16, 22, 26, 32]);
    });

    it('counts batches and busy time', () => {
      // Batches: {0} 10, {1, 2} 12, {3} 10.
      const [stage] = run(inputOf({ a: { us: [10, 12] } }, [0, 1, 2, 3])).stages;
      expect(stage).toMatchObject({ batches: 3, busyUs: 32 });
    });
  });

  describe('batch timeout of 20 µs, at most 3 items in 10, 12 or 14 µs', () => {
    const batchTimeoutMs = 0.02;
    it.each<readonly [string, readonly number[], readonly number[]]>([
      // name, arrivals, starts
      ['a lone item leaves when it has waited that long', [5], [25]],
      ['a full batch leaves at once', [0, 5, 8], [8, 8, 8]],
      ['a batch that is full from the start does not wait', [7, 7, 7], [7, 7, 7]],
      ['the oldest item counts, not the youngest', [0, 19], [20, 20]],
      ['an item that enters as the time runs out goes along', [0, 20], [20, 20]],
      ['one that enters just after waits for itself', [0, 21], [20, 41]],
      // Full at 0 and done at 14; the fourth has waited 20 only at 20.
      ['what a full batch leaves behind waits on, though a replica is free', [0, 0, 0, 0], [0, 0, 0, 20]],
      // 0–2 leave at 0. By 14 three more are there: full, they leave as the replica frees.
      ['a batch that filled up behind a busy replica leaves as it frees', [0, 0, 0, 3, 4, 5], [0, 0, 0, 14, 14, 14]],
    ])('%s', (_name, arrivalsUs, startUs) => {
      const record = run(inputOf({ a: { us: [10, 12, 14], batchTimeoutMs } }, arrivalsUs));
      expect(record.stages[0]!.items.map((item) => item.startUs)).toEqual(startUs);
    });

    it('what waited longer behind a busy replica leaves as it frees, full or not', () => {
      // A full batch at 0 takes 50. Item 3 is due at 21, leaves at 50; item 4 entered at 45 and goes along.
      const record = run(inputOf({ a: { us: [50, 50, 50], batchTimeoutMs } }, [0, 0, 0, 1, 45]));
      expect(record.stages[0]!.items.map((item) => item.startUs)).toEqual([0, 0, 0, 50, 50]);
    });

    it.each<readonly [string, Served]>([
      ['0 is none', { us: [10, 12], batchTimeoutMs: 0 }],
      ['batches of one are always full', { us: [10], batchTimeoutMs }],
    ])('%s', (_name, stage) => {
      expect(run(inputOf({ a: stage }, [4])).endUs).toEqual([14]);
    });
  });

  describe('stages after one another', () => {
    it('what completes together leaves together in one batch', () => {
      // Two replicas of a end at 10; b takes both in one batch of 7.
      const record = run(inputOf({ a: { us: [10], replicas: 2 }, b: { us: [5, 7] } }, [0, 0]));
      expect(record.stages[1]).toMatchObject({ batches: 1, busyUs: 7 });
      expect(record.endUs).toEqual([17, 17]);
    });

    it('at one instant the queue is in the order of the queries, whatever batch they came from', () => {
      // a: 0 alone 0–10; 1 and 2 together 6–10. All are in b's queue at 10: {0, 1} to 15, {2} to 20.
      const record = run(inputOf({ a: { us: [10, 4], replicas: 2 }, b: { us: [5, 5] } }, [0, 6, 6]));
      expect(record.stages[1]!.items.map(({ query, startUs }) => [query, startUs])).toEqual([
        [0, 10],
        [1, 10],
        [2, 15],
      ]);
    });

    it('a later query that is done earlier is served earlier', () => {
      // a: {0, 1} 0–30, {2} 1–11 on the second replica.
      const record = run(inputOf({ a: { us: [10, 30], replicas: 2 }, b: { us: [5] } }, [0, 0, 1]));
      expect(record.stages[1]!.items.map(({ query, enteredUs }) => [query, enteredUs])).toEqual([
        [2, 11],
        [0, 30],
        [1, 30],
      ]);
      expect(record.endUs).toEqual([35, 40, 16]);
    });
  });

  describe('branches and joins', () => {
    const fork = { a: { us: [1] }, b: { us: [5], parents: ['a'] }, c: { us: [9], parents: ['a'] } };

    it.each<readonly [string, Readonly<Record<string, Served>>, number]>([
      // name, stages, end of a query that arrives at 0
      ['a query ends with the last stage it visits', fork, 10],
      ['a join waits for both parents', { ...fork, d: { us: [2], parents: ['b', 'c'] } }, 12],
      [
        'a join does not wait for a parent that is not visited',
        {
          ...fork,
          c: { us: [9], parents: [{ from: 'a', probability: 0 }] },
          d: { us: [2], parents: ['b', 'c'] },
        },
        8,
      ],
      // c is visited: d waits for it until 10, although c sends nothing.
      [
        'a join waits for a visited parent whose edge is not taken',
        {
          ...fork,
          d: { us: [2], parents: ['b', { from: 'c', probability: 0 }] },
        },
        12,
      ],
      ['the entry holds no join up', { ...fork, d: { us: [2], parents: ['query', 'b'] } }, 10],
      [
        'a stage that waits for the entry alone starts at the arrival',
        { ...fork, d: { us: [2], parents: ['query'] } },
        10,
      ],
      [
        'a stage that no query reaches is not waited for',
        { ...fork, d: { us: [20], parents: [{ from: 'b', probability: 0 }] } },
        10,
      ],
    ])('%s', (_name, stages, endUs) => {
      expect(run(inputOf(stages, [0])).endUs).toEqual([endUs]);
    });

    it('results that join are one item; of several fan-outs the largest counts', () => {
      const d = (fanOut: number) => ({ us: [2], parents: [{ from: 'b', fanOut }, 'c'] });
      expect(run(inputOf({ ...fork, d: d(1) }, [0])).stages[3]!.items).toHaveLength(1);
      expect(run(inputOf({ ...fork, d: d(3) }, [0])).stages[3]!.items).toHaveLength(3);
    });

    it('a query that visits nothing ends as it arrives', () => {
      const record = run(inputOf({ a: { us: [10], parents: [{ from: 'query', probability: 0 }] } }, [4, 9]));
      expect(record.endUs).toEqual([4, 9]);
      expect(record.stages[0]!.items).toEqual([]);
    });

    it('waits for as many parents as there are', () => {
      // 300 parents; the last of them takes 7, the others 3.
      const names = Array.from({ length: 300 }, (_, n) => `p${n}`);
      const parents = names.map((name, n) => [name, { us: [n === 299 ? 7 : 3], parents: ['query'] }] as const);
      const record = run(inputOf({ ...Object.fromEntries(parents), join: { us: [2], parents: names } }, [0]));
      expect(record.stages[300]!.items[0]!.enteredUs).toBe(7);
      expect(record.endUs).toEqual([9]);
    });

    it('ends with the last of as many branches as there are', () => {
      const branches = Array.from(
        { length: 256 },
        (_, n) => [`b${n}`, { us: [n === 255 ? 7 : 3], parents: ['query'] }] as const,
      );
      expect(run(inputOf(Object.fromEntries(branches), [0])).endUs).toEqual([7]);
    });
  });

  describe('fan-out', () => {
    const parents = [{ from: 'query', fanOut: 3 }];

    it('a query completes a stage with its last item', () => {
      // One item after the other: 10, 20, 30; only then b begins.
      const record = run(inputOf({ a: { us: [10], parents }, b: { us: [5] } }, [0]));
      expect(record.stages[0]!.items.map(({ completedUs }) => completedUs)).toEqual([10, 20, 30]);
      expect(record.endUs).toEqual([35]);
    });

    it('items of one query may leave in different batches', () => {
      // {0, 0} 12 and {0} 10: done at 22.
      expect(run(inputOf({ a: { us: [10, 12], parents } }, [0])).endUs).toEqual([22]);
    });

    it('items of several queries may share a batch', () => {
      // Three items each, four to a batch: {0, 0, 0, 1} until 8, {1, 1} until 14.
      const record = run(inputOf({ a: { us: [5, 6, 7, 8], parents } }, [0, 0]));
      expect(record.endUs).toEqual([8, 14]);
      expect(record.stages[0]!.items.map(({ query }) => query)).toEqual([0, 0, 0, 1, 1, 1]);
    });

    it('with replicas enough, the slowest batch decides, not the last', () => {
      // {0, 0} takes 12 and {0} takes 3, side by side.
      expect(run(inputOf({ a: { us: [3, 12], replicas: 2, parents }, b: { us: [5] } }, [0])).endUs).toEqual([17]);
    });
  });

  describe('replicas that come and go, 10 µs an item', () => {
    const to = (replicas: number, atUs: number, activationDelayUs = 0): ReplicaChange => ({
      stage: 0,
      replicas,
      atUs,
      activationDelayUs,
    });
    it.each<readonly [string, number, readonly number[], readonly ReplicaChange[], readonly number[]]>([
      // name, replicas, arrivals, changes, starts
      ['a new one serves at once without a delay', 1, [0, 0, 0, 0], [to(2, 5)], [0, 5, 10, 15]],
      // It serves from 5 + 7 = 12 on.
      ['a new one serves after its activation delay', 1, [0, 0, 0, 0], [to(2, 5, 7)], [0, 10, 12, 20]],
      ['a removed one finishes what it runs', 2, [0, 0, 0, 0], [to(1, 4)], [0, 0, 10, 20]],
      ['an idle one goes first', 2, [0, 5], [to(1, 4)], [0, 10]],
      // Both take a new item at 10 before the change; only then does one go, when it is done at 20.
      ['a change comes after what happens at its instant', 2, [0, 0, 0, 0, 0, 0], [to(1, 10)], [0, 0, 10, 10, 20, 30]],
      // Asked for at 2, due at 22; the second of them is taken back at 3.
      [
        'one that does not serve yet goes before one that does',
        1,
        [0, 0, 0, 0, 0],
        [to(3, 2, 20), to(2, 3)],
        [0, 10, 20, 22, 30],
      ],
      // Due at 22 and at 6; the one due at 22 goes.
      [
        'of those that do not serve yet the latest goes',
        1,
        [0, 0, 0, 0, 0],
        [to(2, 2, 20), to(3, 3, 3), to(2, 4)],
        [0, 6, 10, 16, 20],
      ],
      ['all but the first come and go', 1, [0, 0, 0, 30, 30, 30], [to(3, 0), to(1, 20)], [0, 0, 0, 30, 40, 50]],
      // The change to 2 at 12 finds one due at 25: that one counts as present.
      ['those still activating count as present', 1, [0, 0, 0, 0], [to(2, 5, 20), to(2, 12, 0)], [0, 10, 20, 25]],
    ])('%s', (_name, replicas, arrivalsUs, changes, startUs) => {
      const record = run(inputOf({ a: { us: [10], replicas } }, arrivalsUs, changes));
      expect(record.stages[0]!.items.map((item) => item.startUs)).toEqual(startUs);
    });

    it('of those that run, the one that is done first goes', () => {
      // {0, 1} runs 0–30, {2} 1–11. At 5 one goes: the one done at 11, so item 3 waits until 30.
      const record = run(inputOf({ a: { us: [10, 30], replicas: 2 } }, [0, 0, 1, 6], [to(1, 5)]));
      expect(record.stages[0]!.items.map(({ startUs }) => startUs)).toEqual([0, 0, 1, 30]);
    });
  });
});

it('ends no query before it has arrived', () => {
  const pipeline = pipelineOf({ a: { parents: [{ from: 'query', probability: 0 }] } });
  const run = new PipelineRun({ pipeline, stages: [setupOf([10])], seed: 1 });
  run.admit(Float64Array.of(5, 50));
  run.advance(49);
  expect(run.ended).toBe(1);
  run.advance(50);
  expect([run.ended, run.lastEndUs]).toEqual([2, 50]);
});
