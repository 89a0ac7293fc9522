/**
 * The tuner's decision (InferLine §5), a pure function that replay and live loop share.
 *
 * Up, at every check: a live window holds more arrivals than any window of its width did in the planning trace. Each
 * stage gets k_m = ⌈r_max·s_m ÷ (μ_m·ρ_m)⌉ at once; replicas that are still activating count as present. Down, 15 s
 * after the last change: λ_new, the largest rate over 5 s windows in the last 30 s, needs k_m = ⌈λ_new·s_m ÷ (μ_m·min
 * ρ)⌉. The surplus is removed, but never the last replica.
 * Worked: λ 100/s, n 2, s 1, μ 80/s gives ρ = 100 ÷ 160 = 0.625. A window at 150/s beyond its plan asks for ⌈150 ÷
 * (80·0.625)⌉ = 3.
 *
 * Two guards, which `inferline` leaves out (docs/decisions/0004-guards-of-the-tuner.md). A removal keeps what the
 * windows of the last two minutes ask for. Stages below the plan come back to it with the traffic (`askedReplicas`).
 * Cost: O(widths + stages) per check.
 */

import { ownValue } from '../model/notation/own-value.js';
import { qpsOver, usFromMs } from '../units.js';
import { type Allotment, allotLowering, allotRaise } from './allotment.js';
import { type Asked, askedReplicas } from './asked-replicas.js';
import type { Change, ChangeReason, StageChange, TunerDecision, TunerState } from './decision.js';
import { replicasFor, type TunerPlan } from './tuner-plan.js';

/** What is known of the arrivals at one check; counts are per width of the plan's envelope. */
export interface Observation {
  /** Arrivals are known without a gap from `knownSinceMs` to `knownToMs`. */
  readonly knownSinceMs: number;
  readonly knownToMs: number;
  /** Most arrivals in a window of each width that ended since the last check. */
  readonly live: ArrayLike<number>;
  /** The same of the last two minutes. */
  readonly lookBack: ArrayLike<number>;
  /** Most arrivals in a rate window (5 s) that lies within the look-back. */
  readonly recentQueries: number;
}

/** A decision, and the state that the next check starts from. */
export interface Decided {
  readonly decision: TunerDecision;
  readonly state: TunerState;
}

/** One check of the tuner: pure, the same for a replay and for a live system (docs/tuning.md). */
export function decide(given: {
  readonly plan: TunerPlan;
  readonly state: TunerState;
  readonly observation: Observation;
  readonly nowMs: number;
}): Decided {
  const { state, observation, nowMs } = given;
  if (observation.knownToMs < nowMs) return hold(state, 'no data');
  return raise(given) ?? lower(given);
}

type Given = Parameters<typeof decide>[0];

/** Undefined when nothing is missing. */
function raise({ plan, state, observation, nowMs }: Given): Decided | undefined {
  if (!mayAsk(plan, state, observation.live)) return undefined;
  const asked = askedReplicas(plan, observation.live);
  if (asked === undefined) return undefined;
  const present = state.replicas;
  const needed = asked.replicas.map((count, s) => {
    const floored = Math.max(count, fewest(plan, s));
    return isByHand(state, s, nowMs) ? Math.min(floored, present[s]!) : floored;
  });
  const isWaiting = needed.map((count, s) => count > present[s]! && isStepUnderWay(plan, state, s, nowMs));
  const open = needed.map((count, s) => (isWaiting[s] ? present[s]! : count));
  if (!needed.some((count, s) => count > present[s]!)) return undefined;
  const allotted = allotRaise(plan.stages, plan.limits, { present, asked: open }).map((one, s): Allotment => {
    return isWaiting[s] ? { ...one, limitedBy: 'largest step' } : one;
  });
  const changes = changesOf(plan, present, needed, allotted);
  if (allotted.every(({ replicas }, s) => replicas === present[s])) {
    return { decision: { kind: 'hold', reason: 'limited', changes }, state };
  }
  const reason = reasonOf(asked, present);
  return changed(state, allotted, { kind: 'up', atMs: nowMs, reason, window: asked.window, changes });
}

function reasonOf({ isBeyondEnvelope, replicas }: Asked, present: readonly number[]): ChangeReason {
  if (isBeyondEnvelope) return 'beyond the envelope';
  return replicas.some((count, s) => count > present[s]!) ? 'back to the plan' : 'fewest replicas';
}

/**
 * Fast path, since most checks hold: does a window exceed its plan, or does a stage have fewer replicas than planned?
 */
function mayAsk(plan: TunerPlan, { replicas }: TunerState, live: ArrayLike<number>): boolean {
  const { envelope, stages, rules } = plan;
  for (let w = 0; w < envelope.length; w++) if (live[w]! > envelope[w]!.queries) return true;
  if (rules === 'inferline') return false;
  for (let s = 0; s < stages.length; s++) {
    if (replicas[s]! < stages[s]!.replicas || replicas[s]! < fewest(plan, s)) return true;
  }
  return false;
}

