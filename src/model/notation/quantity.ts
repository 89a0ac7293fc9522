/**
 * Quantities with a unit, as people type them in flags and files. A bare number is refused: it could be seconds or
 * milliseconds.
 */
import { InputError } from '../../errors.js';
import { msFromS, msFromUs, sFromMs } from '../../units.js';

const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;

const MINUTE_MS = msFromS(SECONDS_PER_MINUTE);
const HOUR_MS = MINUTE_MS * MINUTES_PER_HOUR;

/** Units of a duration, longest first. */
const DURATION_UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['d', HOUR_MS * HOURS_PER_DAY],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', msFromS(1)],
  ['ms', 1],
  ['us', msFromUs(1)],
]);

const DURATION_PART = /(\d+(?:\.\d+)?|\.\d+)(d|h|ms|m|s|us)/y;
const RATE = /^(\d+(?:\.\d+)?|\.\d+)\/(s|m|h)$/;
const PERCENT = /^(\d+(?:\.\d+)?|\.\d+)%$/;

/**
 * A duration in milliseconds: `200ms`, `1.5s`, `10m`, `2h30m`, `7d`, `50us`. Parts go from the longest unit to the
 * shortest. Zero is allowed; a sign, a space or a missing unit is not. Throws InputError `QUANTITY`, naming `place`.
 */
export function parseDuration(text: string, place = 'duration'): number {
  let ms = 0;
  let end = 0;
  let longestAllowedMs = Number.POSITIVE_INFINITY;
  while (end < text.length) {
    DURATION_PART.lastIndex = end;
    const part = DURATION_PART.exec(text);
    const unitMs = part === null ? undefined : DURATION_UNITS_MS.get(part[2]!);
    if (part === null || unitMs === undefined || unitMs >= longestAllowedMs) break;
    ms += Number(part[1]) * unitMs;
    longestAllowedMs = unitMs;
    end = DURATION_PART.lastIndex;
  }
  if (text === '' || end < text.length || !Number.isFinite(ms)) {
    throw refusal(text, place, 'a duration with a unit (d, h, m, s, ms, us), such as 200ms, 1.5s, 10m or 2h30m');
  }
  return ms;
}

/** A rate in queries per second: `200/s`, `1500/m`, `0/h`. Throws InputError `QUANTITY`, naming `place`. */
export function parseRate(text: string, place = 'rate'): number {
  const match = RATE.exec(text);
  const unitMs = match === null ? undefined : DURATION_UNITS_MS.get(match[2]!);
  const qps = match === null || unitMs === undefined ? Number.NaN : Number(match[1]) / sFromMs(unitMs);
  if (!Number.isFinite(qps)) throw refusal(text, place, 'a rate with a unit (/s, /m, /h), such as 200/s or 1500/m');
  return qps;
}

/** A share in [0, 1] from a percentage between `0%` and `100%`. Throws InputError `QUANTITY`, naming `place`. */
export function parsePercent(text: string, place = 'share'): number {
  const match = PERCENT.exec(text);
  const percent = match === null ? Number.NaN : Number(match[1]);
  if (!(percent <= 100)) throw refusal(text, place, 'a percentage from 0% to 100%, such as 25%');
  return percent / 100;
}

/** Formats a duration to the millisecond, to whole seconds from a minute up: `2h30m`, `1m30s`, `12.5s`, `200ms`. */
export function formatDuration(ms: number): string {
  if (ms < msFromS(1)) return `${trimmed(ms)}ms`;
  if (ms < MINUTE_MS) return `${trimmed(sFromMs(ms))}s`;
  let restMs = Math.round(sFromMs(ms)) * msFromS(1);
  const parts: string[] = [];
  for (const [unit, unitMs] of DURATION_UNITS_MS) {
    const count = Math.floor(restMs / unitMs);
    if (count === 0) continue;
    parts.push(`${count}${unit}`);
    restMs -= count * unitMs;
  }
  return parts.join('');
}

function trimmed(value: number): string {
  return Number(value.toFixed(3)).toString();
}

function refusal(text: string, place: string, allowed: string): InputError {
  return new InputError('QUANTITY', `${place} = ${text === '' ? '(empty)' : text}, must be ${allowed}`);
}
