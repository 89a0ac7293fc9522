/** Numbers from outside (a journal, a live system, a hand) pass through the limits of the run. */
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import type { TunerLimits } from '../../src/tuner/tuner-limits.js';
import { spendCeiling, withinLimits } from '../../src/tuner/within-limits.js';
import { spansOf } from '../tuner/live-fakes.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';
import { resumeAt, runLoop } from './loop-run.js';

/** Planned: a 2 and b 1, each replica $1. */
const planWith = (limits: Partial<TunerLimits>) => tunerPlanOf({ a: {}, b: { replicas: 1 } }, { limits });
const PLANNED = { a: 2, b: 1 };
const LIMITS: readonly [string, Partial<TunerLimits>, number[]][] = [
  ['most replicas', { mostReplicas: { a: 3, b: 2 } }, [3, 2]],
  ['inventory', { inventory: { cpu: 6 } }, [3, 3]],
  ['spend limit', { mostUsdPerHour: 4.5 }, [2, 2]],
  ['largest growth', { largestGrowth: 2 }, [4, 2]],
];

describe('a journal that asks for 50 replicas of each stage', () => {
  it.each(LIMITS)('passes through the limit: %s', async (limitedBy, limits, allowed) => {
    const plan = planWith(limits);
    const run = runLoop(plan, { replicas: PLANNED, resume: resumeAt(plan, [50, 50], [2, 1]) });
    await run.clock.runTo(20_000);
    for (const { stage, replicas } of run.target.calls) {
      expect(replicas).toBeLessThanOrEqual(allowed[stage === 'a' ? 0 : 1]!);
    }
    expect(run.wanted()).toEqual(allowed);
    expect(run.records[0]).toMatchObject({ kind: 'start', state: { replicas: allowed } });
    expect(run.events.filter(({ kind }) => kind === 'kept-within-limits')).toContainEqual({
      ...{ kind: 'kept-within-limits', by: 'the journal', stage: 'b', asked: 50 },
      ...{ replicas: allowed[1], limitedBy },
    });
    await run.end();
  });

  it('adds no more than the largest step of this run', async () => {
    const plan = planWith({ largestStep: 3 });
    const run = runLoop(plan, { replicas: PLANNED, resume: resumeAt(plan, [50, 50], [2, 1]) });
    await run.clock.runTo(3_000);
    expect(run.wanted()).toEqual([5, 4]);
    await run.end();
  });
});

describe('a live system that has 50 replicas of each stage', () => {
  it.each(LIMITS)('is brought back to the limit: %s', async (_, limits, allowed) => {
    const run = runLoop(planWith(limits), { replicas: { a: 50, b: 50 } });
    await run.clock.runTo(20_000);
    expect(run.wanted()).toEqual(allowed);
    await run.end();
  });

  it('keeps its planned replicas where a limit is below them', async () => {
    const run = runLoop(planWith({ mostReplicas: { a: 1 } }), { replicas: { a: 50, b: 1 } });
    await run.clock.runTo(20_000);
    expect(run.wanted()).toEqual([2, 1]);
    await run.end();
  });
});

describe('a hand that sets 50 replicas of a stage', () => {
  it.each(LIMITS)('is brought back to the limit: %s', async (_, limits, allowed) => {
    const script = spansOf([], 60_000, 500);
    const run = runLoop(planWith(limits), { script, replicas: PLANNED });
    await run.clock.runTo(5_000);
    for (const stage of ['a', 'b']) run.target.setByHand(stage, 50);
    await run.clock.runTo(20_000);
    expect(run.wanted()).toEqual(allowed);
    expect(run.records.find(({ kind }) => kind === 'hand')).toMatchObject({ state: { replicas: allowed } });
    expect(run.events.filter(({ kind }) => kind === 'changed-by-hand')).toHaveLength(2);
    await run.end();
  });

  it('stands within the limits', async () => {
    const run = runLoop(planWith({ mostReplicas: { a: 7 } }), {
      script: spansOf([], 60_000, 500),
      replicas: PLANNED,
    });
    await run.clock.runTo(5_000);
    run.target.setByHand('a', 6);
    await run.clock.runTo(60_000);
    expect(run.wanted()).toEqual([6, 1]);
    expect(run.events.filter(({ kind }) => kind === 'kept-within-limits')).toEqual([]);
    await run.end();
  });
});

it('whatever is asked, no limit is passed, and no planned replica that is there goes', () => {
  const uniform = randomStream(3, 'limits');
  const upTo = (most: number) => Math.floor(uniform() * (most + 1));
  for (let run = 0; run < 2000; run++) {
    const limits = {
      ...(uniform() < 0.5 && { mostReplicas: { a: 1 + upTo(9) } }),
      ...(uniform() < 0.5 && { inventory: { cpu: 1 + upTo(20) } }),
      ...(uniform() < 0.5 && { mostUsdPerHour: 1 + upTo(20) }),
      ...(uniform() < 0.5 && { largestGrowth: 1 + upTo(8) }),
    };
    const plan = tunerPlanOf({ a: { replicas: 1 + upTo(4) }, b: { replicas: 1 + upTo(4) } }, { limits });
    const present = [upTo(40), upTo(40)];
    const asked = [upTo(60), upTo(60)];
    const { replicas } = withinLimits(plan, { present, asked });
    const planned = plan.stages.map((stage) => stage.replicas);
    const total = replicas[0]! + replicas[1]!;
    const keptTotal = replicas.reduce((sum, count, s) => sum + Math.min(count, planned[s]!), 0);
    replicas.forEach((count, s) => {
      expect(count).toBeLessThanOrEqual(Math.max(asked[s]!, Math.min(1, present[s]!)));
      expect(count).toBeGreaterThanOrEqual(Math.min(planned[s]!, present[s]!, asked[s]!));
      const most = s === 0 ? limits.mostReplicas?.a : undefined;
      if (most !== undefined) expect(count).toBeLessThanOrEqual(Math.max(most, planned[s]!));
    });
    for (const most of [limits.inventory?.cpu, limits.mostUsdPerHour]) {
      if (most !== undefined) expect(total).toBeLessThanOrEqual(Math.max(most, keptTotal));
    }
  }
});

it('the ceiling of a run is ten times the cost of its plan, or what --max-growth says', () => {
  const stages = [
    { replicas: 2, costUsdPerHour: 0.3 },
    { replicas: 1, costUsdPerHour: 0.05 },
  ];
  expect(spendCeiling(stages, { largestGrowth: undefined })).toBe(6.5);
  expect(spendCeiling(stages, { largestGrowth: 1.5 })).toBe(0.975);
});
