/**
 * HTTP as backends use it: one call, one answer, and JSON checked before use. The one home of the HTTP client in this
 * folder. An answer is bounded while it is read: its bytes here, its time by the caller's signal, its headers by the
 * client (16 KiB). Redirects are not followed, and nothing is unpacked: both are answers of another shape.
 */
import { type Dispatcher, request } from 'undici';
import { BackendError } from '../../errors.js';
import { boundedText } from './bounded-text.js';
import { failure, quoted } from './failure.js';

const OK = 200;

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends a request and reads the whole answer, of any status. Throws BackendError `BACKEND_UNREACHABLE`,
 * `BACKEND_ANSWER` for an answer without end, or the signal's reason.
 */
export type HttpCall = (request: HttpRequest) => Promise<HttpAnswer>;

/** As `HttpCall`, with the text of a 2xx answer in pieces as they come. Other statuses throw as `ask` does. */
export type HttpStream = (request: HttpRequest) => AsyncIterable<string>;

export const callHttp: HttpCall = async ({ url, signal, ...rest }) => {
  try {
    const answer = await request(url, options({ url, signal, ...rest }));
    const text = await boundedText(answer.body, { place: shownUrl(url) });
    return { status: answer.statusCode, text };
  } catch (cause) {
    throw cause instanceof BackendError ? cause : unreachable(url, signal, cause);
  }
};

export const streamHttp: HttpStream = async function* ({ url, signal, ...rest }) {
  try {
    const answer = await request(url, options({ url, signal, ...rest }));
    if (answer.statusCode !== OK) {
      const text = await boundedText(answer.body, { place: shownUrl(url) });
      throw refusal(url, { status: answer.statusCode, text });
    }
    answer.body.setEncoding('utf8');
    for await (const piece of answer.body) yield String(piece);
  } catch (cause) {
    throw cause instanceof BackendError ? cause : unreachable(url, signal, cause);
  }
};

/**
 * The text of a 2xx answer. Throws BackendError `BACKEND_REJECTED` (4xx), `BACKEND_BUSY` (429, 5xx), and what `call`
 * throws.
 */
export async function ask(call: HttpCall, request: HttpRequest): Promise<string> {
  const answer = await call(request);
  if (!(answer.status >= OK && answer.status < 300)) throw refusal(request.url, answer);
  return answer.text;
}

/**
 * The JSON of a 2xx answer. Sends `body` as JSON when given. Throws as `ask` does, and `BACKEND_ANSWER` for invalid
 * JSON.
 */
export async function askJson(
  call: HttpCall,
  { body, headers, ...request }: Omit<HttpRequest, 'body'> & { readonly body?: unknown },
): Promise<unknown> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const text = await ask(call, { ...request, ...sent, headers: { accept: 'application/json', ...type, ...headers } });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw failure('BACKEND_ANSWER', {
      place: shownUrl(request.url),
      what: `must answer JSON, answered ${quoted(text)}`,
      cause,
    });
  }
}

/** A URL without what may be a secret: user, password and query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

function options({ method, headers, body, signal }: HttpRequest): Parameters<typeof request>[1] {
  return {
    method: method as Dispatcher.HttpMethod,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(body === undefined ? {} : { body }),
    signal,
    // A change of replicas is answered when they are ready: only the caller's own time-out ends the wait.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

function refusal(url: string, { status, text }: HttpAnswer): BackendError {
  const isBusy = status === 429 || status >= 500;
  const what = `answered ${status}: ${quoted(text)}`;
  return failure(isBusy ? 'BACKEND_BUSY' : 'BACKEND_REJECTED', { place: shownUrl(url), what });
}

function unreachable(url: string, signal: AbortSignal, cause: unknown): unknown {
  if (signal.aborted) return signal.reason;
  const { code, message } = cause as { code?: string; message?: string };
  const what = `no answer: ${quoted(message || code || String(cause))}`;
  return failure('BACKEND_UNREACHABLE', { place: shownUrl(url), what, cause });
}
