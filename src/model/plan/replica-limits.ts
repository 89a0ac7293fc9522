/** How many replicas stages may have. */
import { ownValue } from '../notation/own-value.js';
export interface ReplicaLimits {
  /** Most replicas of any one stage. */
  readonly maxReplicas?: number;
  /** Most replicas of stages by name, in place of `maxReplicas`. */
  readonly stageMaxReplicas?: Readonly<Record<string, number>>;
}

/** Most replicas of a stage: its own limit, else that of any stage; infinite without one. */
export function mostReplicas({ maxReplicas, stageMaxReplicas }: ReplicaLimits, stage: string): number {
  return ownValue(stageMaxReplicas, stage) ?? maxReplicas ?? Number.POSITIVE_INFINITY;
}
