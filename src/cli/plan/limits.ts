/** The limits on replicas of a search. */
import { fewestReplicas, mostReplicas } from '../../model/plan/replica-limits.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { unknownLimits } from '../inputs/limit-names.js';
import type { Known } from '../inputs/scenario.js';
import type { SearchFlags } from './flags.js';

/** `--max-replicas`, `--min-replicas` and `--inventory`, as the search takes them. */
export function limitsOf({
  maxReplicas,
  minReplicas,
  inventory,
}: SearchFlags): Pick<PlanningInput, 'maxReplicas' | 'stageMaxReplicas' | 'stageMinReplicas' | 'inventory'> {
  return {
    ...maxReplicas,
    ...(minReplicas ? { stageMinReplicas: minReplicas } : {}),
    ...(inventory ? { inventory } : {}),
  };
}

/**
 * One line for each limit that names a stage or hardware that there is not, and for each stage that must have more
 * replicas than it may.
 */
export function limitProblems(flags: SearchFlags, known: Known): string[] {
  const limits = limitsOf(flags);
  const crossed = (known.pipeline?.stages ?? []).flatMap((stage) => {
    const [fewest, most] = [fewestReplicas(limits, stage), mostReplicas(limits, stage.name)];
    return fewest > most ? [`--max-replicas = ${stage.name}=${most}, must be at least its fewest, ${fewest}`] : [];
  });
  return [...unknownLimits(flags, known), ...crossed];
}
