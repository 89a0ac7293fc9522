/** Recordings that are easily taken for something else: they are read rightly, refused, or remarked upon. */
import { describe, expect, it } from 'vitest';
import { type CountOptions, readCounts } from '../../../src/files/recording/count-columns.js';
import { openTimestamps, readTimestamps, type TimestampOptions } from '../../../src/files/recording/timestamps.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const S = 1_000_000;

function arrivals(text: string, options: Partial<TimestampOptions> = {}): number[] {
  const path = folder.write('in.csv', text);
  return [...readTimestamps(path, { hasHeader: true, sort: false, ...options }).arrivalsUs];
}

function notes(text: string, options: Partial<TimestampOptions> = {}): readonly string[] {
  const opened = openTimestamps(folder.write('in.csv', text), { hasHeader: true, sort: false, ...options });
  opened.arrivals.close();
  return opened.notes;
}

function counted(text: string, options: Partial<CountOptions> = {}) {
  const given = { hasHeader: true, column: 'n', intervalUs: 10 * S, isRate: false, fillGaps: false, ...options };
  return readCounts(folder.write('in.csv', text), given);
}

describe('instants', () => {
  it.each([
    ['RFC 3339 in small letters', '2024-01-01t00:00:00z', '2024-01-01t00:00:01z'],
    ['the end of a day as 24:00', '2024-01-01T24:00:00Z', '2024-01-02T00:00:01Z'],
    ['without marks', '20240101T000000Z', '20240101T000001Z'],
    ['without marks, with an offset', '20240101T000000.5+0100', '20240101T000001.5+0100'],
    [
      'a zone behind the offset',
      '2024-01-01T00:00:00+01:00[Europe/Berlin]',
      '2024-01-01T00:00:01+01:00[Europe/Berlin]',
    ],
    ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:01Z'],
  ])('%s', (_, a, b) => expect(arrivals(`ts\n${a}\n${b}\n`)).toEqual([0, S]));

  it.each(['2024-01-01T24:00:01Z', '2024-01-01T00:00:00+24:00', '2024-01-01T00:00:00+01:60', '20240230T000000Z'])(
    '%s is none',
    (cell) => expect(() => arrivals(`ts\n${cell}\n`)).toThrow('must be an instant'),
  );

  it('have one unit, unless it is named', () => {
    const mixed = 'ts\n1700000000000\n1700000001\n';
    expect(() => arrivals(mixed, { sort: true })).toThrow('in.csv:3: ts = 1700000001, must be an instant (epoch-ms)');
    expect(arrivals(mixed, { sort: true, notation: 'epoch-ms' })).toEqual([0, 1_698_300_000 * S - S / 1000]);
  });

  it.each([
    ['seconds', '1\n2\n', { notation: 's' as const }],
    ['a date', '2024-01-01T00:00:00Z\n2024-01-01T00:00:01Z\n', {}],
    ['since 1970', '1700000000\n1700000001\n', {}],
  ])('in the place of a header are refused: %s', (_, text, options) => {
    expect(() => arrivals(text, options)).toThrow('but is an instant');
    expect(arrivals(text, { ...options, hasHeader: false })).toHaveLength(2);
  });

  it('with a decimal comma are refused, or remarked upon', () => {
    expect(() => arrivals('ts;x\n1,5;1\n', { notation: 's' })).toThrow('must be an instant (s) with a decimal point');
    expect(notes('1,5\n2,75\n', { hasHeader: false })).toEqual([expect.stringContaining('decimal comma')]);
    expect(notes('1.5,ok\n2.75,ok\n', { hasHeader: false })).toEqual([]);
  });

  it('in one of two columns of one name are chosen by number', () => {
    const text = 'ts,ts\n1,5\n2,6\n';
    expect(() => arrivals(text, { column: 'ts', notation: 's' })).toThrow('must name one column, and 2 have this name');
    expect(arrivals(text, { column: '2', notation: 's' })).toEqual([5 * S, 6 * S]);
  });

  it('of which none is left are refused with the reason', () => {
    expect(() => arrivals('ts,x\n1,"open\n2,d\n', { notation: 's', skipBad: true })).toThrow(
      /every row was skipped(.|\n)*never closed/,
    );
    const where = [{ column: 'k', value: 'z', isEqual: true }];
    expect(() => arrivals('ts,k\n1,a\n', { notation: 's', where })).toThrow('no rows that --where chooses');
  });
});

describe('counts', () => {
  it.each([
    ['in a notation that is named', 'time,n\n0,3\n30,2\n', { notation: 's' as const }],
    ['with its unit in its name', 'time_s,n\n0,3\n30,2\n', {}],
    ['in any place', 'n,t_ms\n3,0\n2,30000\n', {}],
  ])('stand at the instants of a column %s', (_, text, options) => {
    expect(() => counted(text, options)).toThrow('must be 10s after the row above');
    expect([...counted(text, { ...options, fillGaps: true }).counts]).toEqual([3, 0, 0, 2]);
  });

  it('do not stand at a response time', () => {
    expect([...counted('response_time_ms,n\n7,3\n9,2\n').counts]).toEqual([3, 2]);
  });

  it('beside a time that cannot be read are remarked upon', () => {
    expect(counted('time,n\n0,3\n30,2\n').notes).toEqual([expect.stringContaining('name it with --time')]);
    expect(counted('n\n3\n2\n').notes).toEqual([]);
  });

  it('in the place of a header are refused', () => {
    expect(() => counted('5\n6\n', { column: '1' })).toThrow('but is a count');
    expect([...counted('5\n6\n', { column: '1', hasHeader: false }).counts]).toEqual([5, 6]);
    expect([...counted('f,1,2\nx,5,6\n', { column: '2' }).counts]).toEqual([6]);
  });

  it('that never fall are perhaps a running total', () => {
    const total = `n\n${Array.from({ length: 12 }, (_, i) => 100 + 20 * i).join('\n')}\n`;
    expect(counted(total).notes).toEqual([expect.stringContaining('running total')]);
    expect(counted(`${total}90\n`).notes).toEqual([]);
  });
});
