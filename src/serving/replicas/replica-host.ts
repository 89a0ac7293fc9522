/**
 * What runs replicas. The engine decides and the host acts. The host answers by the engine's events, never inside these
 * calls.
 */
import type { Batch } from '../items/batch.js';

export interface ReplicaHost {
  /** Starts a replica; answered by `ready` or `failedToStart`. */
  start(stage: number, replica: number): void;
  /** Hands a batch to an idle replica; answered by `done`, `failed` or `died`. */
  run(batch: Batch): void;
  /** Ends a replica, idle or not. No event follows. */
  stop(stage: number, replica: number): void;
  /** Asks for `alarm` at an instant, for a batch that waits to be filled. */
  wake(stage: number, atUs: number): void;
  /** Calls back after a while. */
  later(delayMs: number, callback: () => void): void;
}
