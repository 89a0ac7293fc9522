/**
 * Who may call a port that changes or tells something. A web page of anywhere can make a browser send requests to this
 * machine, so loopback alone proves nothing. The guard refuses what a browser sends for a foreign page: a foreign Origin,
 * a Host that is no loopback name (DNS rebinding), and a body of a type that needs no preflight. Beyond loopback only a
 * bearer token proves anything.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Why a request is not let in, as its answer. */
export interface Refusal {
  readonly status: 401 | 403 | 415;
  readonly reason: string;
  /** For the answer: 401 says which scheme is wanted. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface GuardedRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Undefined lets the request in. */
export type PortGuard = (request: GuardedRequest) => Refusal | undefined;

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/i;
const WITH_BODY = ['POST', 'PUT', 'PATCH'];
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const BEARER = /^bearer +(\S+) *$/i;
/** What a browser says of a request that its user, or a page of the same server, has made. */
const OWN_SITES = ['same-origin', 'none'];

/** Whether an address that a server listens on, or the host of a URL, can only be this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * The guard of a port.
 * @param host the address that the port listens on. On a loopback address a request needs the token only where there is
 *   one. On any other address every request needs it, and without one none is let in.
 */
export function portGuard({ host, token }: { readonly host: string; readonly token?: string | undefined }): PortGuard {
  const needsToken = token !== undefined || !isLoopback(host);
  const expected = token === undefined ? undefined : digest(token);
  return ({ method = 'GET', headers }) => {
    const foreign = foreignSender(headers, needsToken);
    if (foreign !== undefined) return refusal(403, foreign);
    if (needsToken && !holdsToken(headers.authorization, expected)) return refusal(401, wantedToken(expected));
    const type = headers['content-type'];
    if (!WITH_BODY.includes(method) || (type !== undefined && JSON_TYPE.test(type))) return undefined;
    return refusal(415, `content-type = ${shown(type)}, must be application/json`);
  };
}

/** What gives a foreign web page away. A token proves more than the name in Host, which may then be any. */
function foreignSender(headers: IncomingHttpHeaders, hasToken: boolean): string | undefined {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (!hasToken && host !== undefined && !isLoopback(hostname(host))) {
    return `host = ${shown(host)}, must be a loopback name such as 127.0.0.1 or localhost, or the server needs a token`;
  }
  if (origin !== undefined && !isOwnOrigin(origin, host)) {
    return `origin = ${shown(origin)}, must be this server's own: web pages of others may not call it`;
  }
  if (site !== undefined && !OWN_SITES.includes(String(site))) {
    return `sec-fetch-site = ${shown(String(site))}: web pages of others may not call this server`;
  }
  return undefined;
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && [`http://${host}`, `https://${host}`].includes(origin.toLowerCase());
}

/** Of `name:port`, `[::1]:port` or either without a port. */
function hostname(host: string): string {
  return host.replace(/:\d*$/, '');
}

/** Compares digests, which have one length, in a time that tells nothing about the token. */
function holdsToken(authorization: string | undefined, expected: Buffer | undefined): boolean {
  const given = BEARER.exec(authorization ?? '')?.[1];
  return given !== undefined && expected !== undefined && timingSafeEqual(digest(given), expected);
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function wantedToken(expected: Buffer | undefined): string {
  return expected === undefined
    ? 'this call needs a token, and the server was started without one: start it with --token-file or INFER_PLAN_TOKEN'
    : 'this call needs the header authorization: Bearer TOKEN, with the token of the server';
}

function refusal(status: Refusal['status'], reason: string): Refusal {
  return { status, reason, headers: status === 401 ? { 'www-authenticate': 'Bearer' } : {} };
}

function shown(text: string | undefined): string {
  return text === undefined ? '(missing)' : text.slice(0, 80);
}
