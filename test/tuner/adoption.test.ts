import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan/plan.js';
import { adoptionProblem } from '../../src/tuner/adoption.js';

const plan = (...stages: (readonly [stage: string, hardware: string, maxBatchSize: number, replicas: number])[]) =>
  ({
    stages: stages.map(([stage, hardware, maxBatchSize, replicas]) => ({ stage, hardware, maxBatchSize, replicas })),
  }) as unknown as Plan;

describe('adoptionProblem', () => {
  const now = plan(['a', 't4', 8, 2], ['b', 'cpu', 1, 1]);

  it('lets a tuner go on with other numbers of replicas, in any order of stages', () => {
    expect(adoptionProblem(now, plan(['b', 'cpu', 1, 7], ['a', 't4', 8, 1]))).toBeUndefined();
  });

  it.each([
    ['other hardware', plan(['a', 'v100', 8, 2], ['b', 'cpu', 1, 1]), 'a'],
    ['another max batch size', plan(['a', 't4', 8, 2], ['b', 'cpu', 2, 1]), 'b'],
    ['a stage that was not there', plan(['a', 't4', 8, 2], ['b', 'cpu', 1, 1], ['c', 'cpu', 1, 1]), 'c'],
    ['several', plan(['a', 'v100', 8, 2], ['b', 'cpu', 2, 1]), 'a, b'],
  ])('names the stages with %s', (_, next, stages) => {
    expect(adoptionProblem(now, next)).toContain(`batches for ${stages}: start`);
  });
});
