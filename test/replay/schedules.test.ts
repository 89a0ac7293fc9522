// @module-tag slow
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/model/trace.js';
import { randomStream } from '../../src/random.js';
import { type Schedules, schedulesOf } from '../../src/replay/schedules.js';
import type { TunerPlan } from '../../src/tuner/tuner-plan.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';

const SECOND_US = 1_000_000;
const PLAN = tunerPlanOf({ a: {}, b: { scaleFactor: 0.4, replicas: 1, throughputQps: 60 } });

function schedules(plan: TunerPlan, arrivalsUs: readonly number[]): { result: Schedules; yields: number } {
  const steps = schedulesOf(plan, sourceOf({ arrivalsUs: Float64Array.from(arrivalsUs) }));
  for (let yields = 0; ; yields++) {
    const step = steps.next();
    if (step.done) return { result: step.value, yields };
  }
}

/** Half a minute at 60/s, with a burst of 40 within 50 ms in its middle. */
function busy(seed: number): number[] {
  const uniform = randomStream(seed, 'busy');
  const steady = Array.from({ length: 1800 }, () => Math.floor(uniform() * 30 * SECOND_US));
  const burst = Array.from({ length: 40 }, () => Math.floor((15 + uniform() / 20) * SECOND_US));
  return [...steady, ...burst].sort((a, b) => a - b);
}

describe('a hole in the trace', () => {
  /** Busy, nothing for so long, busy again. */
  const withHole = (seed: number, holeUs: number) => {
    const first = busy(seed);
    return [...first, ...busy(seed + 100).map((us) => us + 30 * SECOND_US + holeUs)];
  };
  /** All instants after the first busy time and what settles after it, as if the hole were ten minutes. */
  const TEN_MINUTES_US = 600 * SECOND_US;
  const closed = ({ decisions, tuned, clairvoyant, peak }: Schedules, holeUs: number) => {
    const surplusUs = holeUs - TEN_MINUTES_US;
    const back = (us: number) => (us > 400 * SECOND_US ? us - surplusUs : us);
    const shifted = (changes: Schedules['tuned']['changes']) =>
      changes.map(({ atUs, replicas }) => ({ atUs: back(atUs), replicas }));
    return {
      decisions: decisions.map((change) => ({ ...change, atMs: back(change.atMs * 1000) / 1000 })),
      tuned: shifted(tuned.changes),
      clairvoyant: shifted(clairvoyant.changes),
      peak,
    };
  };

  it.each([1, 2, 3, 4, 5])('of four days decides what one of ten minutes does, seed %d', (seed) => {
    const fourDaysUs = 4 * 86_400 * SECOND_US;
    const short = schedules(PLAN, withHole(seed, TEN_MINUTES_US)).result;
    expect(short.decisions.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['up', 'down']));
    expect(short.clairvoyant.changes.length).toBeGreaterThan(2);
    const long = schedules(PLAN, withHole(seed, fourDaysUs)).result;
    expect(closed(long, fourDaysUs)).toEqual(closed(short, TEN_MINUTES_US));
  });

  it('since 1970 costs a few thousand checks', () => {
    const since1970 = busy(1).map((us) => us + 1_700_000_000 * SECOND_US);
    const { result, yields } = schedules(PLAN, since1970);
    expect(result.decisions[0]).toMatchObject({ kind: 'down', atMs: 30_000 });
    expect(yields).toBeLessThan(10);
  });

  it('of a minute after every query is yielded from again and again', () => {
    const sparse = Array.from({ length: 1000 }, (_, i) => i * 60 * SECOND_US);
    expect(schedules(PLAN, sparse).yields).toBeGreaterThan(20);
  });
});
