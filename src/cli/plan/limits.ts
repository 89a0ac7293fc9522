/** The limits on replicas of a search. */
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatPin, type Pin } from '../../model/plan/pin.js';
import { fewestReplicas, mostReplicas, type ReplicaLimits } from '../../model/plan/replica-limits.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { unknownLimits } from '../inputs/limit-names.js';
import type { Known } from '../inputs/scenario.js';
import type { SearchFlags } from './flags.js';

/** `--max-replicas`, `--min-replicas`, `--inventory` and `--pin`, as the search takes them. */
export function limitsOf({
  maxReplicas,
  minReplicas,
  inventory,
  pin,
}: SearchFlags): Pick<PlanningInput, 'maxReplicas' | 'stageMaxReplicas' | 'stageMinReplicas' | 'inventory' | 'pins'> {
  return {
    ...maxReplicas,
    ...(minReplicas ? { stageMinReplicas: minReplicas } : {}),
    ...(inventory ? { inventory } : {}),
    ...(pin ? { pins: pin } : {}),
  };
}

/**
 * One line for each limit that names a stage or hardware that there is not, for each stage that must have more replicas
 * than it may, and for each pin that the pipeline, the profiles or another limit rule out.
 */
export function limitProblems(flags: SearchFlags, known: Known): string[] {
  const { pins: _, ...limits } = limitsOf(flags);
  const crossed = (known.pipeline?.stages ?? []).flatMap((stage) => {
    const [fewest, most] = [fewestReplicas(limits, stage), mostReplicas(limits, stage.name)];
    return fewest > most ? [`--max-replicas = ${stage.name}=${most}, must be at least its fewest, ${fewest}`] : [];
  });
  return [
    ...unknownLimits(flags, known),
    ...crossed,
    ...(flags.pin ?? []).flatMap((pin) => pinProblems(pin, known, limits)),
  ];
}

function pinProblems(pin: Pin, { pipeline, hardware, profiles }: Known, limits: ReplicaLimits): string[] {
  const stage = pipeline?.stages.find(({ name }) => name === pin.stage);
  const given = `--pin = ${formatPin(pin)}`;
  if (stage === undefined) {
    const stages = pipeline?.stages.map(({ name }) => name);
    return stages === undefined ? [] : [`${given}, must name a stage${orNames(pin.stage, stages)}`];
  }
  const kinds = hardware?.map(({ name }) => name);
  if (kinds !== undefined && !kinds.includes(pin.hardware))
    return [`${given}, must name hardware of the hardware file${orNames(pin.hardware, kinds)}`];
  const problems: string[] = [];
  const measured = profiles?.filter(({ model }) => model === stage.model);
  const profile = measured?.find((one) => one.hardware === pin.hardware);
  if (measured !== undefined && profile === undefined) {
    const on = measured.map((one) => one.hardware).join(', ');
    return [`${given}, must name hardware that ${stage.model} is profiled on: ${on || 'none'}`];
  }
  const largest = profile?.rows.at(-1)?.batchSize ?? Number.POSITIVE_INFINITY;
  if ((pin.maxBatchSize ?? 1) > largest)
    problems.push(`${given}, must have a batch of at most ${largest}, the largest that is profiled there`);
  const [fewest, most] = [fewestReplicas(limits, stage), mostReplicas(limits, stage.name)];
  const replicas = pin.replicas ?? fewest;
  if (replicas < fewest)
    problems.push(`${given}, must have at least the ${fewest} replicas that ${stage.name} must have`);
  if (replicas > most) problems.push(`${given}, must have at most the ${most} replicas of --max-replicas`);
  return problems;
}

function orNames(name: string, known: readonly string[]): string {
  return didYouMean(name, known) || `: ${known.join(', ')}`;
}
