/** How many replicas stages may and must have. */
import { ownValue } from '../notation/own-value.js';
import type { Stage } from '../pipeline.js';

export interface ReplicaLimits {
  /** Most replicas of any one stage. */
  readonly maxReplicas?: number;
  /** Most replicas of stages by name, in place of `maxReplicas`. */
  readonly stageMaxReplicas?: Readonly<Record<string, number>>;
  /** Fewest replicas of stages by name, in place of what the pipeline says. */
  readonly stageMinReplicas?: Readonly<Record<string, number>>;
}

/** Most replicas of a stage: its own limit, else that of any stage; infinite without one. */
export function mostReplicas({ maxReplicas, stageMaxReplicas }: ReplicaLimits, stage: string): number {
  return ownValue(stageMaxReplicas, stage) ?? maxReplicas ?? Number.POSITIVE_INFINITY;
}

/** Fewest replicas of a stage: its own limit, else the pipeline's, else 1. */
export function fewestReplicas({ stageMinReplicas }: ReplicaLimits, { name, minReplicas }: Stage): number {
  return ownValue(stageMinReplicas, name) ?? minReplicas ?? 1;
}
