import type { Plan } from '../model/plan/plan.js';

/**
 * Why a tuner that runs one plan cannot go on with another; undefined when it can. A tuner changes numbers of replicas
 * and nothing else, so both plans must have the same hardware and max batch size at every stage.
 */
export function adoptionProblem(now: Plan, next: Plan): string | undefined {
  const others = next.stages.filter(({ stage, hardware, maxBatchSize }) => {
    const present = now.stages.find((one) => one.stage === stage);
    return present?.hardware !== hardware || present.maxBatchSize !== maxBatchSize;
  });
  if (others.length === 0) return undefined;
  const names = others.map(({ stage }) => stage).join(', ');
  return `it has other hardware or batches for ${names}: start the live system with it`;
}
