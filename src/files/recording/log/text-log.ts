/** Access logs of proxies and web servers whose lines are text. */
import { arrivalOf } from '../../../model/notation/access-log-line.js';
import { msFromS, usFromMs } from '../../../units.js';
import { parseInstantUs, parseLogTimeUs } from '../time/instant-notation.js';
import type { TimeZone } from '../time/time-zone.js';
import { type LogFormat, type LoggedRequest, pathOf } from './log-format.js';

const LOADED = /^\S+ \d{4}-\d\d-\d\dT\S+Z .* (\d{4}-\d\d-\d\dT[\d:.]+Z) "/;
const EPOCH = /(?:^|[\s"[=])(\d{10}\.\d{3})(?=$|[\s"\],])/;
const STAMP = /^(?:[^"]*?[\s[])??(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?=[\s\]]|$)/;

const REQUEST = /"[A-Z]{3,16} ([^\s"]+)(?: [A-Z]+\/[\d.]+)?"(?: (\d{3})\b)?/;
/** HAProxy's five times stand before the status. */
const TIMES_STATUS = / (?:\+?-?\d+\/){4}\+?-?\d+ (-?\d+) /;
/** A load balancer's three times stand before it. */
const LOADED_STATUS = /^\S+ \S+Z \S+ \S+ \S+ -?[\d.]+ -?[\d.]+ -?[\d.]+ (\d{3}|-) /;

/**
 * - those that `tune` reads (nginx with `$msec $request_time`, HAProxy, Envoy);
 * - AWS load balancers, whose second instant is when the request came;
 * - `$msec` alone, and ISO instants;
 * - the common and the combined format, in whole seconds.
 */
export const TEXT_LOGS: readonly LogFormat[] = [
  { arrivalUs: (line) => usOf(arrivalOf(line, 'nginx')), request: requestIn },
  {
    arrivalUs: (line, zone) => inZone(usOf(arrivalOf(line, 'haproxy')), zone),
    request: (line) => ({ ...requestIn(line), status: TIMES_STATUS.exec(line)?.[1] }),
  },
  { arrivalUs: (line) => usOf(arrivalOf(line, 'envoy')), request: requestIn },
  {
    arrivalUs: (line) => isoUs(LOADED.exec(line)?.[1]),
    request: (line) => ({ ...requestIn(line), status: LOADED_STATUS.exec(line)?.[1] }),
  },
  { arrivalUs: (line) => epochUs(EPOCH.exec(line)?.[1]), request: requestIn },
  { arrivalUs: (line, zone) => isoUs(STAMP.exec(line)?.[1], zone), request: requestIn },
  { arrivalUs: parseLogTimeUs, request: requestIn },
];

/** Whether a line is of a log and not of a table: it has a time in the notation of a log, or a request. */
export function isLogLine(line: string): boolean {
  return (
    parseLogTimeUs(line) !== undefined ||
    TEXT_LOGS.some(
      ({ arrivalUs, request }) => arrivalUs(line, undefined) !== undefined && request(line).path !== undefined,
    )
  );
}

function requestIn(line: string): LoggedRequest {
  const [, target, status] = REQUEST.exec(line) ?? [];
  return { path: target === undefined ? undefined : pathOf(target), status };
}

function usOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : usFromMs(ms);
}

function isoUs(text: string | undefined, zone?: TimeZone): number | undefined {
  return text === undefined ? undefined : parseInstantUs(text, 'iso', zone);
}

function epochUs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseInstantUs(text, 'epoch-s');
}

const SECOND_US = usFromMs(msFromS(1));

/** A local time that was read as UTC. */
function inZone(localUs: number | undefined, zone: TimeZone | undefined): number | undefined {
  if (localUs === undefined || zone === undefined) return localUs;
  const fractionUs = localUs % SECOND_US;
  const seconds = zone.secondsOf((localUs - fractionUs) / SECOND_US);
  return seconds === undefined ? undefined : seconds * SECOND_US + fractionUs;
}
