import { expect, it } from 'vitest';
import type { Plan } from '../../../src/model/plan/plan.js';
import type { DriftFinding } from '../../../src/tuner/drift/find-drift.js';
import { DriftWatch } from '../../../src/tuner/drift/watch.js';
import { tunerPlanOf } from '../tuner-plans.js';

const SECOND_US = 1_000_000;

/** Ten minutes at 100/s were planned for. */
function watchOf(told: (readonly DriftFinding[])[]): DriftWatch {
  const tuned = tunerPlanOf();
  const plan = {
    predicted: { queries: 60_000, meanRateQps: 100 },
    stages: [{ stage: 'a', scaleFactor: 1 }],
  } as unknown as Plan;
  return new DriftWatch({ plan, tuned, startUs: 0, onFindings: (findings) => told.push(findings) });
}

/** Checks once a second, with these counts in the windows of the plan. */
function run(watch: DriftWatch, { fromS, toS, live }: { fromS: number; toS: number; live: readonly number[] }): void {
  for (let s = fromS + 1; s <= toS; s++) watch.check({ nowUs: s * SECOND_US, queries: live[1]!, live });
}

it('tells once that windows are beyond the plan for good, and once that they no longer are', () => {
  const told: (readonly DriftFinding[])[] = [];
  const watch = watchOf(told);
  run(watch, { fromS: 0, toS: 600, live: [15, 100, 1000] });
  expect(told).toEqual([]);
  run(watch, { fromS: 600, toS: 1800, live: [30, 200, 2000] });
  expect(told.map((findings) => findings.map(({ kind }) => kind))).toEqual([['beyond the envelope']]);
  run(watch, { fromS: 1800, toS: 3600, live: [15, 100, 1000] });
  expect(told.at(-1)).toEqual([]);
  expect(told).toHaveLength(2);
});

it('keeps the arrivals of a quarter of an hour, from the first of them', () => {
  const watch = watchOf([]);
  for (let s = 0; s < 2000; s++) watch.arrive(s * SECOND_US, 3);
  const recentUs = watch.recentUs();
  expect(recentUs).toHaveLength(3 * 901); // from 1099 s to 1999 s
  expect([recentUs[0], recentUs[3], recentUs.at(-1)]).toEqual([0, SECOND_US, 900 * SECOND_US]);
  watch.skipTo(3000 * SECOND_US);
  expect(watch.recentUs()).toHaveLength(0);
});

it('keeps the latest million where there are more', () => {
  const watch = watchOf([]);
  for (let us = 0; us < 1_200_000; us++) watch.arrive(us, 1);
  expect(watch.recentUs()).toHaveLength(2 ** 20);
});

/** Every 100 ms a query arrives, and one batch for it ends 20 ms later that took so long. */
function serve(
  watch: DriftWatch,
  { seconds, itemsEach, tookMs }: { seconds: number; itemsEach: number; tookMs: number },
) {
  for (let tick = 0; tick < 10 * seconds; tick++) {
    const atMs = 100 * tick;
    watch.arrive(1000 * atMs, 1);
    const endMs = atMs + 20;
    const enteredMs = Array.from({ length: itemsEach }, () => atMs);
    const batch = { stage: 'a', number: tick, startMs: endMs - tookMs, endMs, enteredMs, queries: enteredMs };
    watch.hear(0, batch, 10);
    if (tick % 10 === 9) watch.check({ nowUs: 1000 * (atMs + 100), queries: 10, live: [15, 100, 1000] });
  }
}

it.each<[string, { itemsEach: number; tookMs: number }, readonly DriftFinding['kind'][]]>([
  ['nothing of work as planned', { itemsEach: 1, tookMs: 11 }, []],
  ['batches that take half as long again as their profile says', { itemsEach: 1, tookMs: 15 }, ['service time']],
  ['twice the items per query', { itemsEach: 2, tookMs: 10 }, ['scale factor']],
])('hears of the work of a stage: %s', (_name, work, kinds) => {
  const told: (readonly DriftFinding[])[] = [];
  serve(watchOf(told), { seconds: 200, ...work });
  expect(told.flat().map(({ kind }) => kind)).toEqual(kinds);
});

it('counts no queries whose work it does not hear of', () => {
  const told: (readonly DriftFinding[])[] = [];
  const watch = watchOf(told);
  // Arrivals alone, as of a past that was asked for; then arrivals with their work; then a stream that broke off.
  for (let ms = -100_000; ms < 0; ms += 10) watch.arrive(1000 * ms, 1);
  serve(watch, { seconds: 150, itemsEach: 1, tookMs: 10 });
  watch.stopHearing();
  for (let s = 150; s < 400; s++) {
    watch.arrive(s * SECOND_US, 10);
    watch.check({ nowUs: (s + 1) * SECOND_US, queries: 10, live: [15, 100, 1000] });
  }
  expect(told).toEqual([]);
});
