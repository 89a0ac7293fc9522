/**
 * When the tuner, and the baselines that know the trace, change replicas. Nothing is simulated: all of them see only
 * arrivals, so one pass over those serves them all. The closed loop then follows the schedules.
 */
import { SlidingMaximum } from '../envelope/sliding-maximum.js';
import type { ArrivalSource } from '../model/trace.js';
import type { ReplicaChange, Schedule } from '../policies/schedule.js';
import { askedBeyond, askedWithin } from '../tuner/asked-replicas.js';
import { fewest } from '../tuner/decide.js';
import { type Change, firstState } from '../tuner/decision.js';
import { type BoundLimit, LimitTally } from '../tuner/limit-tally.js';
import { replicasFor, type TunerPlan } from '../tuner/tuner-plan.js';
import { CHECK_INTERVAL_MS, type ReviewChange, TunerSession } from '../tuner/tuner-session.js';
import { qpsOver, usFromMs } from '../units.js';

const BLOCK = 4096;
/** Checks between two yields: few enough that Ctrl-C is heard at once. */
const MOST_CHECKS = 10_000;

export interface Schedules {
  readonly arrivals: number;
  readonly lastUs: number;
  readonly decisions: readonly Change[];
  readonly bound: readonly BoundLimit[];
  readonly tuned: Schedule;
  /** At every stage, all the time, as many as the trace ever asks for, and never fewer than planned. */
  readonly peak: Schedule;
  /** At every instant as many as the last 15 s and the next activation delay ask for. */
  readonly clairvoyant: Schedule;
}

/**
 * Reads the arrivals once and yields how many were read. The tuner starts with the planned replicas and checks up to
 * the last arrival.
 */
export function* schedulesOf(
  plan: TunerPlan,
  arrivals: ArrivalSource,
  { intervalMs = CHECK_INTERVAL_MS, review }: { intervalMs?: number; review?: ReviewChange | undefined } = {},
): Generator<number, Schedules> {
  const planned = plan.stages.map(({ replicas }) => replicas);
  const decisions: Change[] = [];
  const changes: ReplicaChange[] = [];
  const need = needOver(plan, intervalMs);
  const tally = new LimitTally({ intervalMs });
  let checks = 0;
  const session = new TunerSession({
    plan,
    state: firstState(planned, 0),
    startUs: 0,
    intervalMs,
    review,
    onChange: (change, { replicas }) => {
      decisions.push(change);
      changes.push({ atUs: usFromMs(change.atMs), replicas });
    },
    onCheck: (seen) => {
      checks++;
      need.check(seen);
    },
    onIdle: (count) => need.idle(count),
    onDecision: (decision, count) => tally.take(decision, count),
  });
  const block = new Float64Array(BLOCK);
  let read = 0;
  let lastUs = 0;
  for (let count = arrivals.read(block); count > 0; count = arrivals.read(block)) {
    for (let i = 0; i < count; i++) {
      session.arrive(block[i]!);
      if (checks < MOST_CHECKS) continue;
      checks = 0;
      yield read + i;
    }
    lastUs = block[count - 1]!;
    read += count;
    yield read;
  }
  // A live tuner checks once more after the last arrival.
  session.settle(lastUs + usFromMs(intervalMs) - 1);
  const tuned = { start: planned, changes };
  return { arrivals: read, lastUs, decisions, bound: tally.bound(), tuned, ...need.end() };
}

/**
 * What each check asks for, gathered into the two baselines that know the future. They go by the windows of the
 * envelope and by the rate of the last 5 s, at each stage's own provisioning ratio, because a known future needs no
 * reserve.
 */
function needOver(plan: TunerPlan, intervalMs: number) {
  const intervalUs = usFromMs(intervalMs);
  const stages = plan.stages.map(({ activationDelayMs, replicas }, s) => {
    const aheadChecks = Math.ceil(usFromMs(activationDelayMs) / intervalUs);
    const span = aheadChecks + Math.ceil(usFromMs(plan.settleMs) / intervalUs) + 1;
    const floor = fewest(plan, s);
    return { aheadChecks, span, around: new SlidingMaximum(span), current: 0, most: Math.max(replicas, floor), floor };
  });
  const planned = plan.stages.map(({ replicas }) => replicas);
  const starts = [...planned];
  const events: { atUs: number; stage: number; replicas: number }[] = [];
  let checks = 0;

  /** Takes what check number `check` asks for; it settles the replicas `aheadChecks` earlier. */
  const take = (check: number, asked: readonly number[]) => {
    stages.forEach((stage, s) => {
      stage.around.push(asked[s]!);
      stage.most = Math.max(stage.most, asked[s]!);
      const { maximum } = stage.around;
      if (check < stage.aheadChecks || maximum === stage.current) return;
      const atUs = (check - stage.aheadChecks) * intervalUs;
      if (atUs === 0) starts[s] = maximum;
      else events.push({ atUs, stage: s, replicas: maximum });
      stage.current = maximum;
    });
  };

  return {
    check({ live, rateQueries }: { live: ArrayLike<number>; rateQueries: number }): void {
      const rateQps = qpsOver(rateQueries, usFromMs(plan.rateWindowMs));
      const asked = (askedBeyond(plan, live) ?? askedWithin(plan, live)).replicas;
      take(
        checks++,
        plan.stages.map((stage, s) => {
          return Math.max(replicasFor(stage, rateQps, stage.provisioningRatio), asked[s]!, stages[s]!.floor);
        }),
      );
    },
    /** Checks that ask for the fewest replicas: only those that a window still remembers make a difference. */
    idle(count: number): void {
      const remembered = Math.min(count, Math.max(...stages.map(({ span }) => span)));
      const floors = stages.map(({ floor }) => floor);
      for (let i = 0; i < remembered; i++) take(checks + i, floors);
      checks += count;
    },
    end(): Pick<Schedules, 'peak' | 'clairvoyant'> {
      const longest = Math.max(0, ...stages.map(({ aheadChecks }) => aheadChecks));
      for (let i = 0; i < longest && checks > 0; i++) {
        take(
          checks + i,
          stages.map(({ floor }) => floor),
        );
      }
      const peak = { start: stages.map(({ most }) => most), changes: [] };
      return { peak, clairvoyant: { start: starts, changes: mergeEvents(starts, events) } };
    },
  };
}

/** Merges changes of single stages into one change per instant. */
function mergeEvents(
  start: readonly number[],
  events: { readonly atUs: number; readonly stage: number; readonly replicas: number }[],
): ReplicaChange[] {
  const changes: ReplicaChange[] = [];
  const replicas = [...start];
  events.sort((a, b) => a.atUs - b.atUs);
  events.forEach(({ atUs, stage, replicas: count }, i) => {
    replicas[stage] = count;
    if (events[i + 1]?.atUs !== atUs) changes.push({ atUs, replicas: [...replicas] });
  });
  return changes;
}
