/** Arrivals from an access log. The first line that any format reads decides the format of the file. */
import { formatOffered } from '../../model/notation/offered-value.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { msFromS, usFromMs } from '../../units.js';
import { BadRows } from './bad-rows.js';
import { arrivalsOf, collected, type Instants, type RecordedArrivals } from './instant-source.js';
import { isJson } from './json-recording.js';
import { JSON_LOGS } from './log/json-log.js';
import { type LogFilter, matcherOf } from './log/log-filter.js';
import type { LogFormat } from './log/log-format.js';
import { TEXT_LOGS } from './log/text-log.js';
import { isW3c, w3cLog } from './log/w3c-log.js';
import { ByteWindow } from './text/byte-window.js';
import { LineScanner } from './text/line-scanner.js';
import { skippedIn, type TimeZone } from './time/time-zone.js';

export interface AccessLogOptions extends LogFilter {
  readonly sort: boolean;
  readonly timeZone?: TimeZone | undefined;
  readonly skipBad?: boolean;
}

export interface ImportedLog {
  readonly arrivals: RecordedArrivals;
  /** Whether its lines have whole seconds, as far as its beginning shows. */
  readonly hasWholeSeconds: boolean;
}

const OTHER_KIND = {
  json: 'These are fields of no server that is known: give --field instead of --log.',
  table: 'If this is a table and no log, give --column instead of --log.',
};

const ANY_LINE = 'a log line with a time such as [10/Oct/2000:13:55:36 -0700]';
const SECOND_US = usFromMs(msFromS(1));

/**
 * Opens a log; arrivals are counted from the first line. Throws InputError `TRACE_IMPORT`, here or in reading, or
 * `FILE`.
 */
export function openAccessLog(path: string, { sort, timeZone, skipBad, ...filter }: AccessLogOptions): ImportedLog {
  const window = new ByteWindow(path);
  const lines = new LineScanner(window);
  const bad = new BadRows(skipBad === true);
  const beginning = window.peek();
  const firstLines = beginning.split(/\r?\n/);
  const matches = matcherOf(filter);
  let format: LogFormat | undefined = isW3c(firstLines[0]!) ? w3cLog() : undefined;
  let text = '';
  let instantUs: number | undefined;
  const place = () => `${lines.where}: ${formatOffered(text)}`;

  /** Whether the present line is one of those that count. */
  const takeLine = (): boolean => {
    if (lines.start === lines.end) return false;
    text = lines.buffer.toString('latin1', lines.start, lines.end);
    if (format?.isAboutLog?.(text)) return false;
    format ??= formatOf(text, timeZone);
    instantUs = format?.arrivalUs(text, timeZone);
    return matches === undefined || instantUs === undefined || matches(format!.request(text));
  };

  const instants: Instants = {
    next() {
      while (lines.next()) if (takeLine()) return true;
      return false;
    },
    get instantUs() {
      return instantUs;
    },
    get hint() {
      return format === undefined ? OTHER_KIND[isJson(beginning) ? 'json' : 'table'] : undefined;
    },
    isFromStart: false,
    place,
    problem() {
      const isSkipped = timeZone !== undefined && format?.arrivalUs(text, undefined) !== undefined;
      return `${place()}, ${isSkipped ? skippedIn(timeZone) : `must be ${format?.allowed ?? ANY_LINE}`}`;
    },
    shown: window.shown,
    ...(matches !== undefined && { rowsName: 'lines that --path and --status choose' }),
    close: () => window.close(),
  };
  return { arrivals: arrivalsOf(instants, { bad, sort }), hasWholeSeconds: hasWholeSeconds(firstLines) };
}

/** The format of a line, whatever log it is from; undefined for any other line. */
function formatOf(line: string, zone?: TimeZone): LogFormat | undefined {
  const formats = line.startsWith('{') ? JSON_LOGS : TEXT_LOGS;
  return formats.find((format) => format.arrivalUs(line, zone) !== undefined);
}

/** Whether no line says more than whole seconds. */
function hasWholeSeconds(lines: readonly string[]): boolean {
  const w3c = isW3c(lines[0]!) ? w3cLog() : undefined;
  return lines.every((line) => {
    const format = w3c?.isAboutLog?.(line) ? undefined : (w3c ?? formatOf(line));
    const stampUs = format?.stampUs?.(line) ?? format?.arrivalUs(line, undefined);
    return (stampUs ?? 0) % SECOND_US === 0;
  });
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
