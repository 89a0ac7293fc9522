/** Access logs of one JSON object a line, by the names of their fields. */

import { fieldOf } from '../json/json-path.js';
import { isObject, parsed } from '../json/json-rows.js';
import { guessNotation, parseDurationUs, parseInstantUs } from '../time/instant-notation.js';
import type { TimeZone } from '../time/time-zone.js';
import { type LogFormat, pathOf } from './log-format.js';

interface JsonNames {
  /** Field of the instant that the query came. */
  readonly start?: string;
  /** Or of the instant that it was answered, and of the time taken until then. */
  readonly end?: string;
  readonly duration?: string;
  /** A field that no other server writes. */
  readonly mark: string;
  readonly path: readonly string[];
  readonly status: string;
}

/** Who writes which names. Numbers of a duration are seconds. */
const SERVERS: readonly JsonNames[] = [
  // Caddy: https://caddyserver.com/docs/caddyfile/directives/log
  { end: 'ts', duration: 'duration', mark: 'request.uri', path: ['request.uri'], status: 'status' },
  // Traefik: https://doc.traefik.io/traefik/observability/access-logs
  { start: 'StartUTC', mark: 'StartUTC', path: ['RequestPath'], status: 'DownstreamStatus' },
  // Envoy and Istio: https://istio.io/latest/docs/tasks/observability/logs/access-log
  { start: 'start_time', mark: 'response_code', path: ['path'], status: 'response_code' },
  // nginx with `escape=json` and names as its variables
  { end: 'msec', duration: 'request_time', mark: 'msec', path: ['uri', 'request_uri', 'request'], status: 'status' },
  {
    end: 'time_iso8601',
    duration: 'request_time',
    mark: 'time_iso8601',
    path: ['uri', 'request_uri', 'request'],
    status: 'status',
  },
  // Google Cloud load balancers: https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring
  {
    start: 'timestamp',
    mark: 'httpRequest.requestUrl',
    path: ['httpRequest.requestUrl'],
    status: 'httpRequest.status',
  },
  // Cloudflare: https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests
  {
    start: 'EdgeStartTimestamp',
    mark: 'EdgeStartTimestamp',
    path: ['ClientRequestPath', 'ClientRequestURI'],
    status: 'EdgeResponseStatus',
  },
];

const DURATION = /^(\d+(?:\.\d+)?)(s|ms|us|µs)?$/;
const REQUEST_LINE = /^[A-Z]+ (\S+)/;

export const JSON_LOGS: readonly LogFormat[] = SERVERS.map((names) => ({
  arrivalUs: (line, zone) => arrivalUs(line, names, zone),
  allowed: `an object with ${[names.start ?? names.end, names.duration].filter(Boolean).join(' and ')}`,
  stampUs: (line) => instantUs(objectIn(line), names.start ?? names.end!, undefined),
  request(line) {
    const object = objectIn(line);
    const target = names.path.map((field) => textOf(object, field)).find((text) => text !== undefined);
    return {
      path: target === undefined ? undefined : pathOf(REQUEST_LINE.exec(target)?.[1] ?? target),
      status: textOf(object, names.status),
    };
  },
}));

function arrivalUs(line: string, names: JsonNames, zone: TimeZone | undefined): number | undefined {
  const object = objectIn(line);
  if (object === undefined || textOf(object, names.mark) === undefined) return undefined;
  if (names.start !== undefined) return instantUs(object, names.start, zone);
  const endUs = instantUs(object, names.end!, zone);
  const [, number, unit = 's'] = DURATION.exec(textOf(object, names.duration!) ?? '') ?? [];
  if (endUs === undefined || number === undefined) return undefined;
  return endUs - parseDurationUs(number, unit.replace('µ', 'u') as 's' | 'ms' | 'us')!;
}

/** The object on a line; undefined for any other line, which costs no parsing. */
function objectIn(line: string): Record<string, unknown> | undefined {
  const value = line.startsWith('{') ? parsed(line) : undefined;
  return isObject(value) ? value : undefined;
}

function instantUs(object: unknown, field: string, zone: TimeZone | undefined): number | undefined {
  const text = textOf(object, field) ?? '';
  const notation = guessNotation(text, '');
  return notation === undefined ? undefined : parseInstantUs(text, notation, zone);
}

function textOf(object: unknown, field: string): string | undefined {
  const value = fieldOf(object, field);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
