/** The limits on replicas of a search. */
import { InputError } from '../../errors.js';
import type { Scenario } from '../../model/scenario.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { unknownLimits } from '../inputs/limit-names.js';
import type { SearchFlags } from './flags.js';

/** `--max-replicas` and `--inventory`, as the search takes them. */
export function limitsOf({
  maxReplicas,
  inventory,
}: SearchFlags): Pick<PlanningInput, 'maxReplicas' | 'stageMaxReplicas' | 'inventory'> {
  return { ...maxReplicas, ...(inventory ? { inventory } : {}) };
}

/** Throws InputError when a limit names a stage or hardware that there is not. */
export function checkLimits(flags: SearchFlags, { pipeline, hardware }: Pick<Scenario, 'pipeline' | 'hardware'>): void {
  const stages = pipeline.stages.map(({ name }) => name);
  const unknown = unknownLimits(flags, { stages, hardware: hardware.map(({ name }) => name) });
  if (unknown.length > 0) throw new InputError('FLAG', unknown);
}
