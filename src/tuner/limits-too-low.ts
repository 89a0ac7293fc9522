/** Limits that do not even allow the plan, or the fewest replicas that its stages must have: what is to be said at the start. */
import { ownValue } from '../model/notation/own-value.js';
import { microUsd } from '../units.js';
import type { TunerLimits } from './tuner-limits.js';
import type { TunedStage } from './tuner-plan.js';

/** One line for each limit that is too low, in words. What is present stays, and nothing can be added there. */
export function limitsTooLow(stages: readonly TunedStage[], limits: TunerLimits): string[] {
  const fewest = stages.map(({ stage }) => ownValue(limits.fewestReplicas, stage) ?? 1);
  const ofPlan = totalsOf(
    stages,
    stages.map(({ replicas }) => replicas),
  );
  const ofFewest = totalsOf(stages, fewest);
  const { mostUsdPerHour: usd = Number.POSITIVE_INFINITY } = limits;
  const inventory = Object.entries(limits.inventory);
  const belowPlan = [
    ...(ofPlan.costMicroUsd > microUsd(usd) ? [`${usd} USD per hour are less than the plan costs`] : []),
    ...inventory.flatMap(([hardware, count]) => {
      const planned = ofPlan.used.get(hardware) ?? 0;
      return planned > count ? [`${count} of ${hardware} are fewer than the plan's ${planned}`] : [];
    }),
    ...stages.flatMap(({ stage, replicas }) => {
      const most = ownValue(limits.mostReplicas, stage) ?? replicas;
      return most < replicas ? [`${most} replicas of ${stage} are fewer than the plan's ${replicas}`] : [];
    }),
  ];
  const belowFewest = [
    ...(ofFewest.costMicroUsd > microUsd(usd) ? [`${usd} USD per hour do not pay for the fewest replicas`] : []),
    ...inventory.flatMap(([hardware, count]) => {
      const needed = ofFewest.used.get(hardware) ?? 0;
      return needed > count ? [`${count} of ${hardware} are fewer than the fewest replicas there, ${needed}`] : [];
    }),
  ];
  return [
    ...belowPlan.map((text) => `${text}: no replica can be added there, and the planned ones stay`),
    ...belowFewest.map((text) => `${text}: some stages stay below what --min-replicas asks for`),
  ];
}

function totalsOf(stages: readonly TunedStage[], replicas: readonly number[]) {
  const used = new Map<string, number>();
  let costMicroUsd = 0;
  stages.forEach(({ hardware, costUsdPerHour }, s) => {
    used.set(hardware, (used.get(hardware) ?? 0) + replicas[s]!);
    costMicroUsd += replicas[s]! * microUsd(costUsdPerHour);
  });
  return { used, costMicroUsd };
}
