/** What a probe reads, by hand and held against sums over the items of the event loop. */
import { describe, expect, it } from 'vitest';
import { PipelineRun } from '../../src/simulation/pipeline-run.js';
import { type ProbeReading, StageProbe } from '../../src/simulation/stage-probe.js';
import { pipelineOf, setupOf } from '../helpers/builders.js';
import { type ItemRecord, type RunInput, runEventLoop } from '../helpers/event-loop.js';
import { diceOf, randomCase } from '../helpers/random-pipelines.js';

type Reading = ProbeReading & { readonly p99Us: number };

/** Readings of every stage at each tick; replicas change as the input says. */
function probed({ pipeline, stages, arrivalsUs, seed, changes = [] }: RunInput, ticksUs: readonly number[]) {
  const probes: StageProbe[] = [];
  const run = new PipelineRun({ pipeline, stages, seed, onDispatch: (s, queue) => probes[s]!.record(queue) });
  probes.push(...run.queues.map((queue) => new StageProbe(queue)));
  const readings: Reading[][] = [];
  run.admit(Float64Array.from(arrivalsUs));
  const stops = [...new Set([...ticksUs, ...changes.map(({ atUs }) => atUs)])].sort((a, b) => a - b);
  for (const nowUs of stops) {
    run.advance(nowUs);
    if (ticksUs.includes(nowUs)) {
      readings.push(probes.map((probe) => ({ ...probe.read(nowUs), p99Us: probe.latencyPercentileUs(99) })));
    }
    for (const { atUs, stage, replicas, activationDelayUs } of changes) {
      if (atUs === nowUs) run.setReplicas(stage, replicas, { nowUs, activationDelayUs });
    }
  }
  return readings;
}

/** The same, summed microsecond by microsecond over the items and batches of the event loop. */
function summed(items: readonly ItemRecord[], fromUs: number, toUs: number): Reading {
  const within = (us: number) => us > fromUs && us <= toUs;
  const overlap = (a: number, b: number) => Math.max(0, Math.min(b, toUs) - Math.max(a, fromUs));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const completed = items.filter(({ completedUs }) => within(completedUs));
  const latencies = completed.map(({ enteredUs, completedUs }) => completedUs - enteredUs).sort((a, b) => a - b);
  const batches = new Map(items.map((item) => [item.batch, item]));
  return {
    enteredItems: items.filter(({ enteredUs }) => enteredUs <= toUs && (enteredUs > fromUs || fromUs === 0)).length,
    completedItems: completed.length,
    queuedItems: items.filter(({ enteredUs, startUs }) => enteredUs <= toUs && startUs > toUs).length,
    inServiceItems: items.filter(({ startUs, completedUs }) => startUs <= toUs && completedUs > toUs).length,
    queuedItemUs: sum(items.map(({ enteredUs, startUs }) => overlap(enteredUs, startUs))),
    inServiceItemUs: sum(items.map(({ startUs, completedUs }) => overlap(startUs, completedUs))),
    busyUs: sum([...batches.values()].map(({ startUs, completedUs }) => overlap(startUs, completedUs))),
    meanLatencyUs: latencies.length === 0 ? 0 : sum(latencies) / latencies.length,
    p99Us: latencies.length === 0 ? 0 : latencies[Math.ceil(latencies.length * 0.99) - 1]!,
  };
}

describe('StageProbe', () => {
  it('reads what happens between ticks, by hand', () => {
    // One replica, 10 µs for one item and 12 for two. Arrivals at 0, 4 and 6: served 0 to 10, then two from 10 to 22.
    const input = {
      pipeline: pipelineOf({ a: {} }),
      stages: [setupOf([10, 12])],
      arrivalsUs: [0, 4, 6],
      seed: 1,
    };
    const [first, second, third] = probed(input, [8, 15, 30]).map(([reading]) => reading!);
    // To 8: one in service for 8 µs, waiting 4 + 2 µs.
    expect(first).toEqual({
      ...{ enteredItems: 3, completedItems: 0, queuedItems: 2, inServiceItems: 1 },
      ...{ queuedItemUs: 6, inServiceItemUs: 8, busyUs: 8, meanLatencyUs: 0, p99Us: 0 },
    });
    // To 15: both wait 2 µs more; the first is served 2 µs more and the two together 5 µs.
    expect(second).toEqual({
      ...{ enteredItems: 0, completedItems: 1, queuedItems: 0, inServiceItems: 2 },
      ...{ queuedItemUs: 4, inServiceItemUs: 12, busyUs: 7, meanLatencyUs: 10, p99Us: 10 },
    });
    // To 30: 7 µs of the batch are left. Latencies 18 and 16.
    expect(third).toEqual({
      ...{ enteredItems: 0, completedItems: 2, queuedItems: 0, inServiceItems: 0 },
      ...{ queuedItemUs: 0, inServiceItemUs: 14, busyUs: 7, meanLatencyUs: 17, p99Us: 18 },
    });
  });

  it('L30: equals sums over the event loop, at any ticks but those of a change, while replicas come and go', () => {
    for (let seed = 0; seed < 300; seed++) {
      const given = randomCase(seed, { hasChanges: true });
      const dice = diceOf(seed, 'ticks');
      const lastUs = (given.arrivalsUs.at(-1) ?? 0) + 200;
      const ticksUs = [...new Set(Array.from({ length: dice.whole(1, 40) }, () => dice.whole(1, lastUs)))];
      ticksUs.sort((a, b) => a - b);
      if (given.changes?.some(({ atUs }) => ticksUs.includes(atUs))) continue;
      const { stages } = runEventLoop(given);
      const expected = ticksUs.map((toUs, i) => stages.map(({ items }) => summed(items, ticksUs[i - 1] ?? 0, toUs)));
      expect(probed(given, ticksUs), `seed ${seed}`).toEqual(expected);
    }
  });
});
