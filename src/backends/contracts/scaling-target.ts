/**
 * What the tuner needs of a live system: it reads how many replicas each stage has, and sets them. `docs/backends.md`
 * lists which backend ran against which version.
 *
 * The contract:
 * - The backend measures. `setReplicas` resolves when the replicas are there (up: ready for items; down: the surplus is
 *   drained and gone) and returns how long that took. The tuner plans with this activation delay.
 * - The backend never guesses. It rejects with `BackendError` an answer that names a stage twice, omits one or holds no
 *   count. It never reads such an answer as zero replicas.
 * - The backend knows what is not ours. When something else answers there than what the plan is for, it rejects with
 *   `BACKEND_FOREIGN` and changes nothing.
 * - The backend refuses a target that another autoscaler owns, on opening and before each change (`BACKEND_OWNED`).
 * - The caller retries. A call never repeats itself: it succeeds or rejects within its timeout. Setting a count twice
 *   is harmless.
 */

/**
 * Limits of one call. It ends by `timeoutMs`, and at once when `signal` aborts (it rejects with the signal's reason).
 */
export interface CallLimits {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Replicas of one stage: the count set on the live system, and how many take items now. */
export interface StageReplicas {
  readonly stage: string;
  readonly wanted: number;
  readonly ready: number;
}

export interface ReplicaRequest extends CallLimits {
  readonly stage: string;
  /** At least 1, except where `leastReplicas` says 0. */
  readonly replicas: number;
}

/** A change that is complete. */
export interface ReplicaChange {
  readonly stage: string;
  /** Wanted before the call. */
  readonly before: number;
  readonly replicas: number;
  /**
   * From the call to the last replica being ready (up) or gone (down), measured by the backend or here; 0 without a
   * change.
   */
  readonly activationMs: number;
}

/** Where items wait and how a replica gets them. The simulator models `central`. The others have a worse tail. */
export type QueueRule = 'central' | 'power-of-two' | 'round-robin' | 'random' | 'unknown';

/** When a batch leaves: at once with what is there, or after a wait. */
export type BatchTrigger = 'greedy' | 'wait-oldest' | 'wait-first' | 'unknown';

export interface TargetDescription {
  readonly kind: 'local' | 'triton' | 'ray-serve' | 'kubernetes' | 'ec2' | 'dry-run';
  /** Shown to a person: where the live system is, without credentials. */
  readonly place: string;
  readonly stages: readonly string[];
  readonly queue: QueueRule;
  readonly batchTrigger: BatchTrigger;
  /** What the live system calls a replica: `thread`, `model instance`, `pod`. */
  readonly replicaUnit: string;
  /** False for a target that only shows what it would do. */
  readonly canSetReplicas: boolean;
  readonly leastReplicas: number;
  /** Whether replicas here are free and safe to change. Only then does the tuner act without `--apply`. */
  readonly isOnThisMachine: boolean;
}

export interface ScalingTarget {
  /** Known from the start, without a call. */
  describe(): TargetDescription;

  /** Every stage of the description, once, in its order. Rejects with `BackendError` unless all of them are known. */
  readReplicas(limits?: CallLimits): Promise<readonly StageReplicas[]>;

  /**
   * Asks for `replicas` of a stage and waits until they are there. Calls for different stages may overlap. A later call
   * for the same stage takes over: the earlier one resolves if its count is reached on the way, else rejects with
   * `BACKEND_SUPERSEDED`. A call that ends early (abort, timeout, lost connection) may have taken effect: read before
   * asking again.
   */
  setReplicas(request: ReplicaRequest): Promise<ReplicaChange>;

  /** Lets go of connections. Replicas stay as they are. Calls still running reject. */
  close(): Promise<void>;
}
