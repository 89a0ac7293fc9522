/** Plans for the tuner's tests, small enough to work by hand. */
import { NO_LIMITS, type TunerLimits } from '../../src/tuner/tuner-limits.js';
import { removalWindows, type TunedStage, type TunerPlan, type TunerRules } from '../../src/tuner/tuner-plan.js';

export interface StageGiven {
  readonly replicas?: number;
  readonly scaleFactor?: number;
  readonly throughputQps?: number;
  readonly hardware?: string;
  readonly costUsdPerHour?: number;
  readonly activationDelayMs?: number;
}

/**
 * λ = 100/s. Unless given, stage: 2 replicas of 80/s on `cpu` at $1, every query visits it once, 5 s to activate: ρ =
 * 100 ÷ (2·80) = 0.625. A removal looks back 30 s on windows too, so that traces can be short. Envelope: at most 20
 * queries in 100 ms (200/s), 150 in 1 s, 1200 in 10 s (120/s).
 */
export function tunerPlanOf(
  stages: Readonly<Record<string, StageGiven>> = { a: {} },
  given: { rules?: TunerRules; limits?: Partial<TunerLimits>; tolerance?: number; settleMs?: number } = {},
): TunerPlan {
  const rateQps = 100;
  const tuned: TunedStage[] = Object.entries(stages).map(([stage, one]) => {
    const { replicas = 2, scaleFactor = 1, throughputQps = 80 } = one;
    return {
      stage,
      hardware: 'cpu',
      costUsdPerHour: 1,
      activationDelayMs: 5000,
      ...one,
      replicas,
      scaleFactor,
      throughputQps,
      provisioningRatio: (rateQps * scaleFactor) / (replicas * throughputQps),
    };
  });
  return {
    pipeline: 'pipeline',
    rules: given.rules ?? 'guarded',
    tolerance: given.tolerance ?? 0,
    settleMs: given.settleMs ?? 15_000,
    rateQps,
    stages: tuned,
    envelope: [
      { windowMs: 100, queries: 20, rateQps: 200 },
      { windowMs: 1000, queries: 150, rateQps: 150 },
      { windowMs: 10_000, queries: 1200, rateQps: 120 },
    ],
    leastProvisioningRatio: Math.min(
      ...tuned.filter(({ scaleFactor }) => scaleFactor > 0).map((stage) => stage.provisioningRatio),
    ),
    limits: { ...NO_LIMITS, ...given.limits },
    ...removalWindows(0),
    guardMs: 30_000,
  };
}
