/**
 * DS2 (Kalavri et al., OSDI 2018), as its controller decides: all stages in one step, from true rates.
 *
 * The true rate of a replica is what it processed ÷ the time it was busy, so waiting does not count. A stage needs ⌈λ·s_m
 * ÷ true rate × (1 + scaling factor)⌉ replicas, λ the mean arrival rate of the last interval. The manager ignores so
 * many intervals after a change (warm-up), and acts when for so many in a row (activation) a stage needs more, or at
 * least two fewer. On Flink every change stops the whole job and restarts it; `ds2-stop` does, `ds2` does not.
 * Worked: a replica that completed 90 items in 1.5 s of work has a true rate of 60/s; 200/s need ⌈3.33⌉ = 4.
 * Source: strymon-system/ds2, controller/src/policy/scaling.rs and bin/manager.rs. The intervals that InferLine's figure
 * used are not known.
 */

import { atLeastOne } from '../tuner/tuner-plan.js';
import { msFromS, qpsOver, usFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, StageView } from './policy.js';

/** Names as in DS2's manager configuration. */
export interface Ds2Own {
  readonly policyIntervalMs?: number;
  readonly warmUpTime?: number;
  readonly activationTime?: number;
  readonly scalingFactor?: number;
}

const INTERVAL_MS = msFromS(10);

export const DS2_KINDS: readonly PolicyKind<Ds2Own>[] = [
  ds2Kind('ds2', false, 'DS2 (2018): every stage at once, from true processing rates'),
  ds2Kind(
    'ds2-stop',
    true,
    'the same with its stop: at every change all stages stand for the longest activation delay',
  ),
];

function ds2Kind(name: string, hasStop: boolean, summary: string): PolicyKind<Ds2Own> {
  return {
    name,
    summary,
    hasTarget: true,
    make({ own = {}, stages, target, phase }) {
      const { policyIntervalMs = INTERVAL_MS, warmUpTime = 0, activationTime = 1, scalingFactor = 0 } = own;
      const factors = stages.map((_, s) => {
        if (target.kind === 'shipped') return 1 + scalingFactor;
        // At the planned rate the planned replicas: their utilisation then is what the true rates leave.
        const { utilisation } = target.steady[s]!;
        return utilisation > 0 ? 1 / (utilisation * target.factor) : 1;
      });
      return ds2Policy({ name, factors, intervalMs: policyIntervalMs, warmUpTime, activationTime, hasStop, phase });
    },
  };
}

interface Ds2State {
  readonly stages: readonly StageView[];
  /** True rate of one replica as last measured; the planned one before. */
  readonly trueQps: readonly number[];
  /** Intervals that are still ignored, and intervals in a row that asked for a change. */
  readonly ignored: number;
  readonly asking: number;
}

/** @param given `factors`: per stage, what the replicas needed are multiplied by */
export function ds2Policy(given: {
  readonly name: string;
  readonly factors: readonly number[];
  readonly intervalMs: number;
  readonly warmUpTime: number;
  readonly activationTime: number;
  readonly hasStop: boolean;
  readonly phase: number;
}): Policy<Ds2State> {
  const { name, factors, intervalMs, warmUpTime, activationTime, hasStop, phase } = given;
  return {
    name,
    tickMs: intervalMs,
    firstTickMs: intervalMs * (1 + phase),
    sees: 'stages',
    start: (stages) => ({ stages, trueQps: stages.map((view) => view.throughputQps), ignored: 0, asking: 0 }),
    decide({ state, stages, arrivals }) {
      const rateQps = qpsOver(arrivals.queries, usFromMs(intervalMs));
      const trueQps = stages.map(({ completedItems, busyMs }, s) => {
        return busyMs > 0 && completedItems > 0 ? qpsOver(completedItems, usFromMs(busyMs)) : state.trueQps[s]!;
      });
      const needed = state.stages.map(({ scaleFactor }, s) => {
        return atLeastOne(((rateQps * scaleFactor) / trueQps[s]!) * factors[s]!);
      });
      const present = stages.map(({ askedReplicas }) => askedReplicas);
      const isWanted = needed.some((count, s) => count > present[s]! || count <= present[s]! - 2);
      const asking = state.ignored > 0 || !isWanted ? 0 : state.asking + 1;
      const isActing = asking >= activationTime;
      const limitedBy = state.ignored > 0 ? 'warm_up_time' : isWanted ? 'activation_time' : 'one fewer is ignored';
      const reasons = needed.map((proposal, s): StageReason => {
        const isHeld = !isActing && proposal !== present[s];
        return { metric: 'true rate of a replica', value: trueQps[s]!, proposal, ...(isHeld && { limitedBy }) };
      });
      const delayMs = Math.max(...state.stages.map(({ activationDelayMs }) => activationDelayMs));
      return {
        replicas: isActing ? needed : present,
        reasons,
        state: {
          ...state,
          trueQps,
          ignored: isActing ? warmUpTime : Math.max(0, state.ignored - 1),
          asking: isActing ? 0 : asking,
        },
        ...(isActing && hasStop && { stopMs: delayMs }),
      };
    },
  };
}
