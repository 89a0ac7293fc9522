import { expect, it } from 'vitest';
import { runToEnd } from '../../../src/planner/run-to-end.js';
import { initialConfiguration } from '../../../src/planner/search/initial-configuration.js';
import { Feasibility } from '../../../src/planner/space/feasibility.js';
import { type PlanningInput, searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';

/**
 * A chain of stages, each with one service time per hardware whatever the batch (sizes 1 and 2), and arrivals in µs.
 * Hardware `fast` costs 4, `slow` costs 1.
 */
function chain(
  stages: Readonly<Record<string, Readonly<Record<string, number>>>>,
  given: Pick<PlanningInput, 'slo'> & Partial<PlanningInput> & { arrivalsUs: readonly number[] },
): PlanningInput {
  const names = Object.keys(stages);
  const { arrivalsUs, ...rest } = given;
  return {
    pipeline: {
      name: 'chain',
      stages: names.map((name, i) => ({
        name,
        kind: 'model',
        model: name,
        parents: [{ from: i === 0 ? 'query' : names[i - 1]!, probability: 1, fanOut: 1 }],
      })),
    },
    profiles: names.flatMap((model) =>
      Object.entries(stages[model]!).map(([hardware, meanMs]) => ({
        model,
        hardware,
        rows: [1, 2].map((batchSize) => ({ batchSize, meanMs, runtime: 'by hand', source: 'by hand' })),
      })),
    ),
    hardware: [
      { name: 'fast', kind: 'gpu', costUsdPerHour: 4, activationDelayMs: 0 },
      { name: 'slow', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 },
    ],
    trace: { arrivalsUs: Float64Array.from(arrivalsUs) },
    serviceModel: 'mean',
    seed: 1,
    ...rest,
  };
}

function initialise(input: PlanningInput) {
  const space = searchSpace(input);
  const { holds, configuration, moves } = runToEnd(
    initialConfiguration(new Feasibility(traceBounds(input, space), space)),
  );
  const figures = configuration.map((c) => `${c.stage} ${c.hardware} ${c.maxBatchSize} ${c.replicas}`);
  return {
    holds,
    figures,
    grown: moves.filter(({ move }) => move !== 'Initialize').map((m) => `${m.move} ${m.stage}`),
  };
}

it('gives replicas to the stage with the least throughput until the objective holds', () => {
  // Three queries at once; a takes 1 ms, b 4 ms. b carries 1/4 per ms, a 1, so b grows: with 1, 2 and 3 replicas the last query
  // ends at 1 + 12, 2 + 8 and 3 + 4 ms. The objective is 7 ms, so the third replica is enough.
  const input = chain(
    { a: { fast: 1 }, b: { fast: 4 } },
    { slo: { latencyMs: 7, percentile: 100 }, arrivalsUs: [0, 0, 0] },
  );
  expect(initialise(input)).toEqual({
    holds: true,
    figures: ['a fast 1 1', 'b fast 1 3'],
    grown: ['AddReplica b', 'AddReplica b'],
  });
});

it('starts every stage on the hardware that serves one item fastest, whatever it costs', () => {
  const input = chain(
    { a: { fast: 2, slow: 3 }, b: { fast: 5, slow: 4 } },
    { slo: { latencyMs: 6, percentile: 100 }, arrivalsUs: [0] },
  );
  expect(initialise(input)).toEqual({ holds: true, figures: ['a fast 1 1', 'b slow 1 1'], grown: [] });
});

it('weighs throughput by how many items a query sends', () => {
  // b is visited with two items a query: 1/2 per ms for a against 2/3 ÷ 2 = 1/3 for b, so b grows first.
  const input = chain(
    { a: { fast: 2 }, b: { fast: 1.5 } },
    { slo: { latencyMs: 3.5, percentile: 100 }, arrivalsUs: [0] },
  );
  const [a, b] = input.pipeline.stages;
  const stages = [a!, { ...b!, parents: [{ from: 'a', probability: 1, fanOut: 2 }] }];
  expect(initialise({ ...input, pipeline: { name: 'fan', stages } })).toEqual({
    holds: true,
    figures: ['a fast 1 1', 'b fast 1 2'],
    grown: ['AddReplica b'],
  });
});

it('doubles the batch where the replica limit stops it, then moves to slower hardware', () => {
  // Four at once on one replica allowed: at batch 1 the last ends after 8 ms, at batch 2 after 4 ms.
  const limited = { slo: { latencyMs: 4, percentile: 100 }, arrivalsUs: [0, 0, 0, 0], maxReplicas: 1 };
  expect(initialise(chain({ a: { fast: 2, slow: 3 } }, limited))).toEqual({
    holds: true,
    figures: ['a fast 2 1'],
    grown: ['IncreaseBatch a'],
  });
  const none = { ...limited, slo: { latencyMs: 3, percentile: 100 } };
  expect(initialise(chain({ a: { fast: 2, slow: 3 } }, none))).toEqual({
    holds: false,
    figures: ['a slow 2 1'],
    grown: ['IncreaseBatch a', 'DowngradeHW a', 'IncreaseBatch a'],
  });
});

it('starts on the next hardware where the inventory has none of the fastest', () => {
  const input = chain(
    { a: { fast: 2, slow: 3 } },
    { slo: { latencyMs: 3, percentile: 100 }, arrivalsUs: [0], inventory: { fast: 0 } },
  );
  expect(initialise(input)).toEqual({ holds: true, figures: ['a slow 1 1'], grown: [] });
});

it('gives up when a stage is too slow however many replicas it has, and does not feed the stages after it for ever', () => {
  // Batches of two take 1 ms, alone 9 ms: the bound knows that 1 + 2 ms would do, but two queries 20 ms apart never share a batch.
  const input = chain(
    { a: { fast: 9 }, b: { fast: 2 } },
    { slo: { latencyMs: 8, percentile: 100 }, arrivalsUs: [0, 20_000] },
  );
  const profiles = input.profiles.map((profile) =>
    profile.model === 'a' ? { ...profile, rows: [profile.rows[0]!, { ...profile.rows[1]!, meanMs: 1 }] } : profile,
  );
  expect(initialise({ ...input, profiles })).toMatchObject({ holds: false, figures: ['a fast 1 1', 'b fast 1 1'] });
});

it('adds replicas for the slowest draw of measured samples, not for the middle one', () => {
  // One query every 10 ms, a third of them served in 100 ms: 34 ms of work per 10 ms. With one replica free for each of the ten
  // that the slowest draw overlaps, nothing queues, and 100 ms is within the objective.
  const input = chain(
    { a: { fast: 34 } },
    { slo: { latencyMs: 110, percentile: 100 }, arrivalsUs: Array.from({ length: 300 }, (_, i) => 10_000 * i) },
  );
  const profiles = input.profiles.map((profile) => ({
    ...profile,
    rows: profile.rows.map((row) => ({ ...row, samplesMs: [1, 1, 100] })),
  }));
  const { holds, figures } = initialise({ ...input, profiles, serviceModel: 'empirical' });
  expect(holds).toBe(true);
  expect(Number(figures[0]!.split(' ')[3])).toBeLessThanOrEqual(10);
});
