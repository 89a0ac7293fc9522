/** What a policy may know of the stages beforehand, from the plan and the profiles. */
import type { StageView } from '../policies/policy.js';
import type { PricedSetup } from '../simulation/stage-setups.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import { msFromUs } from '../units.js';

/** Most replicas of a stage where nothing limits them. */
export const MOST_REPLICAS = 1_000_000;

/** In the order of the plan's stages. The limits of the plan bind the tuner, which knows them; nothing binds here. */
export function stageViews({ stages }: TunerPlan, setups: readonly PricedSetup[]): StageView[] {
  return stages.map((stage, s) => ({
    stage: stage.stage,
    hardware: stage.hardware,
    replicas: stage.replicas,
    maxBatchSize: setups[s]!.maxBatchSize,
    fewestReplicas: 0,
    mostReplicas: MOST_REPLICAS,
    costUsdPerHour: stage.costUsdPerHour,
    activationDelayMs: stage.activationDelayMs,
    scaleFactor: stage.scaleFactor,
    throughputQps: stage.throughputQps,
    serviceMs: Array.from(setups[s]!.service.tableUs, msFromUs),
  }));
}
