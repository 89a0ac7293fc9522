/** What the tuner may not exceed, from the options, the pipeline and the hardware file. */
import { InputError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { Pipeline, Stage } from '../../model/pipeline.js';
import type { TunerLimits } from '../../tuner/tuner-limits.js';
import type { TunerPlanOptions } from '../../tuner/tuner-plan.js';
import type { TuneFlags } from './flags.js';

/** @throws InputError when a limit names a stage or hardware that there is not */
export function tunerLimits(
  flags: Pick<TuneFlags, 'maxReplicas' | 'minReplicas' | 'maxGrowth' | 'inventory' | 'maxStep' | 'maxUsdPerHour'>,
  { pipeline, hardware }: { pipeline: Pipeline; hardware: readonly { name: string; inventory?: number }[] },
): TunerLimits {
  const { maxReplicas = {}, minReplicas = {}, inventory = {}, maxGrowth, maxStep, maxUsdPerHour } = flags;
  const kinds = hardware.map(({ name }) => name);
  const stages = pipeline.stages.map(({ name }) => name);
  const unknown = [
    ...strangers('--max-replicas', maxReplicas, { what: 'a stage of the plan', known: stages }),
    ...strangers('--min-replicas', minReplicas, { what: 'a stage of the plan', known: stages }),
    ...strangers('--inventory', inventory, { what: 'hardware of the hardware file', known: kinds }),
  ];
  if (unknown.length > 0) throw new InputError('FLAG', unknown);
  const filed = hardware.flatMap(({ name, inventory: count }) => (count === undefined ? [] : [[name, count]]));
  return {
    mostReplicas: maxReplicas,
    inventory: { ...Object.fromEntries(filed), ...inventory },
    largestStep: maxStep,
    mostUsdPerHour: maxUsdPerHour,
    largestGrowth: maxGrowth,
    fewestReplicas: { ...filedPerStage(pipeline, ({ minReplicas: count }) => count), ...minReplicas },
  };
}

/** What else the options and the pipeline say of the tuner's rules. */
export function tunerChoices(
  { rules, tolerance, cooldownMs }: Pick<TuneFlags, 'rules' | 'tolerance' | 'cooldownMs'>,
  pipeline: Pipeline,
): Pick<TunerPlanOptions, 'rules' | 'tolerance' | 'settleMs' | 'activationDelaysMs'> {
  const activationDelaysMs = filedPerStage(pipeline, ({ activationDelayMs }) => activationDelayMs);
  return { rules, tolerance, settleMs: cooldownMs, activationDelaysMs };
}

/** By stage, a key of the pipeline file, for the stages that have it. */
function filedPerStage({ stages }: Pipeline, keyOf: (stage: Stage) => number | undefined): Record<string, number> {
  return Object.fromEntries(
    stages.flatMap((stage) => {
      const value = keyOf(stage);
      return value === undefined ? [] : [[stage.name, value]];
    }),
  );
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
