/** What the planner chooses for one stage. */
export interface StageConfiguration {
  readonly stage: string;
  readonly hardware: string;
  readonly maxBatchSize: number;
  readonly replicas: number;
}

/** One entry per stage of the pipeline, in the pipeline's order. */
export type Configuration = readonly StageConfiguration[];
