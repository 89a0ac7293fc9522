/** Replicas that the counts in windows of the envelope's widths ask for, per stage. */
import { qpsOver, usFromMs } from '../units.js';
import type { BindingWindow } from './decision.js';
import { atLeastOne, replicasFor, type TunerPlan } from './tuner-plan.js';

export interface Asked {
  readonly replicas: readonly number[];
  readonly window: BindingWindow;
  readonly isBeyondEnvelope: boolean;
}

/**
 * Beyond the envelope: k_m = ⌈r_max·s_m ÷ (μ_m·ρ_m)⌉, r_max the largest rate among the windows that exceed their
 * planned count (InferLine §5).
 *
 * Within it: ⌈n_m·x⌉, x the largest share of its planned count that any window reaches. The envelope, shrunk as much as
 * the replicas, then still holds the traffic. The paper's rules have no such step, so `inferline` returns undefined
 * there.
 * @param counts per width of the envelope
 */
export function askedReplicas(plan: TunerPlan, counts: ArrayLike<number>): Asked | undefined {
  const { envelope, stages } = plan;
  const beyond = largestBy(counts, (count, w) => {
    const { queries, windowMs } = envelope[w]!;
    return count > queries ? qpsOver(count, usFromMs(windowMs)) : 0;
  });
  if (beyond !== undefined) {
    const window = bindingWindow(plan, counts, beyond);
    const replicas = stages.map((stage) => replicasFor(stage, window.rateQps, stage.provisioningRatio));
    return { replicas, window, isBeyondEnvelope: true };
  }
  if (plan.rules === 'inferline') return undefined;
  const nearest = largestBy(counts, (count, w) => shareOf(plan, count, w)) ?? 0;
  const share = shareOf(plan, counts[nearest]!, nearest);
  return {
    replicas: stages.map(({ replicas }) => Math.min(replicas, atLeastOne(replicas * share))),
    window: bindingWindow(plan, counts, nearest),
    isBeyondEnvelope: false,
  };
}

function shareOf({ envelope }: TunerPlan, count: number, w: number): number {
  const { queries } = envelope[w]!;
  return queries === 0 ? 0 : count / queries;
}

function bindingWindow({ envelope }: TunerPlan, counts: ArrayLike<number>, w: number): BindingWindow {
  const { windowMs, rateQps: plannedQps } = envelope[w]!;
  return { windowMs, queries: counts[w]!, rateQps: qpsOver(counts[w]!, usFromMs(windowMs)), plannedQps };
}

/** The first index with the largest value above 0. */
function largestBy(counts: ArrayLike<number>, value: (count: number, index: number) => number): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (let i = 0; i < counts.length; i++) {
    const offered = value(counts[i]!, i);
    if (offered > most) {
      most = offered;
      best = i;
    }
  }
  return best;
}
