/**
 * The serving engine: what InferLine assumes of a serving system, for one machine. Each stage has one central FIFO
 * queue. A free replica takes min(queue, max batch size) items. The stages' results route queries through the DAG.
 *
 * It holds no clock, thread or socket. The caller reports what happened at an instant and then calls `dispatch`, so all
 * events of one instant come before its dispatch.
 */
import type { Pipeline } from '../model/pipeline.js';
import type { Routing } from '../simulation/routing.js';
import { msFromUs, usFromMs } from '../units.js';
import type { Batch, BatchOutcome } from './items/batch.js';
import { LiveQueries, LiveQuery, type OnAnswer, type Outcome } from './items/live-query.js';
import type { StageResult } from './modules/stage-module.js';
import { QueryFlow } from './query-flow.js';
import { ReplicaSet } from './replica-set.js';
import type { ReplicaHost } from './replicas/replica-host.js';
import { type Replica, ServedStage } from './served-stage.js';

/** A batch is tried this often before its queries are answered with an error. */
const ATTEMPTS = 2;
/** The largest fan-out that a pipeline file may state. */
const MOST_ITEMS = 65_535;

export interface StageStart {
  readonly hardware: string;
  readonly maxBatchSize: number;
  readonly isEmulated: boolean;
}

/** Told what happens, for logs and metrics. */
export interface EngineObserver {
  /** A batch has come to its end. */
  onBatch?(batch: Batch, endUs: number, outcome: BatchOutcome): void;
  onEnd?(query: LiveQuery, outcome: Outcome): void;
  /** A query's items enter a stage; the values are undefined where it is emulated. */
  onEnter?(stage: number, query: LiveQuery, values: readonly unknown[] | undefined): void;
  /** A stage, or the entry, sends a stage so many items of a query. */
  onSend?(query: LiveQuery, stage: number, from: string, items: number): void;
}

export class Engine {
  readonly stages: readonly ServedStage[];
  readonly replicas: ReplicaSet;
  readonly live = new LiveQueries();
  /** Queries to the whole pipeline that arrived, refused ones among them. */
  arrived = 0;
  observer: EngineObserver = {};

  private readonly flow: QueryFlow;
  private readonly host: ReplicaHost;
  /** A query is refused while as many items wait at any stage. */
  readonly queueLimit: number;
  private readonly queryTimeoutUs: number;
  private stageQueries = 0;
  private readonly isTouched: boolean[];
  private nowUs = 0;

  constructor(options: {
    readonly pipeline: Pipeline;
    readonly stages: readonly StageStart[];
    readonly routing: Routing;
    readonly host: ReplicaHost;
    readonly queueLimit: number;
    /** A query that is not answered by then gets an error, and a batch that takes longer ends its replica. */
    readonly queryTimeoutMs: number;
  }) {
    const { pipeline, stages, host, routing } = options;
    this.host = host;
    this.queueLimit = options.queueLimit;
    this.queryTimeoutUs = usFromMs(options.queryTimeoutMs);
    this.stages = pipeline.stages.map(({ name, batchTimeoutMs = 0 }, index) => {
      const { hardware, maxBatchSize } = stages[index]!;
      return new ServedStage({ index, name, hardware, maxBatchSize, batchTimeoutUs: usFromMs(batchTimeoutMs) });
    });
    this.isTouched = stages.map(() => false);
    this.replicas = new ReplicaSet(host);
    this.flow = new QueryFlow({
      pipeline,
      isEmulated: stages.map(({ isEmulated }) => isEmulated),
      routing,
      listener: {
        onEnter: (stage, query, values) => this.enter(stage, query, values),
        onEnd: (query) => this.answer(query, 'done', ''),
        onSend: (query, stage, from, items) => this.observer.onSend?.(query, stage, from, items),
      },
    });
  }

  /** Whether some stage has as many items waiting as may. */
  get isFull(): boolean {
    for (const { queue } of this.stages) if (queue.length >= this.queueLimit) return true;
    return false;
  }

  /** Whether so many items may come to a stage alone. */
  hasRoom({ waiting }: ServedStage, items: number): boolean {
    return waiting + items <= this.queueLimit;
  }

  /** A query arrives and is taken in. */
  arrive(nowUs: number, input: unknown, onAnswer: OnAnswer): LiveQuery {
    this.nowUs = nowUs;
    const query = this.admit({ number: this.arrived++, onlyStage: -1, onAnswer });
    this.flow.begin(query, input);
    return query;
  }

  /** A query arrives that is not taken in; it has its number all the same. */
  refuse(): number {
    return this.arrived++;
  }

  /** Items for one stage alone arrive. Their query's number is negative. */
  arriveAt(nowUs: number, stage: number, values: readonly unknown[], onAnswer: OnAnswer): LiveQuery {
    this.nowUs = nowUs;
    const query = this.admit({ number: -1 - this.stageQueries++, onlyStage: stage, onAnswer });
    this.flow.beginAt(query, stage, values);
    return query;
  }

  private admit(given: { number: number; onlyStage: number; onAnswer: OnAnswer }): LiveQuery {
    const query = new LiveQuery({ ...given, arrivedUs: this.nowUs, parents: this.flow.parents });
    this.live.add(query);
    return query;
  }

  /** A replica has done its batch; the results are null at an emulated stage. */
  done(batch: Batch, results: readonly StageResult[] | null, nowUs: number): void {
    const replica = this.replicaOf(batch);
    if (replica === undefined) return;
    this.nowUs = nowUs;
    this.close(batch, 'done');
    this.free(replica, batch);
    this.replicas.works(this.stages[batch.stage]!);
    const { queries, items } = batch;
    for (let n = 0; n < queries.length; n++) {
      this.flow.settleItem(queries[n]!, batch.stage, items[n]!, results?.[n]);
    }
  }