/** The floor of a stage: never the last replica, nor fewer than the limits say. */
export function fewest({ stages, limits }: TunerPlan, s: number): number {
  return ownValue(limits.fewestReplicas, stages[s]!.stage) ?? 1;
}

/** With a largest step, the next one comes when the replicas of the last one are active. */
function isStepUnderWay({ stages, limits }: TunerPlan, state: TunerState, s: number, nowMs: number): boolean {
  const lastRaiseMs = state.lastRaiseMs[s] ?? null;
  if (limits.largestStep === undefined || lastRaiseMs === null) return false;
  return nowMs - lastRaiseMs < stages[s]!.activationDelayMs;
}

function lower({ plan, state, observation, nowMs }: Given): Decided {
  if (nowMs - state.lastChangeMs < plan.settleMs) return hold(state, 'just changed');
  if (nowMs - observation.knownSinceMs < plan.lookBackMs) return hold(state, 'data too young');
  const present = state.replicas;
  if (present.every((count) => count <= 1)) return hold(state, 'as needed');
  const rateQps = qpsOver(observation.recentQueries, usFromMs(plan.rateWindowMs));
  const byRate = plan.stages.map((stage) => {
    return replicasFor(stage, rateQps, plan.rules === 'lean' ? stage.provisioningRatio : plan.leastProvisioningRatio);
  });
  if (byRate.every((count, s) => count >= present[s]!)) return hold(state, 'as needed');
  const kept = plan.rules === 'inferline' ? undefined : askedReplicas(plan, observation.lookBack)!.replicas;
  const needed = byRate.map((count, s) => {
    return isByHand(state, s, nowMs) ? present[s]! : Math.min(present[s]!, Math.max(count, kept?.[s] ?? 1));
  });
  if (needed.every((count, s) => count === present[s])) return hold(state, 'as needed');
  const asked = needed.map((count, s) => Math.min(present[s]!, Math.max(count, fewest(plan, s))));
  const allotted = allotLowering(plan.limits, { present, asked }).map((one, s): Allotment => {
    return one.replicas === asked[s] && asked[s]! > needed[s]! ? { ...one, limitedBy: 'fewest replicas' } : one;
  });
  const changes = changesOf(plan, present, needed, allotted);
  if (asked.every((count, s) => count === present[s])) {
    return { decision: { kind: 'hold', reason: 'as needed', changes }, state };
  }
  const window = { windowMs: plan.rateWindowMs, queries: observation.recentQueries, rateQps };
  return changed(state, allotted, { kind: 'down', atMs: nowMs, reason: 'less traffic', window, changes });
}

function changesOf(
  { stages }: TunerPlan,
  present: readonly number[],
  asked: readonly number[],
  allotted: readonly Allotment[],
): StageChange[] {
  return allotted.flatMap(({ replicas, limitedBy }, s) => {
    const from = present[s]!;
    if (replicas === from && limitedBy === undefined) return [];
    const change = { stage: stages[s]!.stage, from, to: replicas, asked: asked[s]! };
    return [limitedBy === undefined ? change : { ...change, limitedBy }];
  });
}

function changed(state: TunerState, allotted: readonly Allotment[], decision: Change): Decided {
  const replicas = allotted.map((allotment) => allotment.replicas);
  const lastRaiseMs = replicas.map((count, s) => {
    return count > state.replicas[s]! ? decision.atMs : (state.lastRaiseMs[s] ?? null);
  });
  return { decision, state: { ...state, replicas, lastRaiseMs, lastChangeMs: decision.atMs } };
}

function isByHand({ handUntilMs }: TunerState, s: number, nowMs: number): boolean {
  const untilMs = handUntilMs[s] ?? null;
  return untilMs !== null && nowMs < untilMs;
}

/** Shared, because a replay holds millions of times. */
const HOLDS = {
  'as needed': { kind: 'hold', reason: 'as needed' },
  'no data': { kind: 'hold', reason: 'no data' },
  'just changed': { kind: 'hold', reason: 'just changed' },
  'data too young': { kind: 'hold', reason: 'data too young' },
} as const;

function hold(state: TunerState, reason: keyof typeof HOLDS): Decided {
  return { decision: HOLDS[reason], state };
}

/**
 * The state after somebody else changed replicas: their numbers are the present ones, count as a change, and stand for
 * `holdMs`.
 * @param found per stage, what the live system was told to have
 */
export function afterHandChange(
  state: TunerState,
  { found, nowMs, holdMs }: { found: readonly number[]; nowMs: number; holdMs: number },
): TunerState {
  const isChanged = (s: number) => found[s] !== state.replicas[s];
  if (!found.some((_, s) => isChanged(s))) return state;
  return {
    ...state,
    replicas: found,
    lastChangeMs: nowMs,
    handUntilMs: state.handUntilMs.map((untilMs, s) => (isChanged(s) ? nowMs + holdMs : untilMs)),
  };
}
