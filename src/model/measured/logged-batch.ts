/** A batch as the engine logs it, on its own clock. */
export interface LoggedBatch {
  readonly stage: string;
  /** Number of the batch at its stage since the engine started. */
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Per item: when it entered the queue, and the number of its query. */
  readonly enteredMs: readonly number[];
  readonly queries: readonly number[];
}
