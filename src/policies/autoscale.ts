/**
 * AutoScale (Gandhi et al., ACM TOCS 30(4), 2012), the tuner of the InferLine paper's coarse-grained baseline.
 *
 * Up at once: ⌈rate ÷ c⌉ replicas, the rate that of the last ten seconds, c what one replica is loaded with. Down: a
 * replica goes once fewer have been enough for t_wait without a break. Theirs packs requests onto few servers so that
 * idle ones appear, which means nothing with a queue that all replicas share: "idle for t_wait" is "not needed for
 * t_wait" here. In theirs t_wait is 120 s where a server needs 260 s to start; here 15 s, as the tuner's, for the 5 s of
 * InferLine's replicas.
 *
 * A plan with as many replicas at every stage is one of units: all stages together, c that of a unit's slowest stage.
 * In any other plan each stage goes by its own c_m = μ_m ÷ s_m.
 * Worked: c 50/s, 120/s come: 3. Then 90/s come: 2 are enough, and the third goes 15 s later.
 */

import { atLeastOne } from '../tuner/tuner-plan.js';
import { msFromS, qpsOver, usFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, StageView } from './policy.js';

export interface AutoscaleOwn {
  /** Of a replica's throughput, what it is loaded with: c. Default 1. */
  readonly load?: number;
  /** How long a replica must not be needed before it goes. */
  readonly waitMs?: number;
  /** Time between two checks, and the time that the rate is measured over. */
  readonly intervalMs?: number;
  readonly windowMs?: number;
}

const WAIT_MS = msFromS(15);
const INTERVAL_MS = msFromS(1);
const WINDOW_MS = msFromS(10);

export const AUTOSCALE: PolicyKind<AutoscaleOwn> = {
  name: 'autoscale',
  summary: 'AutoScale (2012): as many as the rate needs at once, fewer once that has lasted',
  hasTarget: true,
  make({ own = {}, stages, target, phase }) {
    const { load = 1, waitMs = WAIT_MS, intervalMs = INTERVAL_MS, windowMs = WINDOW_MS } = own;
    const isUnits = stages.every(({ replicas }) => replicas === stages[0]!.replicas);
    const perReplica = stages.map(({ throughputQps, scaleFactor }) => throughputQps / scaleFactor);
    const capacity = isUnits ? perReplica.map(() => Math.min(...perReplica)) : perReplica;
    const capacityQps = capacity.map((qps, s) => {
      if (target.kind === 'shipped') return qps * load;
      const { rateQps, replicas } = target.steady[s]!;
      // At the planned rate of queries, the planned replicas.
      return rateQps > 0 ? (target.factor * rateQps) / stages[s]!.scaleFactor / replicas : Number.POSITIVE_INFINITY;
    });
    return autoscalePolicy({ capacityQps, waitMs, intervalMs, windowMs, phase });
  },
};

interface AutoscaleState {
  /** Arrivals in each interval of the window, the oldest first. */
  readonly counts: number[];
  readonly replicas: readonly number[];
  /** Per stage, at which check fewer began to be enough; null when they are not. */
  readonly since: readonly (number | null)[];
}

/** @param given `capacityQps`: per stage, queries a second that one replica is loaded with */
export function autoscalePolicy(given: {
  readonly capacityQps: readonly number[];
  readonly waitMs: number;
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly phase: number;
}): Policy<AutoscaleState> {
  const { capacityQps, waitMs, intervalMs, windowMs, phase } = given;
  const kept = Math.max(1, Math.round(windowMs / intervalMs));
  return {
    name: AUTOSCALE.name,
    tickMs: intervalMs,
    firstTickMs: intervalMs * (1 + phase),
    sees: 'arrivals',
    start: (stages: readonly StageView[]) => ({
      counts: [],
      replicas: stages.map(({ replicas }) => replicas),
      since: stages.map(() => null),
    }),
    decide({ state, nowMs, arrivals }) {
      const counts = [...state.counts, arrivals.queries].slice(-kept);
      const rateQps = qpsOver(
        counts.reduce((sum, count) => sum + count, 0),
        usFromMs(intervalMs * counts.length),
      );
      const needed = capacityQps.map((qps) => atLeastOne(rateQps / qps));
      const since = needed.map((count, s) => (count < state.replicas[s]! ? (state.since[s] ?? nowMs) : null));
      const isOver = (s: number) => since[s] !== null && nowMs - since[s]! >= waitMs;
      const replicas = needed.map((count, s) => (isOver(s) ? count : Math.max(count, state.replicas[s]!)));
      const reasons = needed.map((proposal, s): StageReason => {
        return { metric: 'rate', value: rateQps, proposal, ...(proposal < replicas[s]! && { limitedBy: 't_wait' }) };
      });
      return { replicas, reasons, state: { counts, replicas, since: since.map((at, s) => (isOver(s) ? null : at)) } };
    },
  };
}
