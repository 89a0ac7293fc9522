// @module-tag slow
/** The closed loop: what a policy sees at its ticks, what becomes of its decisions, and the tuner as one policy. */
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/model/trace.js';
import { inferlinePolicy } from '../../src/policies/inferline.js';
import type { Policy, PolicyInput, StageView } from '../../src/policies/policy.js';
import { schedulePolicy } from '../../src/policies/schedule.js';
import { randomStream } from '../../src/random.js';
import { ClosedLoop } from '../../src/replay/closed-loop.js';
import type { PolicyOutcome } from '../../src/replay/outcome.js';
import { schedulesOf } from '../../src/replay/schedules.js';
import type { Change } from '../../src/tuner/decision.js';
import { TUNER_RULES, type TunerPlan } from '../../src/tuner/tuner-plan.js';
import { pipelineOf, setupOf } from '../helpers/builders.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';

const SECOND_US = 1_000_000;
const SLO = { latencyMs: 100, percentile: 99 };

function viewOf(stage: string, given: Partial<StageView> = {}): StageView {
  return {
    stage,
    hardware: 'cpu',
    replicas: 1,
    maxBatchSize: 1,
    fewestReplicas: 1,
    mostReplicas: 8,
    costUsdPerHour: 3600,
    activationDelayMs: 0,
    scaleFactor: 1,
    throughputQps: 100,
    serviceMs: [0, 10],
    ...given,
  };
}

function looped(
  // biome-ignore lint/suspicious/noExplicitAny: any policy
  policy: Policy<any>,
  views: readonly StageView[],
  arrivalsUs: readonly number[],
  blocks: number = arrivalsUs.length,
): PolicyOutcome {
  const loop = new ClosedLoop({
    name: policy.name,
    policy,
    pipeline: pipelineOf(Object.fromEntries(views.map(({ stage }) => [stage, {}]))),
    setups: views.map(({ replicas }) => ({ ...setupOf([10_000, 12_000, 14_000], { replicas }), maxBatchSize: 1 })),
    views,
    seed: 1,
    slo: SLO,
    lastUs: arrivalsUs.at(-1)!,
    binUs: SECOND_US,
  });
  for (let from = 0; from < arrivalsUs.length; from += blocks) {
    for (const _ of loop.take(Float64Array.from(arrivalsUs.slice(from, from + blocks))));
  }
  return loop.end();
}

/** Ticks every 10 ms, asks for what the script says at each tick, and notes what it sees. */
function scripted(script: (input: PolicyInput<number>) => Partial<ReturnType<Policy<number>['decide']>>) {
  const seen: object[] = [];
  const policy: Policy<number> = {
    name: 'scripted',
    tickMs: 10,
    firstTickMs: 10,
    sees: 'stages',
    start: () => 0,
    decide(input) {
      const { readyReplicas, startingReplicas, queuedItems, completedItems, replicas, readyReplicaMs, busyMs } =
        input.stages[0]!;
      const { queries, attained, late } = input.arrivals;
      const ready = replicas.map(({ readyAtMs }) => readyAtMs);
      seen.push({
        ...{ atMs: input.nowMs, readyReplicas, startingReplicas, queuedItems, completedItems },
        ...{ queries, attained, late, ready, readyReplicaMs, busyMs },
      });
      const asked = input.stages.map(({ askedReplicas }) => askedReplicas);
      return { replicas: asked, reasons: [], state: input.state + 1, ...script(input) };
    },
  };
  return { policy, seen };
}

