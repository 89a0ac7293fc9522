/**
 * Arrivals from an access log. The first line that any format reads decides the format of the file:
 * - those that `tune` reads (nginx with `$msec $request_time`, HAProxy, Envoy);
 * - AWS load balancers, whose second instant is when the request came;
 * - `$msec` alone, and ISO instants;
 * - the common and the combined format, in whole seconds.
 */

import { arrivalOf } from '../../model/notation/access-log-line.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { msFromS, usFromMs } from '../../units.js';
import { BadRows } from './bad-rows.js';
import { arrivalsOf, collected, type Instants, type RecordedArrivals } from './instant-source.js';
import { ByteWindow } from './text/byte-window.js';
import { LineScanner } from './text/line-scanner.js';
import { parseInstantUs, parseLogTimeUs } from './time/instant-notation.js';
import type { TimeZone } from './time/time-zone.js';

const LOADED = /^\S+ \d{4}-\d\d-\d\dT\S+Z .* (\d{4}-\d\d-\d\dT[\d:.]+Z) "/;
const EPOCH = /(?:^|[\s"[=])(\d{10}\.\d{3})(?=$|[\s"\],])/;
const STAMP = /^(?:[^"]*?[\s[])??(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?=[\s\]]|$)/;

type LogReader = (line: string, zone: TimeZone | undefined) => number | undefined;

const READERS: readonly LogReader[] = [
  (line) => usOf(arrivalOf(line, 'nginx')),
  (line, zone) => inZone(usOf(arrivalOf(line, 'haproxy')), zone),
  (line) => usOf(arrivalOf(line, 'envoy')),
  (line) => isoUs(LOADED.exec(line)?.[1]),
  (line) => epochUs(EPOCH.exec(line)?.[1]),
  (line, zone) => isoUs(STAMP.exec(line)?.[1], zone),
  parseLogTimeUs,
];

export interface AccessLogOptions {
  readonly sort: boolean;
  readonly timeZone?: TimeZone | undefined;
  readonly skipBad?: boolean;
}

export interface ImportedLog {
  readonly arrivals: RecordedArrivals;
  /** Whether its lines have whole seconds, as far as its beginning shows. */
  readonly hasWholeSeconds: boolean;
}

/**
 * Opens a log; arrivals are counted from the first line. Throws InputError `TRACE_IMPORT`, here or in reading, or
 * `FILE`.
 */
export function openAccessLog(path: string, { sort, timeZone, skipBad }: AccessLogOptions): ImportedLog {
  const window = new ByteWindow(path);
  const lines = new LineScanner(window);
  const bad = new BadRows(skipBad === true);
  let reader: LogReader | undefined;
  let text = '';
  let instantUs: number | undefined;
  const place = () => `${lines.where}: ${formatOffered(text)}`;
  const instants: Instants = {
    next() {
      do if (!lines.next()) return false;
      while (lines.start === lines.end);
      text = lines.buffer.toString('latin1', lines.start, lines.end);
      reader ??= READERS.find((read) => read(text, timeZone) !== undefined);
      instantUs = reader?.(text, timeZone);
      return true;
    },
    get instantUs() {
      return instantUs;
    },
    isFromStart: false,
    place,
    problem: () => `${place()}, must be a log line with a time such as [10/Oct/2000:13:55:36 -0700]`,
    shown: window.shown,
    close: () => window.close(),
  };
  const hasWholeSeconds = window
    .peek()
    .split('\n')
    .every((line) => (instantIn(line) ?? 0) % SECOND_US === 0);
  return { arrivals: arrivalsOf(instants, { bad, sort }), hasWholeSeconds };
}

/** The instant of a line in any format; undefined for another line. */
function instantIn(line: string): number | undefined {
  for (const read of READERS) {
    const instantUs = read(line, undefined);
    if (instantUs !== undefined) return instantUs;
  }
  return undefined;
}

/** The same as `openAccessLog`, read to its end. */
export function readAccessLog(path: string, options: AccessLogOptions): ArrivalTrace {
  const { arrivals } = openAccessLog(path, options);
  try {
    return { arrivalsUs: collected(arrivals) };
  } finally {
    arrivals.close();
  }
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
