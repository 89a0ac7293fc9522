import type { Configuration } from '../src/model/configuration.js';
import type { PlanningInput } from '../src/planner/space/search-space.js';

export function smallInstance(options: {
  readonly random: () => number;
  readonly drawArrivalsUs: (law: {
    readonly rateQps: number;
    readonly cv: number;
    readonly count: number;
    readonly seed: number;
  }) => Float64Array;
  readonly stageCount: 1 | 2 | 3 | 4;
  readonly cv: number;
  readonly queries?: number;
}): PlanningInput & { readonly maxReplicas: number };

export function configurationsByCost(
  instance: PlanningInput & { readonly maxReplicas: number },
): { readonly costMicroUsd: number; readonly configuration: Configuration }[];
