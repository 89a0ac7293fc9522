/** How many replicas each stage has: live changes, replacement of dead ones, and when all those asked for serve. */
import { BackendError } from '../errors.js';
import { msFromUs } from '../units.js';
import type { ReplicaHost } from './replicas/replica-host.js';
import type { Replica, ServedStage } from './served-stage.js';

/** A replica that dies again and again is started again after a pause that doubles up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** A change that waits for its replicas to serve. */
interface Change {
  readonly stage: ServedStage;
  readonly awaited: Set<number>;
  readonly askedUs: number;
  readonly resolve: (activationMs: number) => void;
  readonly reject: (error: Error) => void;
}

export class ReplicaSet {
  private readonly host: ReplicaHost;
  private readonly changes = new Set<Change>();
  /** Replicas in a row that died or did not start before any of the stage had done a batch. */
  private readonly failures = new Map<ServedStage, number>();
  private isStopped = false;

  constructor(host: ReplicaHost) {
    this.host = host;
  }

  /**
   * Changes how many replicas a stage has. Starting replicas (latest first) are removed first, then idle ones, then
   * those that become free soonest. A running batch always finishes.
   * @returns milliseconds until all new ones served: 0 when there were none to wait for
   * @throws BackendError when one of them cannot start
   */
  set(stage: ServedStage, replicas: number, nowUs: number): Promise<number> {
    stage.wanted = replicas;
    const surplus = Math.max(0, stage.replicas.size - replicas);
    for (const replica of stage.removable.slice(0, surplus)) this.remove(stage, replica, nowUs);
    const awaited = new Set<number>();
    while (stage.replicas.size < replicas) awaited.add(this.add(stage));
    if (awaited.size === 0) return Promise.resolve(0);
    return new Promise((resolve, reject) => {
      this.changes.add({ stage, awaited, askedUs: nowUs, resolve, reject });
    });
  }

  ready(stage: ServedStage, number: number, nowUs: number): void {
    const replica = stage.replicas.get(number);
    if (replica?.state !== 'starting') return;
    stage.makeIdle(replica);
    this.settle(stage, number, nowUs);
  }

  /** One that was asked for is given up; one that replaces another is tried again. */
  failedToStart(stage: ServedStage, number: number, error: Error): void {
    const replica = stage.replicas.get(number);
    if (replica === undefined) return;
    stage.forget(replica);
    for (const change of this.changes) {
      if (change.stage !== stage || !change.awaited.has(number)) continue;
      this.changes.delete(change);
      stage.wanted = Math.max(0, stage.wanted - 1);
      change.reject(
        new BackendError('REPLICA_START', `stage ${stage.name}: a replica cannot start: ${error.message}`, {
          cause: error,
        }),
      );
      return;
    }
    this.restore(stage);
  }

  /** Starts another one in place of a replica that died. */
  replace(stage: ServedStage, replica: Replica, reason: string): void {
    if (replica.state === 'starting') {
      this.failedToStart(stage, replica.number, new Error(reason));
      return;
    }
    stage.forget(replica);
    this.restore(stage);
  }

  /** A replica of the stage has done a batch: what failed before is over. */
  works(stage: ServedStage): void {
    if (this.failures.size > 0) this.failures.delete(stage);
  }

  /** Nothing is started any more. */
  stop(): void {
    this.isStopped = true;
  }

  private add(stage: ServedStage): number {
    const { number } = stage.addReplica();
    this.host.start(stage.index, number);
    return number;
  }

  private remove(stage: ServedStage, replica: Replica, nowUs: number): void {
    const isStarting = replica.state === 'starting';
    stage.forget(replica);
    this.host.stop(stage.index, replica.number);
    if (isStarting) this.settle(stage, replica.number, nowUs);
  }

  private settle(stage: ServedStage, number: number, nowUs: number): void {
    for (const change of this.changes) {
      if (change.stage !== stage || !change.awaited.delete(number) || change.awaited.size > 0) continue;
      this.changes.delete(change);
      change.resolve(msFromUs(nowUs - change.askedUs));
    }
  }

  /** Fills up to what should be there: at once the first time, then after pauses. */
  private restore(stage: ServedStage): void {
    if (stage.replicas.size >= stage.wanted) return;
    stage.restarts++;
    const failures = this.failures.get(stage) ?? 0;
    this.failures.set(stage, failures + 1);
    const fill = () => {
      if (!this.isStopped && stage.replicas.size < stage.wanted) this.add(stage);
    };
    if (failures === 0) fill();
    else this.host.later(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS), fill);
  }
}
