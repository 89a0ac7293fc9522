/** The names that limits on replicas are given for. */
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { ReplicaLimits } from '../../model/plan/replica-limits.js';

interface Limits {
  readonly maxReplicas?: ReplicaLimits | undefined;
  readonly inventory?: Readonly<Record<string, number>> | undefined;
}

/** One line for each limit that names a stage or hardware that there is not. */
export function unknownLimits(
  { maxReplicas, inventory }: Limits,
  known: { readonly stages: readonly string[]; readonly hardware: readonly string[] },
): string[] {
  return [
    ...strangers('--max-replicas', maxReplicas?.stageMaxReplicas ?? {}, { what: 'a stage', known: known.stages }),
    ...strangers('--inventory', inventory ?? {}, { what: 'hardware of the hardware file', known: known.hardware }),
  ];
}

/** One line for each name among `given` that is not `known`. */
export function strangers(
  option: string,
  given: Readonly<Record<string, number>>,
  { what, known }: { what: string; known: readonly string[] },
): string[] {
  return Object.entries(given).flatMap(([name, count]) => {
    if (known.includes(name)) return [];
    return [`${option} = ${name}=${count}, must name ${what}${didYouMean(name, known) || `: ${known.join(', ')}`}`];
  });
}
