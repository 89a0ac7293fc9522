/** Whether the inventory has room for every stage at all. */
import type { Configuration } from '../../model/configuration.js';
import type { InfeasiblePlan } from '../evidence/plan-result.js';
import type { SearchSpace } from '../space/search-space.js';

/**
 * One replica of every stage on hardware of which the inventory has enough, or the first stage for which there is no
 * room wherever the stages before it go. Source: augmenting paths of bipartite matching, with each hardware's inventory
 * as its capacity.
 */
export function placement({ stages, inventory }: SearchSpace): Configuration | { readonly stuck: number } {
  const on = new Map<string, number[]>();
  const place = (stage: number, seen: Set<string>): boolean => {
    for (const { hardware } of stages[stage]!.options) {
      if (seen.has(hardware)) continue;
      seen.add(hardware);
      const there = on.get(hardware) ?? [];
      const hasRoom = there.length < (inventory.get(hardware) ?? Number.POSITIVE_INFINITY);
      const moved = hasRoom ? undefined : there.find((other) => place(other, seen));
      if (!hasRoom && moved === undefined) continue;
      on.set(hardware, [...there.filter((other) => other !== moved), stage]);
      return true;
    }
    return false;
  };
  const stuck = stages.findIndex((_, s) => !place(s, new Set()));
  if (stuck >= 0) return { stuck };
  return stages.map(({ stage }, s) => {
    const hardware = [...on.keys()].find((name) => on.get(name)!.includes(s))!;
    return { stage, hardware, maxBatchSize: 1, replicas: 1 };
  });
}

/** The result where the inventory has no room for a stage: no configuration exists, so no objective can be met. */
export function withoutRoom({ stages, inventory }: SearchSpace, stuck: number): InfeasiblePlan {
  const { stage, options } = stages[stuck]!;
  const stock = options.map(({ hardware }) => `${hardware}: ${inventory.get(hardware)}`).join(', ');
  return {
    feasible: false,
    bindingStage: stage,
    reason: `the inventory has no room for ${stage} (${stock})`,
    moves: [],
    simulations: 0,
  };
}
