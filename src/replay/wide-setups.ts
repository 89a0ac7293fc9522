/** What serves each stage, for policies that may change batch sizes. */
import type { Configuration } from '../model/configuration.js';
import type { Scenario } from '../model/scenario.js';
import { type PricedSetup, stageSetups } from '../simulation/stage-setups.js';

/**
 * As `stageSetups`, with service times up to the largest measured batch, whatever the configuration's max batch size.
 */
export function wideSetups(input: Scenario & { readonly configuration: Configuration }): PricedSetup[] {
  const largest = ({ stage, hardware, maxBatchSize }: Configuration[number]) => {
    const model = input.pipeline.stages.find(({ name }) => name === stage)?.model;
    const profile = input.profiles.find((one) => one.model === model && one.hardware === hardware);
    return profile?.rows.at(-1)?.batchSize ?? maxBatchSize;
  };
  const wide = stageSetups({
    ...input,
    configuration: input.configuration.map((chosen) => ({ ...chosen, maxBatchSize: largest(chosen) })),
  });
  return wide.map((setup) => {
    const { maxBatchSize } = input.configuration.find(({ stage }) => stage === setup.stage)!;
    return { ...setup, maxBatchSize };
  });
}
