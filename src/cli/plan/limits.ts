/** The limits on replicas of a search. */
import { InputError } from '../../errors.js';
import { fewestReplicas, mostReplicas } from '../../model/plan/replica-limits.js';
import type { Scenario } from '../../model/scenario.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { strangers, unknownLimits } from '../inputs/limit-names.js';
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
 * Throws InputError when a limit names a stage or hardware that there is not, or a stage must have more replicas than
 * it may.
 */
export function checkLimits(flags: SearchFlags, { pipeline, hardware }: Pick<Scenario, 'pipeline' | 'hardware'>): void {
  const stages = pipeline.stages.map(({ name }) => name);
  const unknown = [
    ...unknownLimits(flags, { stages, hardware: hardware.map(({ name }) => name) }),
    ...strangers('--min-replicas', flags.minReplicas ?? {}, { what: 'a stage', known: stages }),
  ];
  const limits = limitsOf(flags);
  const crossed = pipeline.stages.flatMap((stage) => {
    const [fewest, most] = [fewestReplicas(limits, stage), mostReplicas(limits, stage.name)];
    return fewest > most ? [`--max-replicas = ${stage.name}=${most}, must be at least its fewest, ${fewest}`] : [];
  });
  if (unknown.length + crossed.length > 0) throw new InputError('FLAG', [...unknown, ...crossed]);
}
