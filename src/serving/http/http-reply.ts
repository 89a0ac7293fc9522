/** Requests in and replies out, over plain HTTP. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { InputError } from '../../errors.js';
import type { BodyBudget } from './body-budget.js';

/** What a socket takes at once. A longer answer waits for its reader, who must go on reading. */
const SHORT_ANSWER_BYTES = 65_536;
const READER_TIMEOUT_MS = 30_000;
/** The beginning of every body. It arrives at once, and counts only when the body is here. */
const FREE_BYTES = 65_536;
const MOST_SHOWN = 200;

/** A status with its text, thrown to answer a request. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Refuses a query for now. */
export function busy(reason: string, retryAfterS: number): HttpError {
  return new HttpError(503, reason, { 'retry-after': String(retryAfterS) });
}

export function noSuchCall({ method, url }: IncomingMessage): HttpError {
  return new HttpError(404, `no such call: ${method} ${(url ?? '').slice(0, MOST_SHOWN)}`);
}

/**
 * The whole body. What arrives counts in the budget, if there is one, until the body is here. Throws HttpError 413 as
 * soon as the body is known to be larger than allowed, and 503 when there is no room for it.
 */
export function readBody(request: IncomingMessage, mostBytes: number, budget?: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let counted = 0;
    const end = (settle: () => void) => {
      budget?.arrived(counted);
      request.off('data', take).off('end', finish).off('error', fail).off('close', cut);
      settle();
    };
    const refuse = (error: HttpError) => end(() => reject(error));
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      const more = Math.max(0, bytes - FREE_BYTES) - counted;
      if (bytes > mostBytes) refuse(tooLarge(mostBytes));
      else if (more > 0 && budget !== undefined) {
        if (budget.arrive(more)) counted += more;
        else refuse(busy('too many bytes are arriving', 1));
      }
    };
    const finish = () => end(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const fail = () => refuse(new HttpError(400, 'the request was cut off'));
    const cut = fail;
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
      reject(tooLarge(mostBytes));
      return;
    }
    request.on('data', take).on('end', finish).on('error', fail).on('close', cut);
  });
}

function tooLarge(mostBytes: number): HttpError {
  return new HttpError(413, `the body is larger than ${mostBytes} bytes`);
}

export function replyJson(response: ServerResponse, value: unknown, status = 200): void {
  replyText(response, JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });
}

/** Sends a whole answer. A reader that takes nothing of a long one for half a minute is cut off. */
export function replyText(
  response: ServerResponse,
  text: string,
  { status, headers }: { readonly status: number; readonly headers: OutgoingHttpHeaders },
): void {
  if (response.writableEnded || response.destroyed) return;
  const bytes = Buffer.byteLength(text);
  response.writeHead(status, { 'content-length': bytes, ...headers });
  response.end(text);
  if (bytes > SHORT_ANSWER_BYTES) response.setTimeout(READER_TIMEOUT_MS, () => response.destroy());
}

/** What went wrong, as the Open Inference Protocol states it: `{ error }`. */
export function replyError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers } = error instanceof HttpError ? error : { status: statusOf(error), headers: {} };
  const message = error instanceof Error ? error.message : String(error);
  const text = JSON.stringify({ error: message });
  replyText(response, text, { status, headers: { 'content-type': 'application/json', ...headers } });
}

function statusOf(error: unknown): number {
  return error instanceof InputError ? 400 : 500;
}
