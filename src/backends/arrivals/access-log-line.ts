/**
 * When a query arrived, from a line of an access log. A log is written when the answer is sent, so the arrival is what the line says of the start, or its own time less
 * how long the query took:
 * - `nginx`: `$msec $request_time` (epoch seconds with milliseconds at the end, then seconds taken), wherever in the line they stand side by side;
 * - `haproxy`: the accept date of `option httplog`, `[22/Nov/2026:12:26:05.123]`, which is the start;
 * - `envoy`: `[%START_TIME%]`, `[2026-11-22T12:26:05.123Z]`, which is the start.
 */
import type { LogFormat } from '../../model/backend-spec.js';
import { msFromS } from '../../units.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const NGINX = /(?:^|[\s"[=])(\d{9,11}\.\d{3})[\s"\]]+(?:\w+=)?"?(\d+\.\d{3})(?=$|[\s"\],])/;
const HAPROXY = /\[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})\.(\d{3})\]/;
const ENVOY = /\[(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)\]/;

/** Milliseconds since 1970 by the log's clock; undefined for a line that does not say. */
export function arrivalOf(line: string, format: LogFormat): number | undefined {
  if (format === 'nginx') return nginxArrival(line);
  if (format === 'haproxy') return haproxyArrival(line);
  const match = ENVOY.exec(line);
  return match === null ? undefined : finite(Date.parse(match[1]!));
}

function nginxArrival(line: string): number | undefined {
  const match = NGINX.exec(line);
  // Whole milliseconds first: 1795350365.123 s has more digits than its difference needs.
  return match === null ? undefined : Math.round(msFromS(Number(match[1]))) - Math.round(msFromS(Number(match[2])));
}

/** HAProxy writes local time without a zone: as good as any clock, since only differences count, but one that is set twice a year. */
function haproxyArrival(line: string): number | undefined {
  const match = HAPROXY.exec(line);
  if (match === null) return undefined;
  const [, day, month, year, hour, minute, second, ms] = match;
  const index = MONTHS.indexOf(month!);
  if (index < 0) return undefined;
  return finite(Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second), Number(ms)));
}

function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}
