/**
 * IPA (Ghafouri et al., 2023) with its variants pinned, which its authors call FA2-like: every ten seconds the cheapest
 * replicas and max batch sizes of all stages that serve the predicted rate within the objective.
 *
 * Rate: the largest of the last twelve maxima of ten seconds, the `max` predictor (its LSTM's weights are not
 * published). n = ⌈λ·s ÷ h(b)⌉, h(b) = b ÷ service time. Latency: Σ over stages of service time(b) + (b − 1) ÷ λ·s, the wait
 * of a batch's first item; stages are added up as in a chain, so in a DAG it is an upper bound. Least Σ price·n, then
 * smallest Σ b. Infeasible keeps what there is. Exact: every combination of powers of two, dominated ones left out.
 * Worked: 10 ms at 1, 16 at 2: λ 150/s needs ⌈150 ÷ 100⌉ = 2 alone, ⌈150 ÷ 125⌉ = 2 in pairs: batch 1.
 * Source: reconfigurable-ml-pipeline/ipa, optimizer and adapter; the queue term of the paper, not the shipped one.
 */

import { atLeastOne } from '../tuner/tuner-plan.js';
import { msFromS, qpsOver, usFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, StageView } from './policy.js';

const TICK_MS = msFromS(1);
const ROUND_TICKS = 10;
const WINDOW_ROUNDS = 12;

export const IPA: PolicyKind<never> = {
  name: 'ipa',
  summary:
    'IPA (2023) with pinned variants: replicas and batch sizes of all stages for the busiest second of two minutes',
  hasTarget: true,
  make({ stages, target, sloMs, phase }) {
    const headRoom = stages.map((_, s) => {
      if (target.kind === 'shipped') return 1;
      // At the planned rate and batch size the planned replicas: their utilisation there is what a replica may take.
      const { utilisation } = target.steady[s]!;
      return utilisation > 0 ? Math.min(1, utilisation * target.factor) : 1;
    });
    return ipaPolicy({ stages, headRoom, sloMs, phase });
  },
};

interface IpaState {
  readonly tick: number;
  /** Arrivals in each second of the window, the oldest first. */
  readonly counts: readonly number[];
}

/** One way to run a stage. */
interface Choice {
  readonly batch: number;
  readonly replicas: number;
  readonly latencyMs: number;
  readonly usdPerHour: number;
}

/** @param given `headRoom`: per stage, the share of a replica's throughput that is used */
export function ipaPolicy(given: {
  readonly stages: readonly StageView[];
  readonly headRoom: readonly number[];
  readonly sloMs: number;
  readonly phase: number;
}): Policy<IpaState> {
  const { stages: views, headRoom, sloMs, phase } = given;
  return {
    name: IPA.name,
    tickMs: TICK_MS,
    firstTickMs: TICK_MS * (1 + phase * ROUND_TICKS),
    sees: 'stages',
    start: () => ({ tick: 0, counts: [] }),
    decide({ state, stages, arrivals }) {
      const counts = [...state.counts, arrivals.queries].slice(-WINDOW_ROUNDS * ROUND_TICKS);
      const tick = state.tick + 1;
      const present = stages.map(({ askedReplicas }) => askedReplicas);
      if (tick % ROUND_TICKS !== 0) return { replicas: present, reasons: [], state: { tick, counts } };
      const rateQps = qpsOver(Math.max(...counts), usFromMs(TICK_MS));
      const options = views.map((view, s) => choicesOf(view, rateQps, headRoom[s]!));
      const best = cheapest(options, sloMs);
      const reasons = views.map((_, s): StageReason => {
        const proposal = best?.[s]?.replicas;
        return { metric: 'rate', value: rateQps, proposal, ...(best === undefined && { limitedBy: 'infeasible' }) };
      });
      if (best === undefined) return { replicas: present, reasons, state: { tick, counts } };
      return {
        replicas: best.map(({ replicas }) => replicas),
        maxBatchSizes: best.map(({ batch }) => batch),
        reasons,
        state: { tick, counts },
      };
    },
  };
}

/** Choices of one stage, without those that another beats in price and latency. */
function choicesOf({ serviceMs, costUsdPerHour, scaleFactor }: StageView, rateQps: number, headRoom: number): Choice[] {
  const choices: Choice[] = [];
  const itemsQps = rateQps * scaleFactor;
  for (let batch = 1; batch < serviceMs.length; batch *= 2) {
    const service = serviceMs[batch]!;
    const replicas = atLeastOne(itemsQps / (qpsOver(batch, usFromMs(service)) * headRoom));
    const waitMs = itemsQps > 0 ? msFromS((batch - 1) / itemsQps) : 0;
    choices.push({ batch, replicas, latencyMs: service + waitMs, usdPerHour: replicas * costUsdPerHour });
  }
  return choices.filter((one, i) => {
    return !choices.some((other, j) => j < i && other.usdPerHour <= one.usdPerHour && other.latencyMs <= one.latencyMs);
  });
}

/** The combination with the lowest cost, then the smallest batches, within the objective; undefined when there is none. */
function cheapest(options: readonly (readonly Choice[])[], sloMs: number): readonly Choice[] | undefined {
  interface Partial {
    readonly chosen: readonly Choice[];
    readonly usd: number;
    readonly latencyMs: number;
    readonly batches: number;
  }
  let partials: readonly Partial[] = [{ chosen: [], usd: 0, latencyMs: 0, batches: 0 }];
  for (const choices of options) {
    const grown = partials.flatMap(({ chosen, usd, latencyMs, batches }) =>
      choices.map((choice) => ({
        chosen: [...chosen, choice],
        usd: usd + choice.usdPerHour,
        latencyMs: latencyMs + choice.latencyMs,
        batches: batches + choice.batch,
      })),
    );
    // By cost, then batches: a combination that is slower than an earlier one can never be better.
    grown.sort((a, b) => a.usd - b.usd || a.batches - b.batches || a.latencyMs - b.latencyMs);
    let fastest = Number.POSITIVE_INFINITY;
    partials = grown.filter((one) => {
      if (one.latencyMs > sloMs || one.latencyMs >= fastest) return false;
      fastest = one.latencyMs;
      return true;
    });
  }
  return partials[0]?.chosen;
}
