/** Days and seconds of the Gregorian calendar, without a zone. */

const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;
const SECONDS_PER_HOUR = SECONDS_PER_MINUTE * MINUTES_PER_HOUR;
const SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR;
/** From 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

/** Names of the months in access logs, in their order. */
export const LOG_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A date from 1 on, and a time of day; all are digits, as they stand in a text. */
export type DateParts = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string | number | undefined>;

/** Seconds since 1970-01-01 00:00:00 of the same clock; undefined for a date or a time that does not exist. */
export function secondsSince1970(parts: DateParts): number | undefined {
  const year = Number(parts.year);
  const month = Number(parts.month);
  const day = Number(parts.day);
  const hour = Number(parts.hour);
  const minute = Number(parts.minute);
  const second = Number(parts.second);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined;
  const isMidnight = hour === 24 && minute === 0 && second === 0; // the end of its day
  if (!isMidnight && !(hour <= 23 && minute <= 59 && second <= 60)) return undefined; // 60 is a leap second
  return (
    daysSince1970(year, month, day) * SECONDS_PER_DAY + hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE + second
  );
}

/** Seconds of an offset from UTC: `Z`, `z`, `UTC`, `GMT`, `+01`, `+0530`, `-07:00`. */
export function offsetSeconds(offset: string): number {
  if (offset === 'Z' || offset === 'z' || offset === 'UTC' || offset === 'GMT') return 0;
  const sign = offset.startsWith('-') ? -1 : 1;
  const minutes = offset.length > HOUR_OFFSET_LENGTH ? Number(offset.slice(-2)) : 0;
  return sign * (Number(offset.slice(1, HOUR_OFFSET_LENGTH)) * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE);
}

const HOUR_OFFSET_LENGTH = '+01'.length;

/** Years are counted from March, so that a leap day is the last of its year. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const marchMonth = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  return 365 * marchYear + leapDays + dayOfYear - DAYS_TO_1970;
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
