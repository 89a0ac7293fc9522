/** Whether the limits have room for every stage at all. */
import type { Configuration } from '../../model/configuration.js';
import type { InfeasiblePlan } from '../evidence/plan-result.js';
import type { StageOption } from '../space/option.js';
import type { SearchSpace } from '../space/search-space.js';

/**
 * As few replicas as may be of every stage on hardware of which the inventory has enough, or the first stage for which
 * there is no room wherever the stages before it go. Depth first, in the order of the options; what is left of the
 * inventory when a stage found no room is remembered, so no such state is tried twice.
 */
export function placement(space: SearchSpace): Configuration | { readonly stuck: number } {
  const { stages, minReplicas, inventory } = space;
  const left = new Map(inventory);
  const hopeless = new Set<string>();
  const placed: StageOption[] = [];
  let stuck = 0;
  const place = (s: number): boolean => {
    if (s === stages.length) return true;
    const state = `${s} ${[...left.values()].join(' ')}`;
    if (hopeless.has(state)) return false;
    const replicas = minReplicas[s]!;
    for (const option of stages[s]!.options) {
      const { hardware } = option;
      const inStock = left.get(hardware) ?? Number.POSITIVE_INFINITY;
      if (replicas > Math.min(inStock, space.maxReplicas[s]!)) continue;
      placed[s] = option;
      if (inStock === Number.POSITIVE_INFINITY) return place(s + 1);
      left.set(hardware, inStock - replicas);
      if (place(s + 1)) return true;
      left.set(hardware, inStock);
    }
    hopeless.add(state);
    stuck = Math.max(stuck, s);
    return false;
  };
  if (!place(0)) return { stuck };
  return stages.map(({ stage }, s) => {
    const { hardware, startBatch } = placed[s]!;
    return { stage, hardware, maxBatchSize: startBatch, replicas: minReplicas[s]! };
  });
}

/** The result where the limits have no room for a stage: no configuration exists, so no objective can be met. */
export function withoutRoom(
  { stages, minReplicas, maxReplicas, inventory }: SearchSpace,
  stuck: number,
): InfeasiblePlan {
  const { stage, options } = stages[stuck]!;
  const fewest = minReplicas[stuck]!;
  const stock = options.map(({ hardware }) => `${hardware}: ${inventory.get(hardware) ?? 'no limit'}`).join(', ');
  const room = fewest === 1 ? stage : `the ${fewest} replicas that ${stage} must have`;
  return {
    feasible: false,
    bindingStage: stage,
    reason:
      fewest > maxReplicas[stuck]!
        ? `${stage} must have ${fewest} replicas and may have ${maxReplicas[stuck]}`
        : `the inventory has no room for ${room} (${stock})`,
    moves: [],
    simulations: 0,
  };
}
