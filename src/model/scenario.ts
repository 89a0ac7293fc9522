import type { Hardware } from './hardware.js';
import type { Pipeline } from './pipeline.js';
import type { Profile, ServiceModel } from './profile.js';

/**
 * What every question is asked of: a pipeline, how fast its models are, and what hardware costs. A trace, an objective
 * or a configuration makes it a question: a plan, a simulation, a replay, a prediction.
 */
export interface Scenario {
  readonly pipeline: Pipeline;
  /** Service times of the pipeline's models on each kind of hardware; profiles of other models are ignored. */
  readonly profiles: readonly Profile[];
  readonly hardware: readonly Hardware[];
  /** Which number of a profile row stands for the service time. */
  readonly serviceModel: ServiceModel;
  /** Seed of every random draw; a whole number from 0. The same seed gives the same results. */
  readonly seed: number;
}
