/**
 * MArk (Zhang et al., ATC 2019) on every stage by itself, as its published controller runs: proactive provisioning once
 * a minute, and feedback from late queries.
 *
 * The forecast is that of the shipped scheduler: the busiest five seconds of all time × 12 × 1.2 a minute, for all of
 * the horizon (its LSTM is switched off there). With one type of instance the greedy plan is ⌈forecast ÷ capacity⌉. A
 * replica goes only down to the largest plan of the last six rounds. Feedback: an average of late answers (weight 0.999)
 * above 2 % adds one replica at the stage with the longest queue, once in six rounds.
 * Worked: 30 queries in the busiest 5 s, capacity 50/s: 30·12·1.2 = 432 a minute of 3,000: 1. 300 in 5 s: 4,320: 2.
 * Source: marcoszh/MArk-Project, proactive_controller2. Its spot instances and functions have no counterpart here.
 */

import { atLeastOne } from '../tuner/tuner-plan.js';
import { msFromS, queriesIn } from '../units.js';
import type { Policy, PolicyKind, StageReason } from './policy.js';

const TICK_MS = msFromS(5);
const ROUND_TICKS = 12;
const HEAD_ROOM = 1.2;
const KEPT_ROUNDS = 6;
const LATE_SHARE = 0.02;
const DECAY = 0.999;
const COOL_DOWN_ROUNDS = 5;
const MINUTE_MS = msFromS(60);

export const MARK: PolicyKind<never> = {
  name: 'mark',
  summary: 'MArk (2019): the busiest five seconds so far and a fifth more, and one more when answers are late',
  hasTarget: true,
  make({ stages, target, phase }) {
    const perMinute = stages.map(({ throughputQps, scaleFactor, replicas }, s) => {
      if (target.kind === 'shipped') return queriesIn(throughputQps / scaleFactor, MINUTE_MS);
      const { rateQps } = target.steady[s]!;
      return rateQps > 0
        ? (queriesIn(rateQps / scaleFactor, MINUTE_MS) / replicas) * HEAD_ROOM * target.factor
        : Number.POSITIVE_INFINITY;
    });
    return markPolicy({ perMinute, phase });
  },
};

interface MarkState {
  readonly tick: number;
  /** Most queries in five seconds so far. */
  readonly most: number;
  /** Plans of the last rounds, the oldest first. */
  readonly plans: readonly (readonly number[])[];
  readonly late: number;
  readonly coolUntil: number;
}

/** @param given `perMinute`: per stage, queries a minute that one replica serves */
export function markPolicy(given: {
  readonly perMinute: readonly number[];
  readonly phase: number;
}): Policy<MarkState> {
  const { perMinute, phase } = given;
  return {
    name: MARK.name,
    tickMs: TICK_MS,
    firstTickMs: TICK_MS * (1 + phase),
    sees: 'stages',
    start: () => ({ tick: 0, most: 0, plans: [], late: 0, coolUntil: 0 }),
    decide({ state, stages, arrivals }) {
      const present = stages.map(({ askedReplicas }) => askedReplicas);
      const tick = state.tick + 1;
      const most = Math.max(state.most, arrivals.queries);
      const answers = arrivals.attained + arrivals.late;
      // Every answer weighs in alike, the on-time ones first: their order within five seconds is not seen.
      const late = state.late * DECAY ** answers + (1 - DECAY ** arrivals.late);
      const noted = { ...state, tick, most, late };
      if (tick % ROUND_TICKS !== 0) return { replicas: present, reasons: [], state: noted };
      const forecast = most * (MINUTE_MS / TICK_MS) * HEAD_ROOM;
      const plan = perMinute.map((capacity) => atLeastOne(forecast / capacity));
      const plans = [...state.plans, plan].slice(-KEPT_ROUNDS);
      const isLate = late > LATE_SHARE && tick >= state.coolUntil;
      const longest = stages.reduce((a, { queuedItems }, s) => (queuedItems > stages[a]!.queuedItems ? s : a), 0);
      const replicas = present.map((count, s) => {
        const floor = Math.max(...plans.map((one) => one[s]!));
        return Math.max(plan[s]!, Math.min(count, floor)) + (isLate && s === longest ? 1 : 0);
      });
      const reasons = plan.map((proposal, s): StageReason => {
        const isHeld = replicas[s]! > proposal;
        const limitedBy = isLate && s === longest ? 'late answers' : 'largest plan of six rounds';
        return { metric: 'queries a minute', value: forecast, proposal, ...(isHeld && { limitedBy }) };
      });
      const after = isLate ? { late: 0, coolUntil: tick + (COOL_DOWN_ROUNDS + 1) * ROUND_TICKS } : {};
      return { replicas, reasons, state: { ...noted, plans, ...after } };
    },
  };
}
