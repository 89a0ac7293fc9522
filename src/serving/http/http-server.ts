/** The server: the inference protocol, admin calls and metrics over one port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BackendError } from '../../errors.js';
import { type PortGuard, portGuard } from '../../http-port/port-guard.js';
import { ArrivalLog } from '../arrival-log.js';
import { type BatchRecord, recordOf } from '../items/batch.js';
import type { Runtime } from '../runtime.js';
import { SampleBatches } from '../sample-batches.js';
import { SpanLog } from '../span-log.js';
import { AdminApi } from './admin-api.js';
import { HttpError, noSuchCall, replyError, replyText } from './http-reply.js';
import { InferenceApi } from './inference-api.js';
import { LineStreams } from './line-streams.js';
import { createMetrics, type Metrics } from './serving-metrics.js';

/** Longer than load balancers keep a connection that is not used. */
const KEEP_ALIVE_MS = 75_000;
/** A sender that takes longer for a request's head, or for all of it, is cut off. */
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const TIMEOUT_CHECK_MS = 1000;
const MOST_CONNECTIONS = 16_384;
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
  /** Demanded of admin calls and metrics (`portGuard`). */
  readonly token?: string | undefined;
  /** Resolves when nobody wants the server any more. */
  readonly stopped?: Promise<void>;
  /** Gets every batch, like the listeners of the stream. */
  readonly onBatch?: (record: BatchRecord) => void;
  /** Gets every query that has ended, as a line of OTLP JSON. */
  readonly onTrace?: { readonly run: string; tell(line: string): void };
}

export interface RunningServer {
  readonly url: string;
  /** Refuses new queries, waits until those inside are answered or the limit has passed, then ends everything. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Listens, starts all replicas and resolves when they serve; with undefined, everything ended, when it was stopped
 * before. Throws BackendError when the port is taken or a replica cannot start.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer | undefined> {
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
  const { onTrace } = options;
  const spans =
    onTrace === undefined
      ? undefined
      : new SpanLog({ pipeline: runtime.pipeline, originMs: Date.now() - runtime.clock.nowMs(), ...onTrace });
  if (spans !== undefined) {
    engine.observer.onSend = (query, stage, from, items) => spans.sent(query, stage, from, items);
    engine.observer.onEnd = (query, outcome) => spans.queryEnded(query, outcome);
  }
  engine.observer.onBatch = (batch, endUs, outcome) => {
    spans?.batchEnded(batch, endUs, outcome);
    metrics.countBatch(batch, endUs);
    samples.ended(batch, endUs, outcome);
    if (options.onBatch === undefined && !streams.wantsBatches) return;
    const record = recordOf(batch, { stage: engine.stages[batch.stage]!.name, endUs, outcome });
    options.onBatch?.(record);
    streams.tellBatch(record);
  };

  const guard = portGuard(options);
  const server = createServer({ connectionsCheckingInterval: TIMEOUT_CHECK_MS }, (request, response) => {
    route(request, response, { inference, admin, metrics, guard }).catch((error: unknown) =>
      replyError(response, error),
    );
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEAD_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MOST_CONNECTIONS;
  const end = async () => {
    streams.end();
    await inference.close();
    await runtime.close();
    await closed(server);
  };
  try {
    await listening(server, options);
    const stopped = options.stopped?.then(() => true);
    const isStopped = await Promise.race([runtime.start().then(() => false), ...(stopped ? [stopped] : [])]);
    if (isStopped) {
      await end();
      return undefined;
    }
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
  {
    inference,
    admin,
    metrics,
    guard,
  }: { inference: InferenceApi; admin: AdminApi; metrics: Metrics; guard: PortGuard },
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const [, first, ...rest] = path.split('/').map(decoded);
  if (first === 'v2') {
    await inference.answer(request, response, rest);
    return;
  }
  const refused = first === 'admin' || first === 'metrics' ? guard(request) : undefined;
  if (refused !== undefined) throw new HttpError(refused.status, refused.reason, refused.headers);
  if (first === 'admin') await admin.answer(request, response, rest, new URLSearchParams(query));
  else if (first === 'metrics' && rest.length === 0 && request.method === 'GET') {
    replyText(response, await metrics.text(), { status: 200, headers: { 'content-type': metrics.contentType } });
  } else throw noSuchCall(request);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, `the path holds a broken escape: ${part.slice(0, 80)}`);
  }
}

function listening(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new BackendError('LISTEN', `cannot listen on ${host}:${port}: ${error.message}`, {
          cause: error,
          hint: /EADDRNOTAVAIL|ENOTFOUND|EAI_/.test(error.message)
            ? '--host takes an address of this machine, such as 127.0.0.1'
            : '--port 0 takes any free port',
        }),
      );
    });
    server.listen(port, host, () => {
      // What the system refuses from here on, such as one more connection, concerns nobody who is served.
      server.on('error', () => {});
      resolve();
    });
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
