/** Replicas that the counts in windows of the envelope's widths ask for, per stage. */
import { msFromS, qpsOver, usFromMs } from '../units.js';
import type { BindingWindow } from './decision.js';
import { atLeastOne, replicasFor, type TunerPlan } from './tuner-plan.js';

const SUSTAINED_MS = msFromS(10);

export interface Asked {
  readonly replicas: readonly number[];
  readonly window: BindingWindow;
  readonly isBeyondEnvelope: boolean;
}

/**
 * What a check asks for. The paper's rules say nothing within the envelope: undefined there.
 * @param counts per width of the envelope
 */
export function askedReplicas(plan: TunerPlan, counts: ArrayLike<number>): Asked | undefined {
  return askedBeyond(plan, counts) ?? (plan.rules === 'inferline' ? undefined : askedWithin(plan, counts));
}

/**
 * Beyond the envelope: k_m = ⌈r_max·s_m ÷ (μ_m·ρ_m)⌉, r_max the largest rate among the windows that exceed their
 * planned count (InferLine §5). That holds the rate of a short window against the mean rate: where few replicas are
 * planned, four queries more in 30 ms ask for fifteen times the plan. `guarded` asks for ⌈n_m·x⌉ at most, x the largest
 * multiple of its planned count that any window reaches, because traffic within x times the envelope needs x times the
 * replicas. Worked: n 1, λ 50/s, 18 queries planned in 30 ms, 22 come. The paper asks for ⌈733 ÷ 50⌉ = 15, n·x = 22/18
 * for 2.
 * @returns undefined when no window exceeds its planned count by more than the tolerance
 */
export function askedBeyond(plan: TunerPlan, counts: ArrayLike<number>): Asked | undefined {
  const { envelope, stages } = plan;
  const beyond = largestBy(counts, (count, w) => {
    const { windowMs } = envelope[w]!;
    return exceeds(plan, count, w) ? qpsOver(count, usFromMs(windowMs)) : 0;
  });
  if (beyond === undefined) return undefined;
  const window = bindingWindow(plan, counts, beyond);
  const byRate = stages.map((stage) => replicasFor(stage, window.rateQps, stage.provisioningRatio));
  if (plan.rules !== 'guarded') return { replicas: byRate, window, isBeyondEnvelope: true };
  const multiple = shareOf(plan, counts, fullest(plan, counts));
  const replicas = byRate.map((count, s) => Math.min(count, atLeastOne(stages[s]!.replicas * multiple)));
  return { replicas, window, isBeyondEnvelope: true };
}

/**
 * Within the envelope: ⌈n_m·x⌉, x the largest share of its planned count that any window reaches. The envelope, shrunk
 * as much as the replicas, then still holds the traffic.
 */
export function askedWithin(plan: TunerPlan, counts: ArrayLike<number>): Asked {
  const nearest = fullest(plan, counts);
  const share = shareOf(plan, counts, nearest);
  return {
    replicas: plan.stages.map(({ replicas }) => Math.min(replicas, atLeastOne(replicas * share))),
    window: bindingWindow(plan, counts, nearest),
    isBeyondEnvelope: false,
  };
}

/**
 * The tolerance holds for windows of 10 s and more, whose excess is sustained load that the plan's slack bears. Shorter
 * windows have none: they give the early warning of a step, and cost few replicas.
 */
function exceeds({ envelope, tolerance }: TunerPlan, count: number, w: number): boolean {
  const { queries, windowMs } = envelope[w]!;
  return count > queries * (windowMs >= SUSTAINED_MS ? 1 + tolerance : 1);
}

/** The width that is fullest, measured by its planned count. */
function fullest(plan: TunerPlan, counts: ArrayLike<number>): number {
  return largestBy(counts, (_, w) => shareOf(plan, counts, w)) ?? 0;
}

/** Count over planned count; an arrival where none is planned is infinitely more. */
function shareOf({ envelope }: TunerPlan, counts: ArrayLike<number>, w: number): number {
  const { queries } = envelope[w]!;
  const count = counts[w]!;
  return count === 0 ? 0 : count / queries;
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
