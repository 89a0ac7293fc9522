/** How each stage of a pipeline is served: by its module, or emulated from its profile. */
import { inPipelineOrder } from '../model/check-configuration.js';
import type { Configuration } from '../model/configuration.js';
import { didYouMean } from '../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../model/notation/offered-value.js';
import type { Pipeline, Stage } from '../model/pipeline.js';
import type { Scenario } from '../model/scenario.js';
import { streamKey } from '../random.js';
import { serviceTimes } from '../simulation/service-times.js';
import { MOST_THREADS, type RuntimeStage } from './runtime.js';

type IsEmulated = (stage: Stage) => boolean;

/**
 * One stage each, in the pipeline's order. An emulated stage takes the service times of its profile, up to the largest
 * measured batch size, because a client may raise the max batch size later.
 * @param scenario must hold profiles and hardware of the emulated stages
 * @param options.activationDelayMs of every emulated replica; by default its hardware's
 */
export function runtimeStages(
  { pipeline, profiles, hardware, serviceModel, seed }: Scenario,
  options: {
    readonly configuration: Configuration;
    readonly isEmulated: IsEmulated;
    readonly activationDelayMs?: number | undefined;
  },
): RuntimeStage[] {
  const chosen = inPipelineOrder(pipeline, options.configuration);
  return pipeline.stages.map((stage, s) => {
    const choice = chosen[s]!;
    if (!options.isEmulated(stage)) return { ...choice, emulated: null };
    const profile = profiles.find((row) => row.model === stage.model && row.hardware === choice.hardware)!;
    const kind = hardware.find(({ name }) => name === choice.hardware)!;
    const service = serviceTimes({
      profile,
      maxBatchSize: profile.rows.at(-1)!.batchSize,
      serviceModel,
      streamKey: streamKey(seed, 'service', stage.name),
    });
    const activationDelayMs = options.activationDelayMs ?? kind.activationDelayMs;
    return { ...choice, emulated: { service, activationDelayMs } };
  });
}

/**
 * One line per problem: a configured stage that the pipeline does not have; a stage with a module that is not
 * configured exactly once, or with too many replicas; or one whose parent is emulated and so makes no items for it.
 */
export function checkModules(pipeline: Pipeline, configuration: Configuration, isEmulated: IsEmulated): string[] {
  const names = pipeline.stages.map(({ name }) => name);
  const unknown = configuration.filter(({ stage }) => !names.includes(stage));
  const lines = unknown.map(({ stage }) => {
    const nearest = didYouMean(stage, names) || `: ${formatNames(names)}`;
    return `configuration: stage = ${formatOffered(stage)}, must be a stage of ${pipeline.name}${nearest}`;
  });
  const broken = pipeline.stages
    .filter((stage) => !isEmulated(stage))
    .flatMap(({ name, parents }) => {
      const choices = configuration.filter(({ stage }) => stage === name);
      const given = choices.length;
      const crowded = choices.filter(({ replicas }) => replicas > MOST_THREADS);
      const idle = pipeline.stages.filter((one) => isEmulated(one) && parents.some(({ from }) => from === one.name));
      return [
        ...(given === 0 ? [`configuration: stage ${name} is missing`] : []),
        ...(given > 1 ? [`configuration: stage = ${name}, must be given once`] : []),
        ...crowded.map(
          ({ replicas }) => `stage ${name}: replicas = ${replicas}, must be at most ${MOST_THREADS}: each is a thread`,
        ),
        ...idle.map((parent) => `stage ${name} has a module, so its parent ${parent.name} must have one too`),
      ];
    });
  return [...lines, ...broken];
}
