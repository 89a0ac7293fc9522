/** What the tuner may not exceed, from the options and the hardware file. */
import { InputError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { TunerLimits } from '../../tuner/tuner-limits.js';
import type { TuneFlags } from './flags.js';

/** @throws InputError when a limit names a stage or hardware that there is not */
export function tunerLimits(
  flags: Pick<TuneFlags, 'maxReplicas' | 'inventory' | 'maxStep' | 'maxUsdPerHour'>,
  { stages, hardware }: { stages: readonly string[]; hardware: readonly { name: string; inventory?: number }[] },
): TunerLimits {
  const { maxReplicas = {}, inventory = {}, maxStep, maxUsdPerHour } = flags;
  const kinds = hardware.map(({ name }) => name);
  const unknown = [
    ...strangers('--max-replicas', maxReplicas, { what: 'a stage of the plan', known: stages }),
    ...strangers('--inventory', inventory, { what: 'hardware of the hardware file', known: kinds }),
  ];
  if (unknown.length > 0) throw new InputError('FLAG', unknown);
  const filed = hardware.flatMap(({ name, inventory: count }) => (count === undefined ? [] : [[name, count]]));
  return {
    mostReplicas: maxReplicas,
    inventory: { ...Object.fromEntries(filed), ...inventory },
    largestStep: maxStep,
    mostUsdPerHour: maxUsdPerHour,
  };
}

function strangers(
  flag: string,
  given: Readonly<Record<string, number>>,
  { what, known }: { what: string; known: readonly string[] },
): string[] {
  return Object.entries(given).flatMap(([name, count]) => {
    if (known.includes(name)) return [];
    return [`${flag} = ${name}=${count}, must name ${what}${didYouMean(name, known) || `: ${known.join(', ')}`}`];
  });
}
