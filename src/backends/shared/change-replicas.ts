/**
 * The part of `setReplicas` that all targets share: ask for the count, read until it is there, and report how long that
 * took.
 */
import type { BackendError } from '../../errors.js';
import type { ReplicaChange, StageReplicas } from '../contracts/scaling-target.js';
import type { Clock } from './clock.js';
import { failure } from './failure.js';

export interface Change {
  readonly place: string;
  readonly stage: string;
  readonly replicas: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Between two readings while waiting. */
  readonly pollMs: number;
  readonly read: (signal: AbortSignal) => Promise<StageReplicas>;
  /** Tells the live system the new count, given what it had. */
  readonly write: (before: StageReplicas, signal: AbortSignal) => Promise<void>;
}

/**
 * Resolves when the stage wants `replicas` and has them: all ready after growing, no surplus after shrinking. Throws
 * BackendError `BACKEND_SUPERSEDED` when somebody asked for another count and this one is out of reach, and what `read`
 * and `write` throw.
 */
export async function changeReplicas(change: Change): Promise<ReplicaChange> {
  const { stage, replicas, clock, signal, pollMs, read, write } = change;
  const startMs = clock.nowMs();
  const before = await read(signal);
  const isThere = before.wanted === replicas && before.ready === replicas;
  // A surplus beyond the wanted count is an interrupted removal: asking again ends it.
  if (before.wanted !== replicas || before.ready > replicas) await write(before, signal);
  const isGrowing = before.ready < replicas;
  let hasTakenEffect = before.wanted === replicas;
  while (!isThere) {
    const now = await read(signal);
    if (isGrowing ? now.ready >= replicas : now.ready <= replicas) break;
    hasTakenEffect ||= now.wanted === replicas;
    // A slow system still shows the count from before, which is no change by another client.
    const isAnothers = now.wanted !== replicas && (hasTakenEffect || now.wanted !== before.wanted);
    if (isAnothers && (isGrowing ? now.wanted < replicas : now.wanted > replicas)) throw superseded(change, now.wanted);
    await clock.pause(pollMs, signal);
  }
  const activationMs = isThere ? 0 : clock.nowMs() - startMs;
  return { stage, before: before.wanted, replicas, activationMs };
}

/** Somebody else set this stage's replicas while a change of ours was under way. */
export function superseded(
  { place, stage, replicas }: Pick<Change, 'place' | 'stage' | 'replicas'>,
  wanted: number,
): BackendError {
  const what = `stage ${stage} wants ${wanted} replicas instead of ${replicas}: another client changed it`;
  return failure('BACKEND_SUPERSEDED', { place, what });
}
