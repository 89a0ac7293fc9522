/** Runs the serving engine with modules given as functions, one event at a time; time passes only when it is told to. */
import type { Pipeline } from '../../src/model/pipeline.js';
import { Engine } from '../../src/serving/engine.js';
import type { Batch } from '../../src/serving/items/batch.js';
import type { LiveQuery, Outcome } from '../../src/serving/items/live-query.js';
import type { StageResult } from '../../src/serving/modules/stage-module.js';
import { Routing } from '../../src/simulation/routing.js';

export type Work = (items: readonly unknown[]) => readonly StageResult[];

export interface Ended {
  readonly query: LiveQuery;
  readonly outcome: Outcome;
  readonly reason: string;
}

export interface Served {
  readonly engine: Engine;
  /** Batches that run, in the order of their dispatch. */
  readonly running: Batch[];
  /** Replicas that were told to end, as `stage/replica`. */
  readonly stopped: string[];
  /** What is to happen after a while. */
  readonly later: { readonly delayMs: number; readonly callback: () => void }[];
  readonly ended: Ended[];
  /** Lets something happen at an instant, and the engine dispatch. */
  at(nowUs: number, happen?: () => void): void;
  arrive(nowUs: number, input?: unknown): LiveQuery;
  /** The first running batch is done, by its stage's function. */
  finish(nowUs: number): void;
  /** Until nothing runs. */
  finishAll(nowUs: number): void;
}

/** @param work by stage; a stage without is emulated */
export function served(
  pipeline: Pipeline,
  work: Readonly<Record<string, Work>>,
  { replicas = 1, maxBatchSize = 1, queueLimit = 100, queryTimeoutMs = 1000, isHeld = false } = {},
): Served {
  const running: Batch[] = [];
  const stopped: string[] = [];
  const later: Served['later'][number][] = [];
  const ended: Ended[] = [];
  const started: [number, number][] = [];
  const nameOf = (stage: number) => pipeline.stages[stage]!.name;
  const engine = new Engine({
    pipeline,
    stages: pipeline.stages.map(({ name }) => ({
      hardware: 'cpu',
      maxBatchSize,
      isEmulated: work[name] === undefined,
    })),
    routing: new Routing({ pipeline, seed: 1, capacity: 1 }),
    host: {
      start: (stage, replica) => void started.push([stage, replica]),
      run: (batch) => void running.push(batch),
      stop: (stage, replica) => void stopped.push(`${nameOf(stage)}/${replica}`),
      wake: () => {},
      later: (delayMs, callback) => void later.push({ delayMs, callback }),
    },
    queueLimit,
    queryTimeoutMs,
  });
  const at = (nowUs: number, happen = () => {}) => {
    happen();
    if (!isHeld) for (const [stage, replica] of started.splice(0)) engine.ready(stage, replica, nowUs);
    engine.dispatch(nowUs);
  };
  const finish = (nowUs: number) => {
    const batch = running.shift()!;
    at(nowUs, () => engine.done(batch, work[nameOf(batch.stage)]?.(batch.values) ?? null, nowUs));
  };
  at(0, () => {
    for (const stage of engine.stages) void engine.replicas.set(stage, replicas, 0).catch(() => {});
  });
  return {
    engine,
    running,
    stopped,
    later,
    ended,
    at,
    arrive(nowUs, input = null) {
      let query: LiveQuery | undefined;
      at(nowUs, () => {
        query = engine.arrive(nowUs, input, (own, outcome, reason) => void ended.push({ query: own, outcome, reason }));
      });
      return query!;
    },
    finish,
    finishAll(nowUs) {
      while (running.length > 0) finish(nowUs);
    },
  };
}
