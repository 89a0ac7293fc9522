/**
 * Arrivals that a gateway pushes over HTTP. `POST /arrivals` takes JSON `{ "from_ms": 1000, "to_ms": 1100, "stamps_ms":
 * [1002.5, 1043.1] }`, or `"count": 2` instead of the stamps. Spans come in order, on the sender's clock. The answer is
 * 204, or 400 with the reason.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { BackendError } from '../../errors.js';
import { portGuard, type Refusal } from '../../http-port/port-guard.js';
import { msFromS } from '../../units.js';
import { type ArrivalSource, type ArrivalSpan, spanProblem } from '../contracts/arrival-source.js';
import { amountOf, countOf, listOf, maybeUnder, piece, under } from '../shared/answer-shape.js';
import { failure } from '../shared/failure.js';

const MAX_BODY_BYTES = 4_000_000;
const MAX_HEADER_BYTES = 8_192;
/** Spans that nobody reads are dropped from the front, which shows as a gap; so are spans with too many stamps. */
const MAX_WAITING = 10_000;
const MAX_WAITING_STAMPS = 1_000_000;
const SENDER_TIMEOUT_MS = msFromS(10);
/** Gateways send one after another; more connections than this are closed. */
const MAX_SENDERS = 32;
/** A clock that is further back than this was set or began anew. */
const RESTART_MS = msFromS(10);

export interface PushArrivalsOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** The loopback address unless given. */
  readonly host?: string;
  /** What a sender must know; beyond loopback nobody is let in without one. */
  readonly token?: string | undefined;
  /** What the sender promises of its spans when it sends counts instead of stamps. */
  readonly finestWindowMs?: number;
}

export interface PushArrivals extends ArrivalSource {
  /** Where it listens. */
  readonly url: string;
}

/** Listens at once. Rejects with BackendError `BACKEND_REJECTED` when the port is taken. */
export async function pushArrivals({
  port,
  host = '127.0.0.1',
  token,
  finestWindowMs = 0,
}: PushArrivalsOptions): Promise<PushArrivals> {
  const waiting: ArrivalSpan[] = [];
  let stamps = 0;
  let lastMs: number | undefined;
  let isClosed = false;
  let wake: () => void = () => undefined;

  function next(): ArrivalSpan | undefined {
    const span = waiting.shift();
    stamps -= span?.stampsMs?.length ?? 0;
    return span;
  }

  function take(body: unknown): void {
    const span = spanOf(body, lastMs);
    lastMs = span.toMs;
    waiting.push(span);
    stamps += span.stampsMs?.length ?? 0;
    while (waiting.length > MAX_WAITING || stamps > MAX_WAITING_STAMPS) next();
    wake();
  }

  const guard = portGuard({ host, token });
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    const refused = guard(request);
    if (refused !== undefined) return refuse(request, response, refused);
    answer(request, response, take).catch((error: unknown) => reply(response, 500, String(error)));
  });
  server.requestTimeout = SENDER_TIMEOUT_MS;
  server.headersTimeout = SENDER_TIMEOUT_MS;
  server.maxConnections = MAX_SENDERS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(failure('BACKEND_REJECTED', { place: `${host}:${port}`, what: `cannot listen: ${cause.message}`, cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const url = `http://${host}:${typeof address === 'object' && address !== null ? address.port : port}`;

  async function* spans(signal: AbortSignal): AsyncGenerator<ArrivalSpan> {
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted && !isClosed) {
        const span = next();
        if (span !== undefined) yield span;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  return {
    url,
    describe: () => ({
      kind: 'push',
      place: `${url}/arrivals`,
      precision: finestWindowMs > 0 ? 'counts' : 'stamps',
      finestWindowMs,
    }),
    spans: ({ signal }) => spans(signal),
    close: async () => {
      isClosed = true;
      wake();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  take: (body: unknown) => void,
): Promise<void> {
  if (request.url !== '/arrivals') return reply(response, 404, 'unknown address: send POST /arrivals');
  if (request.method !== 'POST') return reply(response, 405, 'wrong method: send POST /arrivals');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) return reply(response, 413, `body above ${MAX_BODY_BYTES} bytes: send shorter spans`);
    chunks.push(chunk as Buffer);
  }
  try {
    take(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    if (!(error instanceof BackendError || error instanceof SyntaxError)) throw error;
    return reply(response, 400, error.message);
  }
  response.writeHead(204).end();
}

/** The body is not read: the connection ends with the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, reason, headers }: Refusal): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify({ error: reason })}\n`, () => request.destroy());
}

function reply(response: ServerResponse, status: number, error: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify({ error })}\n`);
}

/** Throws BackendError `BACKEND_ANSWER` for an invalid span, or one that begins before the last one ended. */
function spanOf(body: unknown, lastMs: number | undefined): ArrivalSpan {
  const sent = piece(body, 'span');
  const fromMs = amountOf(under(sent, 'from_ms'));
  const toMs = amountOf(under(sent, 'to_ms'));
  if (toMs <= fromMs)
    throw failure('BACKEND_ANSWER', { place: 'span', what: `to_ms = ${toMs}, must be > from_ms = ${fromMs}` });
  // A sender that restarts counts from 0 again, or its clock was set back by much. A span that is only a little too
  // early came late, or from a second sender. The reader would take it for a restart.
  const isLate = fromMs > 0 && toMs > (lastMs ?? 0) - RESTART_MS;
  if (lastMs !== undefined && fromMs < lastMs && (toMs > lastMs || isLate)) {
    throw failure('BACKEND_ANSWER', {
      place: 'span',
      what: `from_ms = ${fromMs}, must be ≥ ${lastMs}, where the last span ended: send spans in order, from one sender`,
    });
  }
  const stamps = maybeUnder(sent, 'stamps_ms');
  if (stamps === undefined) return believable({ fromMs, toMs, count: countOf(under(sent, 'count')), ageMs: 0 });
  const stampsMs = listOf(stamps).map(amountOf);
  if (stampsMs.some((ms, index) => ms <= fromMs || ms > toMs || ms < (stampsMs[index - 1] ?? 0))) {
    throw failure('BACKEND_ANSWER', { place: 'span', what: 'stamps_ms must ascend within (from_ms, to_ms]' });
  }
  return believable({ fromMs, toMs, count: stampsMs.length, stampsMs, ageMs: 0 });
}

function believable(span: ArrivalSpan): ArrivalSpan {
  const problem = spanProblem(span);
  if (problem === undefined) return span;
  throw failure('BACKEND_ANSWER', { place: 'span', what: problem });
}
