/**
 * Measures stages on this machine through the engine of `infer-plan serve`: the same queues, threads and copies as when they serve. A stage's items are
 * those that it gets when sample queries go through the pipeline; on their way it is written down which branches they take.
 *
 * A batch's service time is the engine's own: from its dispatch to its results being back.
 */
import { BackendError, InputError } from '../errors.js';
import type { Disturbance } from '../model/disturbance.js';
import { ENTRY, type Pipeline } from '../model/pipeline.js';
import { type RunningServer, startServer } from '../serving/http-server.js';
import type { LiveQuery } from '../serving/live-query.js';
import { readInferRequest } from '../serving/oip-request.js';
import { Runtime } from '../serving/runtime.js';
import type { ServedStage } from '../serving/served-stage.js';
import { msFromS, msFromUs } from '../units.js';
import { type Clock, steadyClock } from './clock.js';
import type { BatchStream, BlockResult, ProfilingTarget } from './profiling-target.js';
import { type BatchOutcome, type BatchRequest, runStreams } from './run-streams.js';

const LOOPBACK = '127.0.0.1';
const QUEUE_LIMIT = 1_000_000;
const QUERY_TIMEOUT_MS = msFromS(120);
/** Items kept of each stage; beyond them those that there are serve again. */
const MOST_ITEMS = 200;
/** Starting to send takes a processor longer than sending does. */
const SETTLE_MS = 300;

/** What became of one sample query: of every stage it visited, its items there and how many it sent along each edge. */
export interface ObservedQuery {
  readonly stages: ReadonlyMap<string, { readonly items: number; readonly sent: ReadonlyMap<string, number> }>;
}

export interface LocalProfilingOptions {
  readonly pipeline: Pipeline;
  /** Of the pipeline file. */
  readonly folder: string;
  readonly largestBatchSize: number;
  readonly replicasOf: (stage: string) => number;
  /** Sample query n, as a request of the Open Inference Protocol. */
  readonly bodyOf: (query: number) => Uint8Array;
  readonly samples: number;
  /** Starts watching the machine; what it returns tells what others took since. */
  readonly watch?: () => () => Disturbance | undefined;
  /** What sends these queries to the engine at a URL: `start` at a mean rate, until the function it gives is called. */
  readonly openQueries?: (target: { url: string; bodies: readonly Uint8Array[] }) => {
    start(rateQps: number): () => Promise<unknown>;
    close(): Promise<void>;
  };
  readonly onSample?: (done: number) => void;
  readonly isStopped?: () => boolean;
  readonly clock?: Clock;
}

export interface LocalProfilingTarget extends ProfilingTarget {
  readonly observed: readonly ObservedQuery[];
}

/**
 * Starts the engine and sends the sample queries through it. Throws InputError `MODULE_MISSING` for stages that have none, since there is nothing to measure;
 * BackendError when one cannot start or a sample query fails.
 */
