/** Instants in the notations that recorded traces use, as whole microseconds (rounded half up). */
import { msFromS, usFromMs } from '../../units.js';

/**
 * Notations that count from the start of the trace are taken as they are; the others are instants on a calendar or from
 * 1970.
 */
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
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))? ?(Z|UTC|[+-]\d\d:?\d\d)?$/;
const LOG_TIME = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]/;
const LOG_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const UNIT_SUFFIX = /_(s|ms|us)$/;

const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;
const SECONDS_PER_HOUR = SECONDS_PER_MINUTE * MINUTES_PER_HOUR;
const SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR;
const US_DIGITS = 6;

/** Whether a notation counts from the trace's start. */
export function isFromStart(notation: TimeNotation): boolean {
  return notation === 's' || notation === 'ms' || notation === 'us';
}

/**
 * The notation of a first cell, with the unit in its column's name (`arrival_ms`) as a help; undefined when it could be
 * several.
 */
export function guessNotation(cell: string, column: string): TimeNotation | undefined {
  if (ISO.test(cell)) return 'iso';
  const decimal = DECIMAL.exec(cell);
  if (decimal === null) return undefined;
  const epoch = EPOCH_NOTATIONS.get(decimal[1]!.length);
  return epoch ?? (UNIT_SUFFIX.exec(column)?.[1] as TimeNotation | undefined);
}

/**
 * An instant in whole microseconds; undefined when the text is not in that notation. Without a zone an ISO time is UTC.
 */
export function parseInstantUs(text: string, notation: TimeNotation): number | undefined {
  return notation === 'iso' ? parseIso(text) : parseDecimal(text, DIGITS_TO_US[notation]);
}

/** The time of a line of a web server's log in the common or combined format: `[10/Oct/2000:13:55:36 -0700]`. */
export function parseLogTimeUs(line: string): number | undefined {
  const match = LOG_TIME.exec(line);
  if (match === null) return undefined;
  const [, day, monthName, year, hour, minute, second, zone] = match as unknown as string[];
  const month = LOG_MONTHS.indexOf(monthName!) + 1;
  return instantUs({ year, month, day, hour, minute, second }, { fraction: '', zone: zone! });
}

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match as unknown as string[];
  return instantUs({ year, month, day, hour, minute, second }, { fraction: fraction ?? '', zone: zone ?? 'Z' });
}

type DateParts = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string | number | undefined>;

function instantUs(parts: DateParts, { fraction, zone }: { fraction: string; zone: string }): number | undefined {
  const [year, month, day, hour, minute, second] = [
    parts.year,
    parts.month,
    parts.day,
    parts.hour,
    parts.minute,
    parts.second,
  ].map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined; // 60 is a leap second
  const seconds =
    daysSince1970(year, month, day) * SECONDS_PER_DAY +
    hour * SECONDS_PER_HOUR +
    minute * SECONDS_PER_MINUTE +
    second -
    zoneSeconds(zone);
  return usFromMs(msFromS(seconds)) + (fraction === '' ? 0 : parseDecimal(`0.${fraction}`, US_DIGITS)!);
}

function zoneSeconds(zone: string): number {
  if (zone === 'Z' || zone === 'UTC') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * SECONDS_PER_HOUR + Number(zone.slice(-2)) * SECONDS_PER_MINUTE);
}

/** Days of the Gregorian calendar; years are counted from March, so that a leap day is the last of its year. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const marchMonth = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  return 365 * marchYear + leapDays + dayOfYear - DAYS_TO_1970;
}

/** From 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
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
