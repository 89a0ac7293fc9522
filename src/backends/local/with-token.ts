/** The token of a running engine, sent with every call. */
import { bearer } from '../../http-port/token.js';
import type { HttpRequest } from '../shared/http.js';

/** A call or a stream that sends the token; unchanged without one. */
export function withToken<Answer>(
  call: (request: HttpRequest) => Answer,
  token: string | undefined,
): (request: HttpRequest) => Answer {
  if (token === undefined) return call;
  return (request) => call({ ...request, headers: { ...request.headers, ...bearer(token) } });
}
