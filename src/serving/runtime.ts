/**
 * Runs an engine in real time on this machine: its clock, its replicas' threads, and the instants at which things
 * happen.
 */
import { totalmem } from 'node:os';
import { InputError, InternalError } from '../errors.js';
import { formatOffered } from '../model/notation/offered-value.js';
import { ENTRY, type Pipeline } from '../model/pipeline.js';
import { Routing } from '../simulation/routing.js';
import type { ServiceTimes } from '../simulation/service-times.js';
import { usFromMs } from '../units.js';
import { Engine } from './engine.js';
import type { Batch } from './items/batch.js';
import { EmulatedReplicas } from './replicas/emulated-replicas.js';
import { GrowthWatch } from './replicas/growth-watch.js';
import { type ReplicaHandle, startReplica } from './replicas/replica-handle.js';
import type { ReplicaHost } from './replicas/replica-host.js';
import type { ServedStage } from './served-stage.js';
import { type Clock, createClock } from './timing/engine-clock.js';

/** A stage of the pipeline as it begins to be served. */
export interface RuntimeStage {
  readonly hardware: string;
  readonly maxBatchSize: number;
  readonly replicas: number;
  /**
   * How long batches of an emulated stage take, up to the largest size it may be set to; null where its module works.
   */
  readonly emulated: { readonly service: ServiceTimes; readonly activationDelayMs: number } | null;
}

export interface RuntimeOptions {
  readonly pipeline: Pipeline;
  readonly stages: readonly RuntimeStage[];
  /** Folder of the pipeline file. */
  readonly folder: string;
  readonly seed: number;
  readonly queueLimit: number;
  readonly queryTimeoutMs: number;
}

const LARGEST_BATCH = 65_535;
const MOST_REPLICAS = 10_000;
/** Each is a thread with its own copy of the module. */
export const MOST_THREADS = 256;
const LONGEST_CHECK_MS = 1000;
const GROWTH_CHECK_MS = 100;
const KILLED = 'the replica was killed';

