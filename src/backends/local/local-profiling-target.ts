/**
 * Measures stages on this machine through the engine of `infer-plan serve`: the same queues, threads and copies as when
 * they serve. Sample queries go through the pipeline first. They bring each stage its items, and show which branches
 * they take.
 *
 * A batch's service time is the engine's own: from its dispatch to its results.
 */
import { BackendError, InputError } from '../../errors.js';
import type { Disturbance } from '../../model/measured/disturbance.js';
import { ownValue } from '../../model/notation/own-value.js';
import type { Pipeline } from '../../model/pipeline.js';
import { readInferRequest } from '../../serving/http/oip-request.js';
import type { LiveQuery } from '../../serving/items/live-query.js';
import { Runtime } from '../../serving/runtime.js';
import { SampleBatches } from '../../serving/sample-batches.js';
import { msFromS } from '../../units.js';
import type { BatchStream, BlockResult, ProfilingTarget } from '../contracts/profiling-target.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { type BatchOutcome, type BatchRequest, runStreams } from '../shared/run-streams.js';
import { frontDoor, type OpenQueries } from './local-front-door.js';

const QUEUE_LIMIT = 1_000_000;
const QUERY_TIMEOUT_MS = msFromS(120);
/** Items kept of each stage; beyond them those that there are serve again. */
const MOST_ITEMS = 200;

/** What became of one sample query: of every stage it visited, its items there and how many it sent along each edge. */
export interface ObservedQuery {
  readonly stages: ReadonlyMap<string, { readonly items: number; readonly sent: ReadonlyMap<string, number[]> }>;
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
  /** Sends queries during the measurements. */
  readonly openQueries?: OpenQueries;
  readonly onSample?: (done: number) => void;
  readonly isStopped?: () => boolean;
  readonly clock?: Clock;
}

export interface LocalProfilingTarget extends ProfilingTarget {
  readonly observed: readonly ObservedQuery[];
}

/**
 * Starts the engine and sends the sample queries through it. Throws InputError `MODULE_MISSING` for stages without a
 * module, and BackendError when a stage cannot start or a sample query fails.
 */
export async function openLocalProfilingTarget(options: LocalProfilingOptions): Promise<LocalProfilingTarget> {
  const { pipeline, folder, largestBatchSize, replicasOf, openQueries, watch } = options;
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
  const sampleBatches = new SampleBatches(runtime, MOST_ITEMS);
  const door = openQueries && frontDoor({ pipeline, folder, bodies: bodiesOf(options), openQueries, clock });
  const close = async () => {
    await door?.close();
    await runtime.close();
  };
  try {
    await runtime.start();
    const observed = await sendSamples(runtime, sampleBatches, options);
    const stages = pipeline.stages.flatMap(({ name }, index) =>
      sampleBatches.has(index) ? [{ stage: name, runtime: RUNTIME, replicas: replicasOf(name) }] : [],
    );
    runtime.engine.observer.onBatch = (batch, endUs, outcome) => sampleBatches.ended(batch, endUs, outcome);
    const runOne = ({ stage, batchSize }: BatchRequest): Promise<BatchOutcome> =>
      sampleBatches.run(runtime.stageNamed(stage)!, batchSize);
    return {
      observed,
      describe: () => ({ kind: 'local', place: 'this machine', clock: 'service', stages }),
      runBatches: (streams: readonly BatchStream[], signal?: AbortSignal): Promise<BlockResult> =>
        runStreams(streams, runOne, { clock, signal, ...(watch && { watch }) }),
      ...(door && { accompany: door.accompany }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function bodiesOf({ bodyOf, samples }: LocalProfilingOptions): readonly Uint8Array[] {
  return Array.from({ length: Math.max(1, samples) }, (_, n) => bodyOf(n));
}

const RUNTIME = `infer-plan engine, node ${process.version}`;

/** Sends sample queries one after another; keeps the items that every stage got, and what became of each query. */
async function sendSamples(
  runtime: Runtime,
  sampleBatches: SampleBatches,
  { pipeline, bodyOf, samples, onSample, isStopped }: LocalProfilingOptions,
): Promise<readonly ObservedQuery[]> {
  const { engine } = runtime;
  const observed: ObservedQuery[] = [];
  engine.observer.onEnter = (stage, _query, values) => sampleBatches.keep(stage, values);
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
  return observed;
}

function observedQuery({ results }: LiveQuery, { stages }: Pipeline): ObservedQuery {
  const visited = stages.flatMap(({ name }, index) => {
    const own = results[index];
    if (own === undefined) return [];
    const children = stages.filter(({ parents }) => parents.some(({ from }) => from === name));
    const sent = children.map(({ name: child }): [string, number[]] => {
      return [
        child,
        own.map((result) => (result?.send === undefined ? 1 : (ownValue(result.send, child)?.length ?? 0))),
      ];
    });
    return [[name, { items: own.length, sent: new Map(sent) }] as const];
  });
  return { stages: new Map(visited) };
}
