/**
 * What the tuner needs of a live system: read how many replicas each stage has, and set them. Every backend states these same things in its own
 * words to its own server; `docs/backends.md` says which was tried against which version.
 *
 * Who states what:
 * - The backend measures. `setReplicas` resolves when the replicas asked for are there (up: ready for items; down: the surplus is drained and gone)
 *   and says how long that took, which is the activation delay that the tuner plans with.
 * - The backend never guesses. An answer that names a stage twice, leaves one out or says something that is no count rejects with
 *   `BackendError`; it is never read as zero replicas.
 * - The backend refuses a target that another autoscaler owns, when it is opened and again before each change (`BACKEND_OWNED`).
 * - The caller decides how often to repeat. No call repeats itself: it succeeds or rejects within its time-out, and setting the same count twice is harmless.
 */

/** Limits of one call. Every call ends by `timeoutMs` at the latest, and at once when `signal` is aborted (it rejects with the signal's reason). */
export interface CallLimits {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Replicas of one stage: what the live system was told to have, and how many of them take items now. */
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
  /** From the call to the last replica being ready (up) or gone (down), measured by the backend or here; 0 when nothing had to change. */
  readonly activationMs: number;
}

/** Where items wait and how a replica gets them: the simulator's answer holds for `central`; the others have a worse tail with the same replicas. */
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
  /** What one replica is over there: `thread`, `model instance`, `pod`. */
  readonly replicaUnit: string;
  /** False for a target that only shows what it would do. */
  readonly canSetReplicas: boolean;
  readonly leastReplicas: number;
  /** Whether a replica here costs nothing and disturbs nobody: only then does the tuner act without being told to. */
  readonly isOnThisMachine: boolean;
}

export interface ScalingTarget {
  /** Known from the start; asks nobody. */
  describe(): TargetDescription;

  /** Every stage of the description, once, in its order. Rejects with `BackendError` when even one of them is not known for certain. */
  readReplicas(limits?: CallLimits): Promise<readonly StageReplicas[]>;

  /**
   * Asks for so many replicas of a stage and waits until they are there. Calls for different stages may overlap. A later call for the same stage takes
   * over: the earlier one resolves if its count is reached on the way, and rejects with `BACKEND_SUPERSEDED` if it cannot be any more.
   * A call that is cut short (abort, time-out, a lost connection) may or may not have taken effect: read before asking again.
   */
  setReplicas(request: ReplicaRequest): Promise<ReplicaChange>;

  /** Lets go of connections. Replicas stay as they are. Calls still running reject. */
  close(): Promise<void>;
}
