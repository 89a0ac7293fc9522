/** What `GET /metrics` tells Prometheus. Counts that the engine keeps anyway are read when they are asked for. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { msFromUs, sFromMs } from '../../units.js';
import type { Engine } from '../engine.js';
import type { Batch } from '../items/batch.js';
import type { LiveQuery } from '../items/live-query.js';
import type { ServedStage } from '../served-stage.js';

const LATENCY_BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128];

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  countQuery(query: LiveQuery | null, outcome: string): void;
  countBatch(batch: Batch, endUs: number): void;
}

export function createMetrics(engine: Engine): Metrics {
  const registers = [new Registry()];
  const queries = new Counter({
    name: 'infer_plan_queries_total',
    help: 'queries by how they ended',
    labelNames: ['outcome'],
    registers,
  });
  const latency = new Histogram({
    name: 'infer_plan_latency_seconds',
    help: 'latency of queries that were answered with a result',
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  const sizes = new Histogram({
    name: 'infer_plan_batch_size',
    help: 'items of a batch',
    labelNames: ['stage'],
    buckets: SIZE_BUCKETS,
    registers,
  });
  const service = new Histogram({
    name: 'infer_plan_service_seconds',
    help: 'from the dispatch of a batch to its end',
    labelNames: ['stage'],
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  new Gauge({
    name: 'infer_plan_live_queries',
    help: 'queries that wait for their answer',
    registers,
    collect() {
      this.set(engine.live.count);
    },
  });
  const byStage = (name: string, help: string, read: (stage: ServedStage) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['stage'],
      registers,
      collect() {
        for (const stage of engine.stages) this.set({ stage: stage.name }, read(stage));
      },
    });
  byStage('infer_plan_queue_length', 'items that wait at a stage', (stage) => stage.waiting);
  byStage('infer_plan_replicas', 'replicas that are asked for', (stage) => stage.wanted);
  byStage('infer_plan_ready_replicas', 'replicas that serve', (stage) => stage.ready);
  byStage('infer_plan_busy_replicas', 'replicas that work on a batch', (stage) => stage.busy);
  byStage('infer_plan_max_batch_size', 'most items of a batch', (stage) => stage.maxBatchSize);
  byStage('infer_plan_replica_restarts', 'replicas that died and were replaced', (stage) => stage.restarts);

  const sizeOf = engine.stages.map(({ name }) => sizes.labels(name));
  const serviceOf = engine.stages.map(({ name }) => service.labels(name));
  const [registry] = registers;
  return {
    contentType: registry!.contentType,
    text: () => registry!.metrics(),
    countQuery(query, outcome) {
      queries.inc({ outcome });
      if (query !== null && outcome === 'done') latency.observe(sFromMs(msFromUs(query.endedUs - query.arrivedUs)));
    },
    countBatch(batch, endUs) {
      sizeOf[batch.stage]!.observe(batch.queries.length);
      serviceOf[batch.stage]!.observe(sFromMs(msFromUs(endUs - batch.startUs)));
    },
  };
}
