// @module-tag slow
/** The engine's laws of docs/invariants.md, in virtual time over the random cases of the estimator's. */
import { describe, expect, it } from 'vitest';
import { brokenRules } from '../../src/serving/batch-rules.js';
import type { ItemRecord } from '../helpers/event-loop.js';
import { diceOf, type RandomCase, randomCase } from '../helpers/random-pipelines.js';
import { recordRun } from '../helpers/recorded-run.js';
import { runVirtualEngine } from '../helpers/virtual-engine.js';

function forSeeds(count: number, check: (seed: number) => void): void {
  for (let seed = 0; seed < count; seed++) {
    try {
      check(seed);
    } catch (error) {
      (error as Error).message = `seed ${seed}: ${(error as Error).message}`;
      throw error;
    }
  }
}

const waitingStagesOf = ({ pipeline }: RandomCase) =>
  pipeline.stages.filter(({ batchTimeoutMs }) => batchTimeoutMs !== undefined).map(({ name }) => name);

const byBatch = (items: readonly ItemRecord[]) => [...items].sort((a, b) => a.batch - b.batch);

describe('of every engine', () => {
  it('L19: with emulated replicas it makes the estimator’s batches, to the microsecond', () => {
    forSeeds(500, (seed) => {
      const given = randomCase(seed);
      const estimated = recordRun(given);
      const served = runVirtualEngine(given);
      const ends = given.arrivalsUs.map((_, q) => served.endUs[q]);
      expect(ends).toEqual(estimated.endUs);
      estimated.stages.forEach(({ items, batches, busyUs }, s) => {
        expect(byBatch(served.stages[s]!.items)).toEqual(items);
        expect([served.stages[s]!.batches, served.stages[s]!.busyUs]).toEqual([batches, busyUs]);
      });
    });
  });

  it('L19: and does so while replicas are added, or taken away', () => {
    forSeeds(300, (seed) => {
      const dice = diceOf(seed, 'changes');
      const plain = randomCase(seed);
      const isAdded = dice.chance(0.5);
      const lastUs = plain.arrivalsUs.at(-1)!;
      const changes = plain.stages.map(({ replicas }, stage) => ({
        atUs: dice.whole(0, lastUs),
        stage,
        replicas: isAdded ? replicas + dice.whole(1, 3) : dice.whole(1, replicas),
        activationDelayUs: dice.oneOf([1, 5, 20]),
      }));
      const given = { ...plain, changes: changes.sort((a, b) => a.atUs - b.atUs) };
      const served = runVirtualEngine(given);
      expect(given.arrivalsUs.map((_, q) => served.endUs[q])).toEqual(recordRun(given).endUs);
    });
  });

  it('L20: whatever comes and goes, every query is answered once and no rule of batches is broken', () => {
    forSeeds(500, (seed) => {
      const dice = diceOf(seed, 'deaths');
      const given = randomCase(seed, { hasChanges: seed % 2 === 1 });
      const deaths = dice.oneOf([0, 0.1, 0.5]);
      const outcomes: string[] = [];
      const queueLimit = dice.oneOf([2, 5, Number.POSITIVE_INFINITY]);
      const served = runVirtualEngine(given, { queueLimit, outcomes, isFatal: () => dice.chance(deaths) });
      expect(brokenRules(served.records, { waitingStages: waitingStagesOf(given) })).toEqual([]);
      expect(outcomes.length).toBe(given.arrivalsUs.length);
      expect(outcomes.filter((outcome) => !['done', 'failed', 'refused'].includes(outcome))).toEqual([]);
      if (deaths === 0) expect(outcomes).not.toContain('failed');
      expect(served.engine.live.count).toBe(0);
      for (const stage of served.engine.stages) expect([stage.queue.length, stage.busy]).toEqual([0, 0]);
    });
  });
});
