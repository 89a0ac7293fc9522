/** The names that limits on replicas are given for. */
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { ReplicaLimits } from '../../model/plan/replica-limits.js';
import type { Known } from './scenario.js';

interface Limits {
  readonly maxReplicas?: ReplicaLimits | undefined;
  readonly minReplicas?: Readonly<Record<string, number>> | undefined;
  readonly inventory?: Readonly<Record<string, number>> | undefined;
}

/**
 * One line for each limit that names a stage or hardware that there is not.
 * @param known undefined where a file cannot be read: the names in it are then not known
 */
export function unknownLimits({ maxReplicas, minReplicas, inventory }: Limits, known: Known): string[] {
  const stages = { what: 'a stage', known: known.pipeline?.stages };
  return [
    ...strangers('--max-replicas', maxReplicas?.stageMaxReplicas, stages),
    ...strangers('--min-replicas', minReplicas, stages),
    ...strangers('--inventory', inventory, { what: 'hardware of the hardware file', known: known.hardware }),
  ];
}

/** One line for each name among `given` that is not `known`. */
function strangers(
  option: string,
  given: Readonly<Record<string, number>> = {},
  { what, known }: { what: string; known: readonly { readonly name: string }[] | undefined },
): string[] {
  const names = known?.map(({ name }) => name);
  return Object.entries(given).flatMap(([name, count]) => {
    if (names === undefined || names.includes(name)) return [];
    return [`${option} = ${name}=${count}, must name ${what}${didYouMean(name, names) || `: ${names.join(', ')}`}`];
  });
}
