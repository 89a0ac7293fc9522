/** What the tuner may not exceed, from the options, the pipeline and the hardware file. */
import { InputError } from '../../errors.js';
import { ownValue } from '../../model/notation/own-value.js';
import type { Pipeline, Stage } from '../../model/pipeline.js';
import type { Plan } from '../../model/plan/plan.js';
import { mostReplicas } from '../../model/plan/replica-limits.js';
import type { TunerLimits } from '../../tuner/tuner-limits.js';
import type { TunerPlanOptions } from '../../tuner/tuner-plan.js';
import type { TuneFlags } from './flags.js';

/**
 * Names are checked when the scenario is read (`unknownLimits`).
 * @throws InputError when a stage must have more replicas than it may
 */
export function tunerLimits(
  flags: Pick<TuneFlags, 'maxReplicas' | 'minReplicas' | 'maxGrowth' | 'inventory' | 'maxStep' | 'maxUsdPerHour'>,
  {
    pipeline,
    hardware,
    provenance,
  }: Pick<Plan, 'provenance'> & { pipeline: Pipeline; hardware: readonly { name: string; inventory?: number }[] },
): TunerLimits {
  const { maxReplicas = {}, minReplicas = {}, inventory, maxGrowth, maxStep, maxUsdPerHour } = flags;
  const stages = pipeline.stages.map(({ name }) => name);
  const most = stages.map((stage) => [stage, mostReplicas(maxReplicas, stage)] as const);
  const filed = hardware.flatMap(({ name, inventory: count }) => (count === undefined ? [] : [[name, count]]));
  const fewestReplicas = {
    ...filedPerStage(pipeline, ({ minReplicas: count }) => count),
    ...provenance.stageMinReplicas,
    ...minReplicas,
  };
  const crossed = most.flatMap(([stage, count]) => {
    const fewest = ownValue(fewestReplicas, stage) ?? 1;
    return fewest > count ? [`--max-replicas = ${stage}=${count}, must be at least its fewest, ${fewest}`] : [];
  });
  if (crossed.length > 0) throw new InputError('FLAG', crossed);
  return {
    mostReplicas: Object.fromEntries(most.filter(([, count]) => count < Number.POSITIVE_INFINITY)),
    inventory: { ...Object.fromEntries(filed), ...inventory },
    largestStep: maxStep,
    mostUsdPerHour: maxUsdPerHour,
    largestGrowth: maxGrowth,
    fewestReplicas,
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
