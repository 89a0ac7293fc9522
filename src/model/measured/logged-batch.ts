/** A batch as the engine logs it, on its own clock. */
export interface LoggedBatch {
  readonly stage: string;
  /** Counts the stage's batches since the engine started. */
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Of each item: when it entered the queue, and its query's number. */
  readonly enteredMs: readonly number[];
  readonly queries: readonly number[];
}