export class Runtime {
  readonly engine: Engine;
  readonly clock: Clock = createClock();
  readonly pipeline: Pipeline;
  private readonly options: RuntimeOptions;
  private readonly emulated: EmulatedReplicas;
  private readonly handles = new Map<string, ReplicaHandle>();
  private readonly closing = new Set<Promise<void>>();
  private readonly checks: NodeJS.Timeout;
  private readonly growthChecks: NodeJS.Timeout;
  private readonly growth = new GrowthWatch<Batch>(
    Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()),
  );
  private isStarted = false;

  constructor(options: RuntimeOptions) {
    const { pipeline, stages, queryTimeoutMs } = options;
    this.options = options;
    this.pipeline = pipeline;
    this.emulated = new EmulatedReplicas({
      clock: this.clock,
      service: stages.map(({ emulated }) => emulated?.service ?? null),
      turn: (happen) => this.turn(happen),
      onDone: (batch, nowUs) => this.engine.done(batch, null, nowUs),
    });
    this.engine = new Engine({
      pipeline,
      stages: stages.map((stage) => ({ ...stage, isEmulated: stage.emulated !== null })),
      routing: new Routing({ pipeline, seed: options.seed, capacity: 1 }),
      host: this.host(),
      queueLimit: options.queueLimit,
      queryTimeoutMs,
    });
    const checkMs = Math.min(LONGEST_CHECK_MS, queryTimeoutMs / 4);
    this.checks = setInterval(() => this.turn((nowUs) => this.engine.expire(nowUs)), checkMs);
    this.checks.unref();
    this.growthChecks = setInterval(() => this.endGrowing(), GROWTH_CHECK_MS);
    this.growthChecks.unref();
  }

  /** Lets something happen at an instant of its own, and then every free replica take what it may. */
  turn(happen: (nowUs: number) => void): void {
    const nowUs = this.clock.nowUs();
    happen(nowUs);
    this.engine.dispatch(nowUs);
  }

  /** Starts all replicas; resolves when they serve. Throws BackendError when one cannot start. */
  async start(): Promise<void> {
    const { pipeline, stages } = this.options;
    const hasAlarms = pipeline.stages.some(({ batchTimeoutMs }) => batchTimeoutMs !== undefined);
    if (hasAlarms || stages.some(({ emulated }) => emulated !== null)) await this.emulated.open();
    const nowUs = this.clock.nowUs();
    const started = this.engine.stages.map((stage, s) =>
      this.engine.replicas.set(stage, this.options.stages[s]!.replicas, nowUs),
    );
    this.isStarted = true;
    const outcomes = await Promise.allSettled(started);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** The stage of a name; undefined when there is none. */
  stageNamed(name: string): ServedStage | undefined {
    return this.engine.stages.find((stage) => stage.name === name);
  }

  /** Whether the stage computes nothing. */
  isEmulated(stage: ServedStage): boolean {
    return this.options.stages[stage.index]!.emulated !== null;
  }

  /**
   * Changes a stage while it serves; resolves when the new replicas do.
   * @returns milliseconds that took
   * @throws InputError when a number is out of range, BackendError when a replica cannot start
   */
  async change(stage: ServedStage, to: { replicas?: number; maxBatchSize?: number }): Promise<number> {
    const largest = this.options.stages[stage.index]!.emulated?.service.maxBatchSize ?? LARGEST_BATCH;
    const problems = [
      ...refusal('replicas', to.replicas, { least: 1, most: this.isEmulated(stage) ? MOST_REPLICAS : MOST_THREADS }),
      ...refusal('max_batch_size', to.maxBatchSize, { least: 1, most: largest }),
    ];
    if (problems.length > 0) throw new InputError('STAGE_CHANGE', problems);
    let activation = Promise.resolve(0);
    this.turn((nowUs) => {
      if (to.maxBatchSize !== undefined) stage.maxBatchSize = to.maxBatchSize;
      if (to.replicas !== undefined) activation = this.engine.replicas.set(stage, to.replicas, nowUs);
      this.engine.touch(stage.index);
    });
    return activation;
  }

  /** Ends a replica as a crash would; false when there is no such replica. */
  kill(stage: ServedStage, replica: number): boolean {
    if (!stage.replicas.has(replica)) return false;
    const handle = this.handles.get(keyOf(stage.index, replica));
    if (handle !== undefined) handle.kill(KILLED);
    else this.turn((nowUs) => this.engine.died(stage.index, replica, KILLED, nowUs));
    return true;
  }

  /** Ends everything; queries that wait are answered with an error. */
  async close(): Promise<void> {
    clearInterval(this.checks);
    clearInterval(this.growthChecks);
    this.engine.replicas.stop();
    this.turn((nowUs) => this.engine.stop(nowUs));
    for (const [key, handle] of this.handles) this.closeHandle(key, handle, true);
    await Promise.all([...this.closing, this.emulated.close()]);
  }

  private host(): ReplicaHost {
    return {
      start: (stage, replica) => {
        if (this.options.stages[stage]!.emulated === null) this.startThread(stage, replica);
        else this.startEmulated(stage, replica);
      },
      run: (batch) => {
        const handle = this.handles.get(keyOf(batch.stage, batch.replica));
        if (handle === undefined) this.emulated.run(batch);
        else handle.run(batch.values);
      },
      stop: (stage, replica) => {
        const key = keyOf(stage, replica);
        const handle = this.handles.get(key);
        const isBusy = this.engine.stages[stage]!.replicas.get(replica)?.batch != null;
        if (handle !== undefined) this.closeHandle(key, handle, isBusy);
      },
      wake: (stage, atUs) => this.emulated.at(atUs, () => this.engine.touch(stage)),
      later: (delayMs, callback) => {
        setTimeout(() => this.turn(callback), delayMs).unref();
      },
    };
  }

  private startEmulated(stage: number, replica: number): void {
    const delayMs = this.isStarted ? this.options.stages[stage]!.emulated!.activationDelayMs : 0;
    const ready = (nowUs: number) => this.engine.ready(stage, replica, nowUs);
    if (delayMs === 0) setImmediate(() => this.turn(ready));
    else this.emulated.at(this.clock.nowUs() + usFromMs(delayMs), ready);
  }

  private startThread(stage: number, replica: number): void {
    const { engine, pipeline, options } = this;
    const key = keyOf(stage, replica);
    const served = pipeline.stages[stage]!;
    if (served.module === undefined) throw new InternalError(`stage ${served.name} has no module`);
    const batch = () => engine.stages[stage]!.replicas.get(replica)?.batch;
    const handle = startReplica(
      { module: served.module, stage: served, children: childrenOf(pipeline, served.name), folder: options.folder },
      {
        onReady: () => this.turn((nowUs) => engine.ready(stage, replica, nowUs)),
        onStartFailed: (reason) => {
          this.handles.delete(key);
          this.turn(() => engine.failedToStart(stage, replica, new Error(reason)));
        },
        onDone: (results) => this.turn((nowUs) => engine.done(batch()!, results, nowUs)),
        onFailed: (reason) => this.turn((nowUs) => engine.failed(batch()!, reason, nowUs)),
        onDied: (reason) => {
          this.handles.delete(key);
          this.turn((nowUs) => engine.died(stage, replica, reason, nowUs));
        },
      },
    );
    this.handles.set(key, handle);
  }

  /** Ends the replicas whose batch takes memory without end. */
  private endGrowing(): void {
    const running = this.engine.stages
      .filter((stage) => !this.isEmulated(stage))
      .flatMap(({ replicas }) => [...replicas.values()].flatMap(({ batch }) => batch ?? []));
    if (running.length === 0) return;
    const { growth } = this;
    for (const { stage, replica } of growth.tooLarge(running, process.memoryUsage.rss())) {
      const mib = Math.round(growth.mostBytes / 2 ** 20);
      this.handles.get(keyOf(stage, replica))?.kill(`the process grew by more than ${mib} MiB during a batch`);
    }
  }

  private closeHandle(key: string, handle: ReplicaHandle, atOnce: boolean): void {
    this.handles.delete(key);
    const closed = handle.close(atOnce).finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }
}

function keyOf(stage: number, replica: number): string {
  return `${stage}/${replica}`;
}

/** Names of the stages that have an edge from one, or from the entry. */
export function childrenOf({ stages }: Pipeline, parent: string = ENTRY): string[] {
  return stages.filter(({ parents }) => parents.some(({ from }) => from === parent)).map(({ name }) => name);
}

function refusal(key: string, value: unknown, { least, most }: { least: number; most: number }): string[] {
  if (value === undefined || (isWhole(value) && value >= least && value <= most)) return [];
  return [`${key} = ${formatOffered(value)}, must be an integer from ${least} to ${most}`];
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}