describe('the closed loop', () => {
  it('shows a policy what happened since its last tick, and applies what it decides, by hand', () => {
    // Four queries at 0, 10 ms each, one replica. At 10 ms two more are asked for, which are ready at 25 ms.
    const { policy, seen } = scripted(({ nowMs }) => (nowMs === 10 ? { replicas: [3] } : {}));
    const outcome = looped(policy, [viewOf('a', { activationDelayMs: 15 })], [0, 0, 0, 0, 30_000]);
    const START = Number.NEGATIVE_INFINITY;
    expect(seen).toEqual([
      // At 10 ms the first is done and the second begins: two wait.
      {
        ...{ atMs: 10, readyReplicas: 1, startingReplicas: 0, queuedItems: 2, completedItems: 1 },
        ...{ queries: 4, attained: 1, late: 0, ready: [START], readyReplicaMs: 10, busyMs: 10 },
      },
      {
        ...{ atMs: 20, readyReplicas: 1, startingReplicas: 2, queuedItems: 1, completedItems: 1 },
        ...{ queries: 0, attained: 1, late: 0, ready: [START, undefined, undefined], readyReplicaMs: 10, busyMs: 10 },
      },
      // From 25 ms on the last of the four is served beside the third: 10 + 5 ms of work, 10 + 2·5 ms of readiness.
      {
        ...{ atMs: 30, readyReplicas: 3, startingReplicas: 0, queuedItems: 0, completedItems: 1 },
        ...{ queries: 1, attained: 1, late: 0, ready: [START, 25, 25], readyReplicaMs: 20, busyMs: 15 },
      },
    ]);
    // One replica at $1 a second for 10 ms, three for the 20 ms up to the last arrival.
    expect(outcome.costUsd).toBeCloseTo(0.07, 10);
    expect(outcome.timelines[0]!.replicas).toEqual([
      { atMs: 0, replicas: 1 },
      { atMs: 10, replicas: 3 },
    ]);
  });

  it('keeps to the bounds of a stage, whatever is asked for', () => {
    const { policy } = scripted(({ nowMs }) => ({ replicas: [nowMs % 20 === 0 ? -5 : 99] }));
    const { timelines } = looped(
      policy,
      [viewOf('a', { fewestReplicas: 2, mostReplicas: 4, replicas: 2 })],
      [0, 50_000],
    );
    expect(new Set(timelines[0]!.replicas.map(({ replicas }) => replicas))).toEqual(new Set([2, 4]));
  });

  it('serves nothing with no replica, and ends with one all the same', () => {
    const { policy } = scripted(({ nowMs }) => ({ replicas: [nowMs === 10 ? 0 : nowMs < 40 ? 0 : 1] }));
    const view = viewOf('a', { fewestReplicas: 0 });
    // The query of 15 ms waits for the replica of 40 ms.
    expect(looped(policy, [view], [0, 15_000, 60_000]).latency.maxMs).toBe(35);
    const { policy: never } = scripted(() => ({ replicas: [0] }));
    expect(looped(never, [view], [0, 15_000, 60_000]).queries).toBe(3);
  });

  it('stops every stage for as long as a policy says, and changes the max batch size', () => {
    const stop = scripted(({ nowMs }) => (nowMs === 10 ? { stopMs: 50 } : {}));
    // The batch of 5 ms goes on to 15 ms; what comes at 12 ms waits until 60 ms.
    expect(looped(stop.policy, [viewOf('a')], [5000, 12_000]).latency.maxMs).toBe(58);
    const batch = scripted(() => ({ maxBatchSizes: [3] }));
    // Two alone until 20 ms, since the tick of 10 ms comes after the dispatch; then three at once, in 14 ms.
    expect(looped(batch.policy, [viewOf('a')], [0, 0, 0, 0, 20_000]).latency.maxMs).toBe(34);
  });

  it('gives the same whatever the blocks in which arrivals come', () => {
    const uniform = randomStream(3, 'blocks');
    const arrivals = Array.from({ length: 400 }, () => Math.floor(uniform() * 4 * SECOND_US)).sort((a, b) => a - b);
    const grow = () =>
      scripted(({ stages: [a] }) => ({ replicas: [Math.max(1, Math.ceil(a!.queuedItems / 2))] })).policy;
    const whole = looped(grow(), [viewOf('a', { activationDelayMs: 30 })], arrivals);
    expect(whole.changes).toBeGreaterThan(5);
    for (const blocks of [1, 7, 100])
      expect(looped(grow(), [viewOf('a', { activationDelayMs: 30 })], arrivals, blocks)).toEqual(whole);
  });
});

/** Half a minute at 60/s with a burst in its middle, a hole, and the same again. */
function withHole(seed: number, holeUs: number): number[] {
  const uniform = randomStream(seed, 'loop');
  const busy = [
    ...Array.from({ length: 1800 }, () => Math.floor(uniform() * 30 * SECOND_US)),
    ...Array.from({ length: 60 }, () => Math.floor((15 + uniform() / 20) * SECOND_US)),
  ].sort((a, b) => a - b);
  return [...busy, ...busy.map((us) => us + 30 * SECOND_US + holeUs)];
}

describe('the tuner as a policy', () => {
  const stages = { a: {}, b: { scaleFactor: 1, replicas: 1, throughputQps: 90 } };
  const views = (plan: TunerPlan) =>
    plan.stages.map(({ stage, replicas, activationDelayMs }) =>
      viewOf(stage, { replicas, activationDelayMs, mostReplicas: 1000 }),
    );

  it.each(TUNER_RULES)('T11: decides in the closed loop what the replay decides, under the rules %s', (rules) => {
    for (const [seed, intervalMs, holeS] of [
      [1, 100, 120],
      [2, 333, 7],
      [3, 100, 400_000],
    ] as const) {
      const plan = tunerPlanOf(stages, { rules });
      const arrivals = withHole(seed, holeS * SECOND_US);
      const steps = schedulesOf(plan, sourceOf({ arrivalsUs: Float64Array.from(arrivals) }), { intervalMs });
      let step = steps.next();
      while (!step.done) step = steps.next();
      const { decisions, tuned } = step.value;
      const made: Change[] = [];
      const policy = inferlinePolicy({ plan, intervalMs, onChange: (change) => made.push(change) });
      const closed = looped(policy, views(plan), arrivals, 512);
      expect(decisions.length).toBeGreaterThan(1);
      expect(made).toEqual(decisions);
      const followed = looped(schedulePolicy(policy.name, tuned, { intervalMs }), views(plan), arrivals, 77);
      expect(closed).toEqual(followed);
    }
  });
});
