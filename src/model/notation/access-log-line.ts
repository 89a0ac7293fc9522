/**
 * Reads from a line of an access log when its query arrived. A proxy writes the line when it answers, so the arrival is
 * the start that the line gives, or the line's own time less the time taken:
 * - `nginx`: `$msec $request_time`, side by side anywhere in the line (epoch seconds at the end, then seconds taken);
 * - `haproxy`: the accept date of `option httplog`, `[22/Nov/2026:12:26:05.123]`, which is the start;
 * - `envoy`: `[%START_TIME%]`, `[2026-11-22T12:26:05.123Z]`, which is the start.
 */

import { msFromS } from '../../units.js';
import { type DateParts, LOG_MONTHS, secondsSince1970 } from './calendar.js';

const NGINX = /(?:^|[\s"[=])(\d{9,11}\.\d{3})[\s"\]]+(?:\w+=)?"?(\d+\.\d{3})(?=$|[\s"\],])/;
const HAPROXY = /\[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})\.(\d{3})\]/;
const ENVOY = /\[(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})\.(\d{3})Z\]/;

/** Formats of access logs that `tune` reads. */
export const LOG_FORMATS = ['nginx', 'haproxy', 'envoy'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Milliseconds since 1970 by the log's clock; undefined for a line without a time. */
export function arrivalOf(line: string, format: LogFormat): number | undefined {
  if (format === 'nginx') return nginxArrival(line);
  if (format === 'haproxy') return haproxyArrival(line);
  return envoyArrival(line);
}

function nginxArrival(line: string): number | undefined {
  const match = NGINX.exec(line);
  // Whole milliseconds first: 1795350365.123 s has more digits than its difference needs.
  return match === null ? undefined : Math.round(msFromS(Number(match[1]))) - Math.round(msFromS(Number(match[2])));
}

/** HAProxy writes local time without a zone. It is read as UTC; the caller finds the difference (log-timing.ts). */
function haproxyArrival(line: string): number | undefined {
  const match = HAPROXY.exec(line);
  if (match === null) return undefined;
  const [, day, month, year, hour, minute, second, ms] = match;
  return msSince1970({ year, month: LOG_MONTHS.indexOf(month!) + 1, day, hour, minute, second }, ms!);
}

function envoyArrival(line: string): number | undefined {
  const match = ENVOY.exec(line);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, ms] = match;
  return msSince1970({ year, month, day, hour, minute, second }, ms!);
}

function msSince1970(parts: DateParts, ms: string): number | undefined {
  const seconds = secondsSince1970(parts);
  return seconds === undefined ? undefined : msFromS(seconds) + Number(ms);
}
