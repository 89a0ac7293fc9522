/** Requests in and replies out, over plain HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InputError } from '../../errors.js';

/** A status with its text, thrown to answer a request. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The whole body. Throws HttpError 413 when it is larger than allowed. */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= mostBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      if (bytes > mostBytes) reject(new HttpError(413, `the body is larger than ${mostBytes} bytes`));
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.on('error', reject);
    request.on('aborted', () => reject(new HttpError(400, 'the request was cut off')));
  });
}

export function replyJson(response: ServerResponse, value: unknown, status = 200): void {
  replyText(response, JSON.stringify(value), { status, contentType: 'application/json' });
}

export function replyText(
  response: ServerResponse,
  text: string,
  { status, contentType }: { status: number; contentType: string },
): void {
  if (response.writableEnded || response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Refuses a query for now. */
export function replyBusy(response: ServerResponse, reason: string, retryAfterS: number): void {
  response.setHeader('retry-after', String(retryAfterS));
  replyJson(response, { error: reason }, 503);
}

/** What went wrong, as the Open Inference Protocol states it: `{ error }`. */
export function replyError(response: ServerResponse, error: unknown): void {
  const status = error instanceof HttpError ? error.status : error instanceof InputError ? 400 : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else replyJson(response, { error: message }, status);
}
