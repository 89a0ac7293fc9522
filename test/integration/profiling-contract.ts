/** What every profiling target must hold, checked against the real thing behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfilingDescription, ProfilingTarget } from '../../src/backends/contracts/profiling-target.js';

export interface TargetUnderTest {
  readonly target: ProfilingTarget;
  readonly kind: ProfilingDescription['kind'];
  readonly clock: ProfilingDescription['clock'];
  /** At least two, each able to run batches of 1 to 4. */
  readonly stages: readonly string[];
  /** Whether the machine behind it can be watched. */
  readonly isWatched: boolean;
}

/** Declares the tests of the contract. */
export function checkProfilingTarget(name: string, open: () => Promise<TargetUnderTest>): void {
  describe(`P3: ${name} holds the contract of a profiling target`, () => {
    let under: TargetUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under?.target.close());

    it('describes its stages, what runs them and what a sample is', () => {
      const { kind, clock, place, stages } = under.target.describe();
      expect({ kind, clock }).toEqual({ kind: under.kind, clock: under.clock });
      expect(place).not.toBe('');
      expect(stages.map(({ stage }) => stage)).toEqual(under.stages);
      for (const { runtime, replicas } of stages) {
        expect(runtime).not.toBe('');
        expect(replicas).toBeGreaterThanOrEqual(1);
      }
    });

    it('runs every batch it is asked for, of that size, and times each', async () => {
      const [stage] = under.stages;
      const sizes = [1, 4, 2, 4];
      const batches = sizes.map((batchSize) => ({ batchSize, gapMs: 0 }));
      const result = await under.target.runBatches([{ stage: stage!, replica: 0, batches }]);
      expect(result.failures).toEqual([]);
      expect(result.batches.map(({ batchSize }) => batchSize)).toEqual(sizes);
      for (const batch of result.batches) {
        expect(batch.stage).toBe(stage);
        expect(batch.serviceMs).toBeGreaterThan(0);
      }
      expect(result.disturbance !== undefined).toBe(under.isWatched);
    });

    it('runs all streams, each replica with its own', async () => {
      const streams = under.target.describe().stages.flatMap(({ stage, replicas }) =>
        Array.from({ length: replicas }, (_, replica) => ({
          stage,
          replica,
          batches: [2, 1, 3].map((batchSize) => ({ batchSize, gapMs: 5 })),
        })),
      );
      const result = await under.target.runBatches(streams);
      expect(result.failures).toEqual([]);
      for (const { stage, replicas } of under.target.describe().stages) {
        const sizes = result.batches.filter((batch) => batch.stage === stage).map(({ batchSize }) => batchSize);
        expect(sizes.sort()).toEqual([1, 2, 3].flatMap((size) => Array<number>(replicas).fill(size)));
      }
    });

    it('rests between batches as long as it is told, and does not count it as service', async () => {
      const [stage] = under.stages;
      const batches = Array.from({ length: 5 }, () => ({ batchSize: 1, gapMs: 100 }));
      const beganMs = performance.now();
      const result = await under.target.runBatches([{ stage: stage!, replica: 0, batches }]);
      const tookMs = performance.now() - beganMs;
      const servedMs = result.batches.reduce((sum, { serviceMs }) => sum + serviceMs, 0);
      expect(tookMs).toBeGreaterThanOrEqual(500 - CLOCK_SLACK_MS);
      expect(servedMs).toBeLessThanOrEqual(tookMs - 500 + CLOCK_SLACK_MS);
    });

    it('stops when it is told to', async () => {
      const [stage] = under.stages;
      const batches = Array.from({ length: 1000 }, () => ({ batchSize: 1, gapMs: 1000 }));
      const signal = AbortSignal.timeout(300);
      await expect(under.target.runBatches([{ stage: stage!, replica: 0, batches }], signal)).rejects.toMatchObject({
        name: 'TimeoutError',
      });
    });

    it('may be closed twice', async () => {
      await under.target.close();
      await under.target.close();
    });
  });
}

/** Timers may fire a moment early. */
const CLOCK_SLACK_MS = 20;
