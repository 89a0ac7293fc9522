/** Local time of a named zone as seconds since 1970, by the time zones that Node.js knows. */
import { type DateParts, secondsSince1970 } from '../../../model/notation/calendar.js';
import { msFromS } from '../../../units.js';

export interface TimeZone {
  readonly name: string;
  /** How many of the local times asked for so far come twice. */
  readonly doubled: number;
  /**
   * The instant of a local time, both in seconds since 1970. Where the clock is set back, a local time comes twice: the
   * first is meant, unless the instants asked for before are later. Undefined where the clock is set forward and skips
   * the local time.
   */
  secondsOf(localSeconds: number): number | undefined;
}

export const UTC: TimeZone = {
  name: 'UTC',
  doubled: 0,
  secondsOf: (localSeconds) => localSeconds,
};

const SECONDS_PER_DAY = 86_400;
/** Zones change at whole quarters of an hour. */
const QUARTER_SECONDS = 900;

/** Undefined for a name that is no time zone. */
export function openTimeZone(name: string): TimeZone | undefined {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  const offsets = new Map<number, number>();
  let doubled = 0;
  let latest = Number.NEGATIVE_INFINITY;

  /** Local time less UTC at an instant. */
  const offsetAt = (seconds: number): number => {
    const quarter = Math.floor(seconds / QUARTER_SECONDS);
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const at = quarter * QUARTER_SECONDS;
    const parts = Object.fromEntries(format.formatToParts(msFromS(at)).map(({ type, value }) => [type, Number(value)]));
    const offset = secondsSince1970(parts as DateParts)! - at;
    offsets.set(quarter, offset);
    return offset;
  };

  return {
    name,
    get doubled() {
      return doubled;
    },
    secondsOf(localSeconds) {
      const before = localSeconds - offsetAt(localSeconds - SECONDS_PER_DAY);
      const after = localSeconds - offsetAt(localSeconds + SECONDS_PER_DAY);
      const meant = [Math.min(before, after), Math.max(before, after)].filter(
        (seconds) => seconds + offsetAt(seconds) === localSeconds,
      );
      if (meant.length === 2 && meant[0] !== meant[1]) doubled++;
      const chosen = meant.find((seconds) => seconds >= latest) ?? meant[0];
      if (chosen !== undefined && chosen > latest) latest = chosen;
      return chosen;
    },
  };
}

/** What is wrong with a local time that a zone does not have. */
export function skippedIn({ name }: TimeZone): string {
  return `does not exist in ${name}: its clock is set forward over it`;
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
}