  /** A replica could not do its batch, and is ready for the next. */
  failed(batch: Batch, reason: string, nowUs: number): void {
    const replica = this.replicaOf(batch);
    if (replica === undefined) return;
    this.nowUs = nowUs;
    this.close(batch, 'failed');
    this.free(replica, batch);
    for (const query of batch.queries) this.answer(query, 'failed', reason);
  }

  /**
   * A replica is gone. Its batch is tried once more, then its queries get an error. Another replica takes its place.
   */
  died(stage: number, number: number, reason: string, nowUs: number): void {
    const served = this.stages[stage]!;
    const replica = served.replicas.get(number);
    if (replica === undefined) return;
    this.nowUs = nowUs;
    this.isTouched[stage] = true;
    const { batch } = replica;
    if (batch !== null) {
      const isWanted = batch.queries.some(({ isAnswered }) => !isAnswered);
      this.close(batch, isWanted ? 'died' : 'given up');
      if (isWanted && batch.attempt < ATTEMPTS) served.retry(batch);
      else for (const query of batch.queries) this.answer(query, 'failed', reason);
    }
    this.replicas.replace(served, replica, reason);
  }

  ready(stage: number, number: number, nowUs: number): void {
    this.nowUs = nowUs;
    this.isTouched[stage] = true;
    this.replicas.ready(this.stages[stage]!, number, nowUs);
  }

  failedToStart(stage: number, number: number, error: Error): void {
    this.replicas.failedToStart(this.stages[stage]!, number, error);
  }

  /** Something about a stage may allow a dispatch: its alarm, or another max batch size. */
  touch(stage: number): void {
    this.stages[stage]!.forgetAlarm();
    this.isTouched[stage] = true;
  }

  /** Ends the instant: every free replica takes what it may. */
  dispatch(nowUs: number): void {
    for (let s = 0; s < this.stages.length; s++) {
      if (!this.isTouched[s]) continue;
      this.isTouched[s] = false;
      const againUs = this.stages[s]!.dispatch(nowUs, (batch) => this.host.run(batch));
      if (againUs >= 0) this.host.wake(s, againUs);
    }
  }

  /** Answers the queries that have waited too long, and ends replicas that do not come back from a batch. */
  expire(nowUs: number): void {
    this.nowUs = nowUs;
    const limitUs = nowUs - this.queryTimeoutUs;
    const ms = msFromUs(this.queryTimeoutUs);
    for (let query = this.live.oldest; query !== null && query.arrivedUs <= limitUs; query = this.live.oldest) {
      this.answer(query, 'timed out', `not answered within ${ms} ms`);
    }
    for (const stage of this.stages) {
      for (const { batch, number } of [...stage.replicas.values()]) {
        if (batch === null || batch.startUs > limitUs) continue;
        this.host.stop(stage.index, number);
        this.died(stage.index, number, `a batch took longer than ${ms} ms`, nowUs);
      }
    }
  }

  /** The client of a query has gone: its items leave the queues. */
  giveUp(nowUs: number, query: LiveQuery): void {
    this.nowUs = nowUs;
    this.answer(query, 'client gone', 'the client has gone');
  }

  /** Answers all queries that wait. */
  stop(nowUs: number): void {
    this.nowUs = nowUs;
    for (let query = this.live.oldest; query !== null; query = this.live.oldest) {
      this.answer(query, 'stopped', 'the server has stopped');
    }
  }

  private enter(stage: number, query: LiveQuery, values: readonly unknown[] | undefined): void {
    // An earlier stage of the same result may have brought its end.
    if (query.isAnswered) return;
    const { queue, name } = this.stages[stage]!;
    const count = query.itemsAt(stage);
    if (count > MOST_ITEMS && query.onlyStage < 0) {
      this.answer(query, 'failed', `${count} items for stage ${name}, must be at most ${MOST_ITEMS} of a query`);
      return;
    }
    this.observer.onEnter?.(stage, query, values);
    for (let item = 0; item < count; item++) queue.enter(this.nowUs, query, item, values?.[item]);
    query.changeWaiting(stage, count);
    this.isTouched[stage] = true;
  }

  private answer(query: LiveQuery, outcome: Outcome, reason: string): void {
    if (query.isAnswered) return;
    query.isAnswered = true;
    query.endedUs = this.nowUs;
    this.live.remove(query);
    if (outcome !== 'done') this.leaveQueues(query);
    this.observer.onEnd?.(query, outcome);
    query.onAnswer(query, outcome, reason);
  }

  private leaveQueues(query: LiveQuery): void {
    for (const { index, queue } of this.stages) {
      const waiting = query.waitingAt(index);
      if (waiting > 0) queue.giveUp(waiting);
    }
  }

  private replicaOf(batch: Batch): Replica | undefined {
    const replica = this.stages[batch.stage]!.replicas.get(batch.replica);
    return replica?.batch === batch ? replica : undefined;
  }

  private free(replica: Replica, { stage }: Batch): void {
    const served = this.stages[stage]!;
    if (served.hasSurplus) {
      served.forget(replica);
      this.host.stop(stage, replica.number);
    } else served.makeIdle(replica);
    this.isTouched[stage] = true;
  }

  private close(batch: Batch, outcome: BatchOutcome): void {
    const stage = this.stages[batch.stage]!;
    stage.batches++;
    stage.busyUs += this.nowUs - batch.startUs;
    if (outcome === 'done') stage.itemsDone += batch.queries.length;
    this.observer.onBatch?.(batch, this.nowUs, outcome);
  }
}
