/** Runs the serving engine in virtual time, its replicas emulated, and writes down what the estimator's run writes down. */

import { Engine } from '../../src/serving/engine.js';
import { type Batch, type BatchRecord, recordOf } from '../../src/serving/items/batch.js';
import type { ReplicaHost } from '../../src/serving/replicas/replica-host.js';
import { Routing } from '../../src/simulation/routing.js';
import { EventHeap } from './event-heap.js';
import type { ItemRecord, RunInput, RunRecord } from './event-loop.js';

/** In the order in which they are handled at one instant; 3 comes after the instant's dispatch. */
type Event = { readonly atUs: number; readonly rank: 0 | 1 | 2 | 3; readonly happen: (nowUs: number) => void };

export interface VirtualRun extends RunRecord {
  readonly records: readonly BatchRecord[];
  readonly engine: Engine;
}

export interface VirtualOptions {
  readonly queueLimit?: number;
  readonly queryTimeoutMs?: number;
  /** Whether a batch kills its replica half-way. */
  readonly isFatal?: (batch: Batch) => boolean;
  /** What queries end as, by number. */
  readonly outcomes?: string[];
}

export function runVirtualEngine(input: RunInput, options: VirtualOptions = {}): VirtualRun {
  const { pipeline, stages, arrivalsUs, seed, changes = [] } = input;
  const { queueLimit = Number.POSITIVE_INFINITY, queryTimeoutMs = 1e9, isFatal = () => false } = options;
  const events = new EventHeap<Event>();
  const records: BatchRecord[] = [];
  const endUs: number[] = [];
  const items: ItemRecord[][] = stages.map(() => []);
  const busyUs = stages.map(() => 0);
  let nowUs = 0;
  let activationDelayUs = 0;

  const host: ReplicaHost = {
    start(stage, replica) {
      events.push({ atUs: nowUs + activationDelayUs, rank: 2, happen: (at) => engine.ready(stage, replica, at) });
    },
    run(batch) {
      const { service } = stages[batch.stage]!;
      const size = batch.queries.length;
      const serviceUs = service.drawUs === null ? service.tableUs[size]! : service.drawUs(size, batch.number);
      const completedUs = batch.startUs + serviceUs;
      if (isFatal(batch)) {
        const happen = (at: number) => engine.died(batch.stage, batch.replica, 'killed', at);
        events.push({ atUs: completedUs, rank: 0, happen });
        return;
      }
      busyUs[batch.stage] = busyUs[batch.stage]! + serviceUs;
      for (let n = 0; n < size; n++) {
        const { startUs, number } = batch;
        const [query, enteredUs] = [batch.queries[n]!.number, batch.enteredUs[n]!];
        items[batch.stage]!.push({ query, batch: number, enteredUs, startUs, completedUs });
      }
      events.push({ atUs: completedUs, rank: 0, happen: (at) => engine.done(batch, null, at) });
    },
    stop: () => {},
    wake: (stage, atUs) => events.push({ atUs, rank: 2, happen: () => engine.touch(stage) }),
    later: (delayMs, callback) => events.push({ atUs: nowUs + Math.round(delayMs), rank: 2, happen: callback }),
  };
  const engine: Engine = new Engine({
    pipeline,
    stages: stages.map(({ maxBatchSize }) => ({ hardware: 'cpu', maxBatchSize, isEmulated: true })),
    routing: new Routing({ pipeline, seed, capacity: 1 }),
    host,
    queueLimit,
    queryTimeoutMs,
  });
  engine.observer = {
    onBatch(batch, endedUs, outcome) {
      records.push(recordOf(batch, { stage: pipeline.stages[batch.stage]!.name, endUs: endedUs, outcome }));
    },
  };

  stages.forEach(({ replicas }, s) => void engine.replicas.set(engine.stages[s]!, replicas, 0));
  // One at a time, so that those of one instant keep their order.
  const arriveNext = (place: number): void => {
    if (place === arrivalsUs.length) return;
    const happen = (at: number) => {
      arriveNext(place + 1);
      if (engine.isFull) {
        (options.outcomes ?? [])[engine.refuse()] = 'refused';
        return;
      }
      engine.arrive(at, null, (query, outcome) => {
        endUs[query.number] = query.endedUs;
        if (options.outcomes) options.outcomes[query.number] = outcome;
      });
    };
    events.push({ atUs: arrivalsUs[place]!, rank: 1, happen });
  };
  arriveNext(0);
  for (const change of changes) {
    const happen = (at: number) => {
      activationDelayUs = change.activationDelayUs;
      void engine.replicas.set(engine.stages[change.stage]!, change.replicas, at);
    };
    events.push({ atUs: change.atUs, rank: 3, happen });
  }

  while (events.nextUs() < Number.POSITIVE_INFINITY) {
    nowUs = events.nextUs();
    while (events.nextUs() === nowUs) {
      const event = events.pop();
      if (event.rank === 3) engine.dispatch(nowUs);
      event.happen(nowUs);
    }
    engine.dispatch(nowUs);
  }
  return {
    endUs,
    stages: items.map((own, s) => ({ items: own, batches: countBatches(own), busyUs: busyUs[s]! })),
    records,
    engine,
  };
}

function countBatches(items: readonly ItemRecord[]): number {
  return new Set(items.map(({ batch }) => batch)).size;
}
