import type { Configuration } from '../src/model/configuration.js';
import type { allowedMisses } from '../src/model/slo.js';
import type { PlanningInput } from '../src/planner/space/search-space.js';
import type { kindOptions } from '../src/verifier/options.js';
import type { enteringItems, replayStage, trafficOf } from '../src/verifier/stage-replay.js';

export function cheapestByEnumeration(
  instance: PlanningInput & { readonly maxReplicas: number },
  replay: {
    readonly trafficOf: typeof trafficOf;
    readonly kindOptions: typeof kindOptions;
    readonly enteringItems: typeof enteringItems;
    readonly replayStage: typeof replayStage;
    readonly allowedMisses: typeof allowedMisses;
  },
  options?: {
    /** Whole micro-dollars per hour. */
    readonly below?: number | undefined;
    readonly accept?: (configuration: Configuration) => boolean;
  },
): {
  /** Cost in whole micro-dollars per hour; absent when nothing holds within the limits. */
  readonly best: { readonly costMicroUsd: number; readonly configuration: Configuration } | undefined;
  readonly replays: number;
};
