/** Looks up the profile and the price of each stage's choice, in the pipeline's order. */
import { InputError } from '../errors.js';
import type { Configuration, StageConfiguration } from '../model/configuration.js';
import { hardwareNamed } from '../model/cost.js';
import type { Scenario } from '../model/scenario.js';
import { streamKey } from '../random.js';
import type { StageSetup } from './pipeline-run.js';
import { serviceTimes } from './service-times.js';

export interface PricedSetup extends StageSetup, StageConfiguration {
  /** All replicas of the stage. */
  readonly costUsdPerHour: number;
}

/** @throws InputError when a stage has no configuration, no profile on its hardware, or too large a batch */
export function stageSetups(input: Scenario & { readonly configuration: Configuration }): PricedSetup[] {
  const { pipeline, configuration, profiles, hardware, serviceModel, seed } = input;
  return pipeline.stages.map((stage) => {
    const chosen = configuration.find((c) => c.stage === stage.name);
    if (chosen === undefined) {
      throw new InputError(
        'STAGE_UNCONFIGURED',
        `configuration: stage ${stage.name} is missing`,
        'give its hardware, max batch size and replicas',
      );
    }
    const profile = profiles.find((p) => p.model === stage.model && p.hardware === chosen.hardware);
    if (profile === undefined) {
      throw new InputError(
        'PROFILE_ROW_MISSING',
        `stage ${stage.name}: no profile of ${stage.model} on ${chosen.hardware}`,
        'add its rows to the profiles, or choose hardware that the model was measured on',
      );
    }
    return {
      ...chosen,
      costUsdPerHour: chosen.replicas * hardwareNamed(hardware, chosen.hardware).costUsdPerHour,
      service: serviceTimes({
        profile,
        maxBatchSize: chosen.maxBatchSize,
        serviceModel,
        streamKey: streamKey(seed, 'service', stage.name),
      }),
    };
  });
}
