/**
 * How served stages are paced at the load they should have: sizes up to their max batch size, at the simulated
 * utilisation.
 */
import type { Configuration } from '../model/configuration.js';
import type { Pipeline } from '../model/pipeline.js';
import type { Profile } from '../model/profile.js';
import type { PacedStage } from './paced-schedule.js';

/** A replica that hardly works, or always, would be measured never, or without any gap. */
const [LEAST_DUTY, MOST_DUTY] = [0.01, 0.95];

export interface ExpectedLoad {
  /** In the order of the pipeline. */
  readonly stages: readonly PacedStage[];
  /** Of the busiest stage. */
  readonly duty: number;
  /** Names of the stages that a profile is of. */
  stagesOf(profile: Profile): readonly string[];
}

/**
 * Every stage of the configuration has its profile among those given.
 * @param expected of each stage, in the order of the pipeline: its items for so many queries, and its utilisation
 */
export function expectedLoad({
  pipeline,
  configuration,
  profiles,
  queries,
  expected,
}: {
  readonly pipeline: Pipeline;
  readonly configuration: Configuration;
  readonly profiles: readonly Profile[];
  readonly queries: number;
  readonly expected: readonly { readonly items: number; readonly utilisation: number }[];
}): ExpectedLoad {
  const profileOf = configuration.map(({ hardware }, index) => {
    const { model } = pipeline.stages[index]!;
    return profiles.find((profile) => profile.model === model && profile.hardware === hardware)!;
  });
  const utilisation = Math.max(...expected.map((stage) => stage.utilisation));
  return {
    stages: configuration.map(({ stage, replicas, maxBatchSize }, index) => ({
      stage,
      replicas,
      itemsPerQuery: expected[index]!.items / queries,
      expected: profileOf[index]!.rows.filter(({ batchSize }) => batchSize <= maxBatchSize).map(
        ({ batchSize, meanMs }) => ({ batchSize, serviceMs: meanMs }),
      ),
    })),
    duty: Math.min(MOST_DUTY, Math.max(LEAST_DUTY, utilisation)),
    stagesOf: (profile) => configuration.flatMap(({ stage }, index) => (profileOf[index] === profile ? [stage] : [])),
  };
}
