// @module-tag slow
/** The laws of docs/invariants.md over random pipelines, configurations and traces in which events often fall on one instant. */
import { describe, expect, it } from 'vitest';
import { type ArrivalSource, sourceOf } from '../../src/model/trace.js';
import { Routing } from '../../src/simulation/routing.js';
import { type SimulationInput, simulate } from '../../src/simulation/simulate.js';
import { stageSetups } from '../../src/simulation/stage-setups.js';
import { msFromUs, usFromMs } from '../../src/units.js';
import { edgeOf, setupOf } from '../helpers/builders.js';
import { type ItemRecord, type RunRecord, runEventLoop } from '../helpers/event-loop.js';
import {
  type Dice,
  diceOf,
  type RandomCase,
  randomCase,
  randomConfiguration,
  reconfigured,
} from '../helpers/random-pipelines.js';
import { recordRun } from '../helpers/recorded-run.js';

/** Runs a check on the cases of seeds 0, 1, …; a failure names its seed. */
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

/** Much faster than `toEqual` where, as nearly always, nothing differs. */
function expectSame(found: RunRecord, expected: RunRecord): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
}

function simulationOf(given: RandomCase, blockSize = Number.POSITIVE_INFINITY): SimulationInput {
  const source = sourceOf({ arrivalsUs: Float64Array.from(given.arrivalsUs) });
  const arrivals: ArrivalSource = { read: (block) => source.read(block.subarray(0, blockSize)) };
  const { pipeline, configuration, profiles, hardware, serviceModel, seed } = given;
  return { pipeline, configuration, profiles, hardware, serviceModel, seed, arrivals };
}

/** Items of every query at every stage, drawn apart from any run. */
function routesOf({ pipeline, seed, arrivalsUs }: RandomCase): {
  routing: Routing;
  itemsAt: (s: number, q: number) => number;
} {
  const routing = new Routing({ pipeline, seed, capacity: arrivalsUs.length });
  routing.draw(0, arrivalsUs.length);
  return { routing, itemsAt: (s, q) => routing.itemsAt(s, q) };
}

const endOf = (items: readonly ItemRecord[]) => Math.max(...items.map(({ completedUs }) => completedUs));

