/** The limits on replicas of a search. */
import { Problems } from '../../files/problems.js';
import type { Hardware } from '../../model/hardware.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import type { SearchFlags } from './flags.js';

type Limits = Pick<PlanningInput, 'maxReplicas' | 'inventory'>;

/** `--max-replicas` and `--inventory`, as the search takes them. */
export function limitsOf({ maxReplicas, inventory }: SearchFlags): Limits {
  return { ...(maxReplicas ? { maxReplicas } : {}), ...(inventory ? { inventory } : {}) };
}

/** Throws InputError when an inventory names hardware that there is not. */
export function checkInventory({ inventory = {} }: Limits, hardware: readonly Hardware[]): void {
  const problems = new Problems();
  const known = hardware.map(({ name }) => name);
  for (const [name, count] of Object.entries(inventory)) {
    if (known.includes(name)) continue;
    const nearest = didYouMean(name, known) || `: ${known.join(', ')}`;
    problems.add(`--inventory = ${name}=${count}, must name hardware of the hardware file${nearest}`);
  }
  problems.throwIfAny('FLAG');
}
