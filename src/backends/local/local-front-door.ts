/**
 * Takes queries in while this machine measures. One stage without work reads, queues and answers them as the engine
 * does. It opens on first use. Server and sender stay until the end.
 */
import { ENTRY, type Pipeline } from '../../model/pipeline.js';
import { type RunningServer, startServer } from '../../serving/http/http-server.js';
import { Runtime } from '../../serving/runtime.js';
import { msFromS } from '../../units.js';
import { type Clock, steadyClock } from '../shared/clock.js';

const LOOPBACK = '127.0.0.1';
const QUEUE_LIMIT = 1_000_000;
const QUERY_TIMEOUT_MS = msFromS(120);
/** Starting to send takes a processor longer than sending does. */
const SETTLE_MS = 300;

/** What sends these queries to the engine at a URL: `start` at a mean rate, until the function it gives is called. */
export type OpenQueries = (target: { url: string; bodies: readonly Uint8Array[] }) => {
  start(rateQps: number): () => Promise<unknown>;
  close(): Promise<void>;
};

export interface FrontDoor {
  /** As `ProfilingTarget.accompany`. */
  accompany(rateQps: number): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A front door for the pipeline's queries; opens nothing yet. */
export function frontDoor({
  pipeline,
  folder,
  bodies,
  openQueries,
  clock = steadyClock,
}: {
  readonly pipeline: Pipeline;
  /** Of the pipeline file. */
  readonly folder: string;
  readonly bodies: readonly Uint8Array[];
  readonly openQueries: OpenQueries;
  readonly clock?: Clock;
}): FrontDoor {
  const open = async () => {
    const door = await openDoor(pipeline, folder);
    return { door, queries: openQueries({ url: door.url, bodies }) };
  };
  let opening: ReturnType<typeof open> | undefined;
  return {
    async accompany(rateQps) {
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

async function openDoor(pipeline: Pipeline, folder: string): Promise<RunningServer> {
  const { module: _, ...entry } = pipeline.stages.find(({ parents }) => parents.some(({ from }) => from === ENTRY))!;
  const noTimeUs = new Float64Array(2);
  const service = { maxBatchSize: 1, tableUs: noTimeUs, fastestUs: noTimeUs, drawUs: null };
  const server = await startServer({
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
  return server!;
}