/** Everything that happens at a stage, and every instant at which an item has waited for as long as it may. */
function instantsOf(items: readonly ItemRecord[], timeoutUs: number): number[] {
  const all = items.flatMap(({ enteredUs, startUs, completedUs }) => [
    enteredUs,
    enteredUs + timeoutUs,
    startUs,
    completedUs,
  ]);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** What a stage holds once an instant has dispatched. */
function heldAt(items: readonly ItemRecord[], us: number): { waiting: readonly ItemRecord[]; running: number } {
  const waiting = items.filter(({ enteredUs, startUs }) => enteredUs <= us && us < startUs);
  const batches = items
    .filter(({ startUs, completedUs }) => startUs <= us && us < completedUs)
    .map(({ batch }) => batch);
  return { waiting, running: new Set(batches).size };
}

describe('of every run', () => {
  it('L1: every item is served exactly once, and every query ends once', () => {
    forSeeds(600, (seed) => {
      const given = randomCase(seed, { hasChanges: seed % 2 === 1 });
      const { stages, endUs } = recordRun(given);
      const { itemsAt } = routesOf(given);
      expect(endUs).toHaveLength(given.arrivalsUs.length);
      stages.forEach(({ items }, s) => {
        const served = given.arrivalsUs.map((_, q) => items.filter(({ query }) => query === q).length);
        expect(served).toEqual(given.arrivalsUs.map((_, q) => itemsAt(s, q)));
      });
    });
  });

  it('L2: arrival ≤ entry ≤ start < completion ≤ end; entry and end are the last of what they wait for', () => {
    forSeeds(200, (seed) => {
      const given = randomCase(seed, { hasChanges: seed % 2 === 1 });
      const { stages, endUs } = recordRun(given);
      const { routing } = routesOf(given);
      given.arrivalsUs.forEach((arrivalUs, q) => {
        const items = stages.map((stage) => stage.items.filter(({ query }) => query === q));
        expect(endUs[q]).toBe(Math.max(arrivalUs, ...items.map(endOf)));
        items.forEach((own, s) => {
          const parents = routing.parents[s]!.map((p) => (p < 0 ? arrivalUs : endOf(items[p]!)));
          for (const { enteredUs, startUs, completedUs } of own) {
            expect(enteredUs).toBe(Math.max(...parents));
            expect(startUs).toBeGreaterThanOrEqual(enteredUs);
            expect(completedUs).toBeGreaterThan(startUs);
          }
        });
      });
    });
  });

  it('L3: a stage serves in the order (entry, query)', () => {
    forSeeds(400, (seed) => {
      for (const { items } of recordRun(randomCase(seed, { hasChanges: seed % 2 === 1 })).stages) {
        const sorted = items.toSorted((a, b) => a.enteredUs - b.enteredUs || a.query - b.query);
        expect(items.map(({ query }) => query)).toEqual(sorted.map(({ query }) => query));
        const starts = items.map(({ startUs }) => startUs);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }
    });
  });

  it('L4: no batch is larger than the max batch size, and of those that start together only the last is smaller', () => {
    forSeeds(600, (seed) => {
      const given = randomCase(seed, { hasChanges: seed % 2 === 1 });
      recordRun(given).stages.forEach(({ items, batches, busyUs }, s) => {
        // The record cuts what starts together into full batches and a rest: the run made just as many, and took as long.
        const cut = new Map(items.map(({ batch, startUs, completedUs }) => [batch, completedUs - startUs]));
        expect(cut.size).toBe(batches);
        expect([...cut.values()].reduce((a, b) => a + b, 0)).toBe(busyUs);
        for (const batch of cut.keys()) {
          expect(items.filter((item) => item.batch === batch).length).toBeLessThanOrEqual(
            given.stages[s]!.maxBatchSize,
          );
        }
      });
    });
  });

  it('L5: items wait only while all replicas are busy, or for a batch that may still wait', () => {
    forSeeds(400, (seed) => {
      const given = randomCase(seed);
      recordRun(given).stages.forEach(({ items }, s) => {
        const { replicas, maxBatchSize } = given.stages[s]!;
        const timeoutUs = usFromMs(given.pipeline.stages[s]!.batchTimeoutMs ?? 0);
        for (const us of instantsOf(items, timeoutUs)) {
          const { waiting, running } = heldAt(items, us);
          expect(running).toBeLessThanOrEqual(replicas);
          const mayWait = waiting.length < maxBatchSize && us - (waiting[0]?.enteredUs ?? us) < timeoutUs;
          if (waiting.length > 0 && !mayWait) expect(running).toBe(replicas);
        }
      });
    });
  });

  it("L6: Little's law: what is there, added up over time, is what each one waits, is served or takes, added up", () => {
    forSeeds(300, (seed) => {
      const given = randomCase(seed);
      const { stages, endUs } = recordRun(given);
      const result = simulate(simulationOf(given, seed % 2 === 0 ? 7 : undefined));
      const spanUs = Math.max(...endUs) - given.arrivalsUs[0]!;
      expect(result.spanMs).toBe(msFromUs(spanUs));
      stages.forEach(({ items, batches }, s) => {
        const area = { waiting: 0, running: 0 };
        let longest = 0;
        const instants = instantsOf(items, 0);
        instants.forEach((us, n) => {
          const { waiting, running } = heldAt(items, us);
          const lastsUs = (instants[n + 1] ?? us) - us;
          area.waiting += waiting.length * lastsUs;
          area.running += running * lastsUs;
          longest = Math.max(longest, waiting.length);
        });
        const stage = result.stages[s]!;
        expect(stage).toMatchObject({ items: items.length, batches, longestQueue: longest });
        expect(usFromMs(stage.queueingDelay.meanMs * items.length)).toBe(area.waiting);
        expect(stage.utilisation).toBeCloseTo(spanUs === 0 ? 0 : area.running / (stage.replicas * spanUs), 9);
      });
      let inPipeline = 0;
      for (let us = 0; us < Math.max(...endUs); us++) {
        inPipeline += given.arrivalsUs.filter((arrivalUs, q) => arrivalUs <= us && us < endUs[q]!).length;
      }
      expect(usFromMs(result.latency.meanMs * endUs.length)).toBe(inPipeline);
    });
  });
});

describe('of two runs', () => {
  it('L7: the same inputs and seed give the same bytes', () => {
    forSeeds(200, (seed) => {
      expect(JSON.stringify(simulate(simulationOf(randomCase(seed))))).toBe(
        JSON.stringify(simulate(simulationOf(randomCase(seed)))),
      );
    });
  });

  it('L8: a stage added elsewhere changes nothing at the others', () => {
    forSeeds(400, (seed) => {
      const given = randomCase(seed, { hasChanges: false });
      const dice = diceOf(seed, 'added');
      const place = dice.whole(0, given.pipeline.stages.length);
      const before = recordRun(given).stages;
      const after = recordRun(withStage(given, place, dice)).stages;
      expect(after.toSpliced(place, 1)).toEqual(before);
    });
  });

  /** The case with one more stage at a place of the list, under any of the stages before it. */
  function withStage(given: RandomCase, place: number, dice: Dice): RandomCase {
    const { pipeline, stages } = given;
    const from = dice.oneOf(['query', ...pipeline.stages.slice(0, place).map(({ name }) => name)]);
    const parents = [edgeOf({ from, probability: 0.5, fanOut: 2 })];
    const added = { name: 'added', kind: 'model', model: 'added', parents } as const;
    return {
      ...given,
      pipeline: { ...pipeline, stages: pipeline.stages.toSpliced(place, 0, added) },
      stages: stages.toSpliced(place, 0, setupOf([4, 5])),
    };
  }

  it('L9: steps of any size give what one step gives', () => {
    forSeeds(300, (seed) => {
      const given = randomCase(seed, { hasChanges: seed % 2 === 1 });
      const whole = recordRun(given);
      const dice = diceOf(seed, 'steps');
      const lastUs = Math.max(...whole.endUs);
      const everyUs = Array.from({ length: lastUs + 1 }, (_, us) => us);
      expectSame(recordRun(given, everyUs), whole);
      expectSame(
        recordRun(
          given,
          everyUs.filter(() => dice.chance(0.15)),
        ),
        whole,
      );
      expectSame(recordRun(given, given.arrivalsUs), whole);
      expectSame(
        recordRun(
          given,
          given.arrivalsUs.map((us) => us - 1),
        ),
        whole,
      );
      expectSame(recordRun(given, [lastUs + 1000]), whole);
    });
  });

  it('L10: the estimator and the textbook event loop agree on every start and every end', () => {
    forSeeds(3000, (seed) => {
      const given = randomCase(seed, { hasChanges: seed % 3 === 2 });
      expectSame(recordRun(given), runEventLoop(given));
    });
  });

  it('L10: and with thousands of queries, more of them in the pipeline at once than its first window holds', () => {
    const inPipeline = [1, 2, 3].map((seed) => {
      const given = randomCase(seed, { queries: 30_000 });
      const expected = runEventLoop(given);
      const blocks = given.arrivalsUs.filter((_, q) => q % 1000 === 0);
      expectSame(recordRun(given, blocks), expected);
      const lastUs = given.arrivalsUs.at(-1)!;
      return expected.endUs.filter((endUs) => endUs > lastUs).length;
    });
    expect(Math.max(...inPipeline)).toBeGreaterThan(2 ** 14);
  });

  it('L13: at one stage with max batch size 1 an extra replica delays no query', () => {
    forSeeds(400, (seed) => {
      const given = randomCase(seed, { mostStages: 1, hasTimeouts: false });
      const with1More = (more: number) => {
        const configuration = given.configuration.map((c) => ({ ...c, maxBatchSize: 1, replicas: c.replicas + more }));
        return recordRun(reconfigured(given, configuration)).endUs;
      };
      const [fewer, more] = [with1More(0), with1More(1)];
      expect(more.filter((endUs, q) => endUs > fewer[q]!)).toEqual([]);
    });
  });

  it('L14: every configuration sees the same queries take the same branches', () => {
    forSeeds(300, (seed) => {
      const given = randomCase(seed);
      const other = randomConfiguration(diceOf(seed, 'other'), given.pipeline, given.profiles);
      const visits = (run: RunRecord) =>
        run.stages.map(({ items }) => items.map(({ query }) => query).sort((a, b) => a - b));
      expect(visits(recordRun(reconfigured(given, other)))).toEqual(visits(recordRun(given)));
    });
  });

  it('L16: a trace read in blocks of any size gives what it gives at once', () => {
    forSeeds(200, (seed) => {
      const given = randomCase(seed);
      const whole = simulate(simulationOf(given));
      for (const size of [1, 2, 13]) expect(simulate(simulationOf(given, size))).toEqual(whole);
    });
  });

  it('L8: nor do draws of one stage follow those of another that serves the same samples', () => {
    const given = randomCase(1);
    const [first, second] = ['a', 'b'].map((stage) => {
      const rows = [{ batchSize: 1, meanMs: 2, samplesMs: [1, 2, 3], runtime: 'test', source: 'test' }];
      const pipeline = { name: 'one', stages: [{ ...given.pipeline.stages[0]!, name: stage, model: 'm' }] };
      const configuration = [{ stage, hardware: 'cpu', maxBatchSize: 1, replicas: 1 }];
      const setup = stageSetups({
        ...given,
        pipeline,
        configuration,
        profiles: [{ model: 'm', hardware: 'cpu', rows }],
        serviceModel: 'empirical',
      });
      return Array.from({ length: 300 }, (_, batch) => setup[0]!.service.drawUs!(1, batch));
    });
    // Independent draws of three agree on 100 ± 8 of 300.
    expect(first!.filter((us, batch) => us === second![batch]).length).toBeLessThan(133);
  });
});
