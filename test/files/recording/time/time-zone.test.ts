import { describe, expect, it } from 'vitest';
import { openTimeZone } from '../../../../src/files/recording/time/time-zone.js';
import { secondsSince1970 } from '../../../../src/model/notation/calendar.js';

const at = (month: number, day: number, hour: number, minute = 0) =>
  secondsSince1970({ year: 2026, month, day, hour, minute, second: 0 })!;

describe('a local time', () => {
  // Berlin is UTC+1, and UTC+2 from 29 March 2026 01:00 UTC to 25 October 2026 01:00 UTC.
  it.each([
    ['in winter', at(1, 1, 12), at(1, 1, 11)],
    ['in summer', at(7, 1, 12), at(7, 1, 10)],
    ['before the clock is set forward', at(3, 29, 1, 59), at(3, 29, 0, 59)],
    ['after the clock is set forward', at(3, 29, 3), at(3, 29, 1)],
    ['that does not exist', at(3, 29, 2, 30), undefined],
    ['before the clock is set back', at(10, 25, 1, 59), at(10, 24, 23, 59)],
    ['after the clock is set back', at(10, 25, 3), at(10, 25, 2)],
  ])('%s', (_, localSeconds, seconds) => {
    expect(openTimeZone('Europe/Berlin')!.secondsOf(localSeconds)).toBe(seconds);
  });

  it('that comes twice is the first, and the second once time has gone on', () => {
    const zone = openTimeZone('Europe/Berlin')!;
    expect(zone.secondsOf(at(10, 25, 2, 10))).toBe(at(10, 25, 0, 10));
    expect(zone.secondsOf(at(10, 25, 2, 50))).toBe(at(10, 25, 0, 50));
    expect(zone.secondsOf(at(10, 25, 2, 10))).toBe(at(10, 25, 1, 10));
    expect(zone.secondsOf(at(10, 25, 3, 10))).toBe(at(10, 25, 2, 10));
    expect(zone.doubled).toBe(3);
  });

  it('with an offset of quarters of an hour', () => {
    expect(openTimeZone('Asia/Kathmandu')!.secondsOf(at(1, 1, 5, 45))).toBe(at(1, 1, 0));
  });
});

it('a name that is no time zone gives none', () => {
  expect(openTimeZone('Europe/Nowhere')).toBeUndefined();
});