export async function openLocalProfilingTarget(options: LocalProfilingOptions): Promise<LocalProfilingTarget> {
  const { pipeline, folder, largestBatchSize, replicasOf, watch } = options;
  const { clock = steadyClock } = options;
  const bare = pipeline.stages.filter(({ module }) => module === undefined).map(({ name }) => name);
  if (bare.length > 0) {
    const lines = bare.map((name) => `stage ${name} has no module, must have one to be measured here`);
    throw new InputError('MODULE_MISSING', lines, 'Measure it through its server instead: --target oip:URL');
  }
  const runtime = new Runtime({
    pipeline,
    stages: pipeline.stages.map(({ name }) => ({
      hardware: 'this machine',
      maxBatchSize: largestBatchSize,
      replicas: replicasOf(name),
      emulated: null,
    })),
    folder,
    seed: 1,
    queueLimit: QUEUE_LIMIT,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });
  const frontDoor = openFrontDoor(options);
  const close = async () => {
    await frontDoor?.close();
    await runtime.close();
  };
  try {
    await runtime.start();
    const { items, observed } = await sendSamples(runtime, options);
    const stages = pipeline.stages
      .filter(({ name }) => items.has(name))
      .map(({ name }) => ({ stage: name, runtime: RUNTIME, replicas: replicasOf(name) }));
    const outcomes = recordServiceTimes(runtime);
    const draw = new Map<string, number>();
    const runOne = ({ stage, batchSize }: BatchRequest): Promise<BatchOutcome> => {
      const pool = items.get(stage)!;
      const first = draw.get(stage) ?? 0;
      draw.set(stage, first + batchSize);
      const batch = Array.from({ length: batchSize }, (_, i) => pool[(first + i) % pool.length]);
      return outcomes(runtime.stageNamed(stage)!, batch);
    };
    return {
      observed,
      describe: () => ({ kind: 'local', place: 'this machine', clock: 'service', stages }),
      runBatches: (streams: readonly BatchStream[], signal?: AbortSignal): Promise<BlockResult> =>
        runStreams(streams, runOne, { clock, signal, ...(watch && { watch }) }),
      ...(frontDoor && { accompany: frontDoor.accompany }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where queries come in beside the measurements. Opened when it is first wanted; what answers there, and what sends, stay until the end. */
function openFrontDoor(options: LocalProfilingOptions) {
  const { bodyOf, samples, openQueries, clock = steadyClock } = options;
  if (openQueries === undefined) return undefined;
  const bodies = Array.from({ length: Math.max(1, samples) }, (_, n) => bodyOf(n));
  const open = async () => {
    const door = await openDoor(options);
    return { door, queries: openQueries({ url: door.url, bodies }) };
  };
  let opening: ReturnType<typeof open> | undefined;
  return {
    async accompany(rateQps: number) {
      opening ??= open();
      const { queries } = await opening;
      const end = queries.start(rateQps);
      await clock.pause(SETTLE_MS);
      return async () => {
        await end();
      };
    },
    async close() {
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      await opened?.queries.close();
      await opened?.door.stop(0);
    },
  };
}

/** Queries are read, queued and answered here as by the engine in earnest, by one stage that does no work. */
function openDoor({ pipeline, folder }: LocalProfilingOptions): Promise<RunningServer> {
  const { module: _, ...entry } = pipeline.stages.find(({ parents }) => parents.some(({ from }) => from === ENTRY))!;
  const noTimeUs = new Float64Array(2);
  const service = { maxBatchSize: 1, tableUs: noTimeUs, fastestUs: noTimeUs, drawUs: null };
  return startServer({
    runtime: new Runtime({
      pipeline: { ...pipeline, stages: [entry] },
      stages: [{ hardware: 'none', maxBatchSize: 1, replicas: 1, emulated: { service, activationDelayMs: 0 } }],
      folder,
      seed: 1,
      queueLimit: QUEUE_LIMIT,
      queryTimeoutMs: QUERY_TIMEOUT_MS,
    }),
    host: LOOPBACK,
    port: 0,
    toolVersion: '',
  });
}

const RUNTIME = `infer-plan engine, node ${process.version}`;

/** Sends sample queries one after another; keeps the items that every stage got, and what became of each query. */
async function sendSamples(
  runtime: Runtime,
  { pipeline, bodyOf, samples, onSample, isStopped }: LocalProfilingOptions,
): Promise<{ items: ReadonlyMap<string, readonly unknown[]>; observed: readonly ObservedQuery[] }> {
  const { engine } = runtime;
  const items = new Map<string, unknown[]>();
  const observed: ObservedQuery[] = [];
  engine.observer.onEnter = (stage, _query, values) => {
    const { name } = pipeline.stages[stage]!;
    const kept = items.get(name) ?? [];
    items.set(name, [...kept, ...(values ?? [])].slice(0, MOST_ITEMS));
  };
  for (let n = 0; n < samples && isStopped?.() !== true; n++) {
    const { tensors } = readInferRequest(Buffer.from(bodyOf(n)), undefined);
    await new Promise<void>((resolve, reject) => {
      runtime.turn((nowUs) => {
        engine.arrive(nowUs, tensors, (query, outcome, reason) => {
          if (outcome === 'done') {
            observed.push(observedQuery(query, pipeline));
            resolve();
          } else reject(new BackendError('SAMPLE_QUERY', `sample query ${n}: ${outcome}: ${reason}`));
        });
      });
    });
    onSample?.(n + 1);
  }
  delete engine.observer.onEnter;
  return { items, observed };
}

function observedQuery({ results }: LiveQuery, { stages }: Pipeline): ObservedQuery {
  const visited = stages.flatMap(({ name }, index) => {
    const own = results[index];
    if (own === undefined) return [];
    const children = stages.filter(({ parents }) => parents.some(({ from }) => from === name));
    const sent = children.map(({ name: child, parents }): [string, number] => {
      const items = own.reduce(
        (sum, result) => sum + (result?.send === undefined ? 1 : (result.send[child]?.length ?? 0)),
        0,
      );
      // A stage with several parents joins what they send into one item.
      return [child, parents.length > 1 ? Math.min(1, items) : items];
    });
    return [[name, { items: own.length, sent: new Map(sent) }] as const];
  });
  return { stages: new Map(visited) };
}

/** Gives a function that runs one batch at a stage and tells how long the engine says it took. */
function recordServiceTimes(
  runtime: Runtime,
): (stage: ServedStage, batch: readonly unknown[]) => Promise<BatchOutcome> {
  const { engine } = runtime;
  const waiting = new Map<number, { readonly size: number; outcome?: BatchOutcome }>();
  engine.observer.onBatch = ({ queries, startUs, attempt }, endUs, outcome) => {
    const [query] = queries;
    const waits = waiting.get(query!.number);
    if (waits === undefined) return;
    if (outcome !== 'done' || attempt > 1)
      waits.outcome = { failure: `the batch ${outcome} in its attempt ${attempt}` };
    else if (queries.length !== waits.size) waits.outcome = { failure: `it ran as a batch of ${queries.length}` };
    else waits.outcome = { serviceMs: msFromUs(endUs - startUs) };
  };
  return (stage, batch) =>
    new Promise((resolve) => {
      runtime.turn((nowUs) => {
        const { number } = engine.arriveAt(nowUs, stage.index, batch, (_, outcome, reason) => {
          const measured = waiting.get(number)?.outcome;
          waiting.delete(number);
          resolve(outcome === 'done' && measured !== undefined ? measured : { failure: reason || outcome });
        });
        waiting.set(number, { size: batch.length });
      });
    });
}
