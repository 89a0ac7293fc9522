/** How many replicas stages may and must have. */
import { ownValue } from '../notation/own-value.js';
import type { Stage } from '../pipeline.js';
import { type Pin, pinOf } from './pin.js';

export interface ReplicaLimits {
  /** Most replicas of any one stage. */
  readonly maxReplicas?: number;
  /** Most replicas of stages by name, in place of `maxReplicas`. */
  readonly stageMaxReplicas?: Readonly<Record<string, number>>;
  /** Fewest replicas of stages by name, in place of what the pipeline says. */
  readonly stageMinReplicas?: Readonly<Record<string, number>>;
  /** Stages whose choice is given, once each. */
  readonly pins?: readonly Pin[];
}

/** Most replicas of a stage: its pinned number, else its own limit, else that of any stage; infinite without one. */
export function mostReplicas({ maxReplicas, stageMaxReplicas, pins }: ReplicaLimits, stage: string): number {
  return pinOf(pins, stage)?.replicas ?? ownValue(stageMaxReplicas, stage) ?? maxReplicas ?? Number.POSITIVE_INFINITY;
}

/** Fewest replicas of a stage: its pinned number, else its own limit, else the pipeline's, else 1. */
export function fewestReplicas({ stageMinReplicas, pins }: ReplicaLimits, { name, minReplicas }: Stage): number {
  return pinOf(pins, name)?.replicas ?? ownValue(stageMinReplicas, name) ?? minReplicas ?? 1;
}
