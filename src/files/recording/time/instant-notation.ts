/** Instants in the notations that recorded traces use, as whole microseconds (rounded half up). */
import { type DateParts, LOG_MONTHS, offsetSeconds, secondsSince1970 } from '../../../model/notation/calendar.js';
import { msFromS, usFromMs } from '../../../units.js';
import { type TimeZone, UTC } from './time-zone.js';

/** `s`, `ms` and `us` count from the trace's start; the others are instants on a calendar or since 1970. */
export const TIME_NOTATIONS = ['iso', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 's', 'ms', 'us'] as const;
export type TimeNotation = (typeof TIME_NOTATIONS)[number];

/** How many decimal digits lie between a notation's unit and a microsecond. */
const DIGITS_TO_US: Readonly<Record<Exclude<TimeNotation, 'iso'>, number>> = {
  'epoch-s': 6,
  'epoch-ms': 3,
  'epoch-us': 0,
  'epoch-ns': -3,
  s: 6,
  ms: 3,
  us: 0,
};

/** Number of digits of an instant in the years 2001 to 2286, by unit. */
const EPOCH_NOTATIONS: ReadonlyMap<number, TimeNotation> = new Map([
  [10, 'epoch-s'],
  [13, 'epoch-ms'],
  [16, 'epoch-us'],
  [19, 'epoch-ns'],
]);

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;
/** Also with the name of a zone behind its offset, as Java prints it. */
const ISO =
  /^(\d{4})([-/])(\d\d)\2(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)? ?(?:(Z|z|UTC|GMT|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)(?:\[[\w/+-]+\])?)?$/;
/** The same without marks between its parts: `20260131T235959Z`. */
const BASIC_ISO = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)((?:[.,]\d+)?(?:Z|[+-]\d\d(?:\d\d)?)?)$/;
const LOG_TIME = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]/;
const UNIT_SUFFIX = /_(s|ms|us)$/;

const US_DIGITS = 6;

/** Whether a notation counts from the trace's start. */
export function isFromStart(notation: TimeNotation): boolean {
  return notation === 's' || notation === 'ms' || notation === 'us';
}

/** The notation of a first cell, helped by the unit in its column's name (`arrival_ms`); undefined when unclear. */
export function guessNotation(cell: string, column: string): TimeNotation | undefined {
  if (ISO.test(cell) || BASIC_ISO.test(cell)) return 'iso';
  const decimal = DECIMAL.exec(cell);
  if (decimal === null) return undefined;
  const epoch = EPOCH_NOTATIONS.get(decimal[1]!.length);
  return epoch ?? (UNIT_SUFFIX.exec(column)?.[1] as TimeNotation | undefined);
}

/**
 * An instant in whole microseconds; undefined when the text is not in that notation. An ISO time without a zone is
 * local time of `zone`, or UTC.
 */
export function parseInstantUs(text: string, notation: TimeNotation, zone?: TimeZone): number | undefined {
  return notation === 'iso' ? parseIso(text, zone) : parseDecimal(text, DIGITS_TO_US[notation]);
}

/** Whether a number is of the length that instants in this notation have; true of what does not count from 1970. */
export function hasLengthOf(cell: string, notation: TimeNotation): boolean {
  const digits = DECIMAL.exec(cell)?.[1]?.length ?? 0;
  const own = [...EPOCH_NOTATIONS].find(([, name]) => name === notation)?.[0];
  return own === undefined || Math.abs(digits - own) <= 1;
}

/** Whether a local time is one that the clock of a zone skipped when it was set forward. */
export function isSkippedTime(text: string, notation: TimeNotation | undefined, zone: TimeZone | undefined): boolean {
  return (
    notation === 'iso' &&
    zone !== undefined &&
    parseInstantUs(text, notation, zone) === undefined &&
    parseInstantUs(text, notation) !== undefined
  );
}

/** A duration in whole microseconds from its number; undefined for other text. */
export function parseDurationUs(text: string, unit: 's' | 'ms' | 'us'): number | undefined {
  return parseDecimal(text, DIGITS_TO_US[unit]);
}

/** The unit that a column's name ends in (`latency_ms`). */
export function unitInName(column: string): 's' | 'ms' | 'us' | undefined {
  return UNIT_SUFFIX.exec(column)?.[1] as 's' | 'ms' | 'us' | undefined;
}

/** The time of a line of a web server's log in the common or combined format: `[10/Oct/2000:13:55:36 -0700]`. */
export function parseLogTimeUs(line: string): number | undefined {
  const match = LOG_TIME.exec(line);
  if (match === null) return undefined;
  const [, day, monthName, year, hour, minute, second, zone] = match as unknown as string[];
  const month = LOG_MONTHS.indexOf(monthName!) + 1;
  return instantUs({ year, month, day, hour, minute, second }, { fraction: '', offset: zone! });
}

function parseIso(text: string, zone: TimeZone | undefined): number | undefined {
  const match = ISO.exec(text.replace(BASIC_ISO, '$1-$2-$3T$4:$5:$6$7'));
  if (match === null) return undefined;
  const [, year, , month, day, hour, minute, second = '00', fraction, offset] = match as unknown as string[];
  return instantUs({ year, month, day, hour, minute, second }, { fraction: fraction ?? '', offset, zone });
}

function instantUs(
  parts: DateParts,
  { fraction, offset, zone }: { fraction: string; offset: string | undefined; zone?: TimeZone | undefined },
): number | undefined {
  const localSeconds = secondsSince1970(parts);
  if (localSeconds === undefined) return undefined;
  const seconds = offset === undefined ? (zone ?? UTC).secondsOf(localSeconds) : localSeconds - offsetSeconds(offset);
  if (seconds === undefined) return undefined;
  return usFromMs(msFromS(seconds)) + (fraction === '' ? 0 : parseDecimal(`0.${fraction}`, US_DIGITS)!);
}

/** A decimal number times 10^`shift`, rounded half up, from its digits: no binary fraction comes between. */
function parseDecimal(text: string, shift: number): number | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const whole = match[1]!;
  const fraction = match[2] ?? '';
  const point = whole.length + shift;
  const digits = (whole + fraction).padStart(whole.length + fraction.length + Math.max(0, -point), '0');
  const from = Math.max(0, point);
  const kept = point <= 0 ? '0' : digits.slice(0, from).padEnd(from, '0');
  const value = Number(kept) + ((digits[from] ?? '0') >= '5' && point >= 0 ? 1 : 0);
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
