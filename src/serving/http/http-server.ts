/** The server: the inference protocol, admin calls and metrics over one port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BackendError } from '../../errors.js';
import { ArrivalLog } from '../arrival-log.js';
import { type BatchRecord, recordOf } from '../items/batch.js';
import type { Runtime } from '../runtime.js';
import { SampleBatches } from '../sample-batches.js';
import { AdminApi } from './admin-api.js';
import { HttpError, replyError, replyText } from './http-reply.js';
import { InferenceApi } from './inference-api.js';
import { LineStreams } from './line-streams.js';
import { createMetrics, type Metrics } from './serving-metrics.js';

/** Longer than load balancers keep a connection that is not used. */
const KEEP_ALIVE_MS = 75_000;
const DRAIN_CHECK_MS = 20;
/** Runs batches of a stage to time them. */
const MOST_SAMPLE_ITEMS = 50;

export interface ServerOptions {
  /** Not started yet. */
  readonly runtime: Runtime;
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly toolVersion: string;
  /** Gets every batch, like the listeners of the stream. */
  readonly onBatch?: (record: BatchRecord) => void;
}

export interface RunningServer {
  readonly url: string;
  /** Refuses new queries, waits until those inside are answered or the limit has passed, then ends everything. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Listens, starts all replicas and resolves when they serve. Throws BackendError when the port is taken or a replica
 * cannot start.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { runtime } = options;
  const { engine } = runtime;
  const arrivals = new ArrivalLog();
  const streams = new LineStreams();
  const metrics = createMetrics(engine);
  const inference = new InferenceApi({ runtime, arrivals, metrics, toolVersion: options.toolVersion });
  const samples = new SampleBatches(runtime, MOST_SAMPLE_ITEMS);
  const admin = new AdminApi({ runtime, arrivals, streams, samples });
  engine.observer.onEnter = (stage, query, values) => {
    if (query.number >= 0) samples.keep(stage, values);
  };
  engine.observer.onBatch = (batch, endUs, outcome) => {
    metrics.countBatch(batch, endUs);
    samples.ended(batch, endUs, outcome);
    if (options.onBatch === undefined && !streams.wantsBatches) return;
    const record = recordOf(batch, { stage: engine.stages[batch.stage]!.name, endUs, outcome });
    options.onBatch?.(record);
    streams.tellBatch(record);
  };

  const server = createServer((request, response) => {
    route(request, response, { inference, admin, metrics }).catch((error: unknown) => replyError(response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const end = async () => {
    streams.end();
    await runtime.close();
    await closed(server);
  };
  try {
    await listening(server, options);
    await runtime.start();
  } catch (error) {
    await end();
    throw error;
  }
  inference.isReady = true;
  return {
    url: urlOf(server, options.host),
    async stop(drainMs) {
      inference.isDraining = true;
      const untilMs = runtime.clock.nowMs() + drainMs;
      while (engine.live.count > 0 && runtime.clock.nowMs() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
      }
      await end();
    },
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  { inference, admin, metrics }: { inference: InferenceApi; admin: AdminApi; metrics: Metrics },
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const [, first, ...rest] = path.split('/').map(decoded);
  if (first === 'v2') await inference.answer(request, response, rest);
  else if (first === 'admin') await admin.answer(request, response, rest, new URLSearchParams(query));
  else if (first === 'metrics' && rest.length === 0 && request.method === 'GET') {
    replyText(response, await metrics.text(), { status: 200, contentType: metrics.contentType });
  } else throw new HttpError(404, `no such call: ${request.method} ${request.url}`);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, `the path holds a broken escape: ${part}`);
  }
}

function listening(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new BackendError('LISTEN', `cannot listen on ${host}:${port}: ${error.message}`, {
          cause: error,
          hint: '--port 0 takes any free port',
        }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), DRAIN_CHECK_MS).unref();
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
