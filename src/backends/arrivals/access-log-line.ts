/**
 * Reads from a line of an access log when its query arrived. A proxy writes the line when it answers, so the arrival is
 * the start that the line gives, or the line's own time less the time taken:
 * - `nginx`: `$msec $request_time`, side by side anywhere in the line (epoch seconds at the end, then seconds taken);
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

/**
 * HAProxy writes local time without a zone. Only differences count, so any zone will do, but local time jumps twice a
 * year.
 */
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
