/** What a comparison starts from, and how it chooses targets. */
import type { Configuration } from '../model/configuration.js';
import type { ArrivalSource } from '../model/trace.js';
import type { StageView, TunerChoices } from '../policies/policy.js';
import type { StageSetup } from '../simulation/pipeline-run.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';

/** How targets are chosen; `swept` runs every policy with each factor of `SWEPT_FACTORS`. */
export const TARGETS = ['shipped', 'matched', 'swept'] as const;
/** One of `TARGETS`. */
export type Targets = (typeof TARGETS)[number];

/** Multiples of the matched target, from many replicas to few. */
export const SWEPT_FACTORS = [0.4, 0.5, 0.63, 0.8, 1, 1.25, 1.6] as const;

/** A configuration to start from, with what the tuner needs of its plan. */
export interface StartingPlan {
  readonly name: string;
  readonly configuration: Configuration;
  readonly setups: readonly StageSetup[];
  /** In the order of the pipeline; bounds included. */
  readonly views: readonly StageView[];
  readonly tunerPlan: (choices: TunerChoices) => TunerPlan;
  /** The traffic that the plan was made for; needed unless targets are shipped. */
  readonly openPlanning: (() => ArrivalSource) | undefined;
}
