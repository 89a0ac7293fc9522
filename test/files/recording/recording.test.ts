import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readAccessLog } from '../../../src/files/recording/access-log.js';
import { readCounts } from '../../../src/files/recording/count-columns.js';
import {
  guessNotation,
  parseInstantUs,
  parseLogTimeUs,
  type TimeNotation,
} from '../../../src/files/recording/instant-notation.js';
import { readTimestamps } from '../../../src/files/recording/timestamps.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const PLAIN = { hasHeader: true, sort: false };

describe('an instant', () => {
  // Seconds since 1970 from the calendar: 2000-10-10 13:55:36 −07:00 is 971 211 336 (the date of the Apache documentation).
  it.each<[string, TimeNotation, number]>([
    ['1970-01-01T00:00:00Z', 'iso', 0],
    ['2000-10-10T13:55:36-07:00', 'iso', 971_211_336_000_000],
    ['2000-10-10 20:55:36', 'iso', 971_211_336_000_000],
    ['2000-10-10 20:55:36.5 UTC', 'iso', 971_211_336_500_000],
    ['2023-11-16 18:17:03.9799600', 'iso', 1_700_158_623_979_960],
    ['2023-11-16 18:17:03.9799606', 'iso', 1_700_158_623_979_961],
    ['2024-02-29T00:00:00+0530', 'iso', 1_709_145_000_000_000],
    ['1969-12-31T23:59:59Z', 'iso', -1_000_000],
    ['2100-03-01T00:00:00Z', 'iso', 4_107_542_400_000_000],
    ['1662859176.0', 'epoch-s', 1_662_859_176_000_000],
    ['1662859176.1234565', 'epoch-s', 1_662_859_176_123_457],
    ['1662859176123', 'epoch-ms', 1_662_859_176_123_000],
    ['1662859176123456', 'epoch-us', 1_662_859_176_123_456],
    ['1662859176123456499', 'epoch-ns', 1_662_859_176_123_456],
    ['1662859176123456500', 'epoch-ns', 1_662_859_176_123_457],
    ['0', 's', 0],
    ['2.5', 's', 2_500_000],
    ['2.5', 'ms', 2500],
    ['2.5', 'us', 3],
    ['499', 'epoch-ns', 0],
    ['500', 'epoch-ns', 1],
    ['7', 'epoch-ns', 0],
  ])('%s (%s)', (text, notation, us) => {
    expect(parseInstantUs(text, notation)).toBe(us);
  });

  it.each<[string, TimeNotation]>([
    ['2023-02-29 00:00:00', 'iso'],
    ['2100-02-29 00:00:00', 'iso'],
    ['2023-13-01 00:00:00', 'iso'],
    ['2023-04-31 00:00:00', 'iso'],
    ['2023-04-30 24:00:00', 'iso'],
    ['2023-04-30', 'iso'],
    ['1700000000', 'iso'],
    ['-1', 's'],
    ['NaN', 'ms'],
    ['', 'ms'],
    ['1e3', 'ms'],
    ['99999999999999999', 's'],
  ])('refuses %s (%s)', (text, notation) => {
    expect(parseInstantUs(text, notation)).toBeUndefined();
  });

  it.each<[string, string, TimeNotation | undefined]>([
    ['2023-11-16 18:17:03.9799600', 'TIMESTAMP', 'iso'],
    ['1662859176.0', 'timestamp_anon', 'epoch-s'],
    ['1662859176123', 't', 'epoch-ms'],
    ['1662859176123456', 't', 'epoch-us'],
    ['1662859176123456789', 't', 'epoch-ns'],
    ['0', 'timestamp_ms', 'ms'],
    ['0', 'arrival_s', 's'],
    ['0', 'second', undefined],
    ['yesterday', 'arrival_s', undefined],
  ])('the notation of %s in column %s', (cell, column, notation) => {
    expect(guessNotation(cell, column)).toBe(notation);
  });

  it.each([
    ['127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326', 971_211_336_000_000],
    ['::1 - - [29/Feb/2024:00:00:00 +0530] "GET / HTTP/1.1" 200 1 "-" "curl/8 [x]"', 1_709_145_000_000_000],
    ['127.0.0.1 - - [10/Okt/2000:13:55:36 -0700] "GET /"', undefined],
    ['127.0.0.1 - - "GET /"', undefined],
  ])('of the log line %s', (line, us) => {
    expect(parseLogTimeUs(line)).toBe(us);
  });
});

describe('a column of instants', () => {
  it('on a calendar is counted from the first', () => {
    const path = folder.write(
      'iso.csv',
      'TIMESTAMP,tokens\n2023-11-16 18:17:03.9799600,1\n2023-11-16 18:17:04.0319600,2\n',
    );
    expect([...readTimestamps(path, PLAIN).arrivalsUs]).toEqual([0, 52_000]);
  });

  it.each<[string, string]>([
    ['semicolons', 'id;arrival_ms\na;5\nb;7.5\n'],
    ['tabs', 'id\tarrival_ms\na\t5\nb\t7.5\n'],
    ['quotes', 'id,arrival_ms\n"a,b\n",5\n"c ""d""","7.5"\n'],
  ])('from the start is kept as it is, with %s', (_, text) => {
    const path = folder.write('ms.csv', text);
    expect([...readTimestamps(path, { ...PLAIN, column: 'arrival_ms' }).arrivalsUs]).toEqual([5000, 7500]);
    expect([...readTimestamps(path, { ...PLAIN, column: '2', notation: 'ms' }).arrivalsUs]).toEqual([5000, 7500]);
  });

  it('without a header, compressed', () => {
    const path = folder.write('bare.csv.gz', gzipSync('a,1662859176\nb,1662859179\n'));
    const options = { hasHeader: false, sort: false, column: '2' };
    expect([...readTimestamps(path, options).arrivalsUs]).toEqual([0, 3_000_000]);
  });

  it('out of order is refused, or sorted when asked', () => {
    const path = folder.write('u.csv', 'arrival_ms\n5\n7\n6\n6\n');
    expect(folder.refusalOf(() => readTimestamps(path, PLAIN))).toEqual({
      code: 'TRACE_IMPORT',
      problems: ['u.csv:4: arrival_ms = 6, must not be before the row above'],
      hint: 'Sort them with --sort.',
    });
    expect([...readTimestamps(path, { ...PLAIN, sort: true }).arrivalsUs]).toEqual([5000, 6000, 6000, 7000]);
  });

  it.each<[string, string, string, string[]]>([
    ['nothing', '', '', ['x.csv: is empty, must hold at least one arrival']],
    ['a header alone', 'arrival_ms\n', '', ['x.csv: has no rows, must have at least one arrival']],
    [
      'an unknown column',
      'time,id\n1,2\n',
      'tme',
      ['x.csv: --column = tme, must be one of time, id (did you mean time?)'],
    ],
    ['a column number too high', 'time,id\n1,2\n', '3', ['x.csv: --column = "3", must be one of time, id']],
    [
      'every broken row',
      'arrival_ms,id\n1,2\nx,2\n,3\n-4,1\n',
      '',
      [
        'x.csv:3: arrival_ms = x, must be an instant (ms)',
        'x.csv:4: arrival_ms = (empty), must be an instant (ms)',
        'x.csv:5: arrival_ms = -4, must be an instant (ms)',
      ],
    ],
    [
      'a row that is too short',
      'id,arrival_ms\na,1\nb\n',
      'arrival_ms',
      ['x.csv:3: arrival_ms = (empty), must be an instant (ms)'],
    ],
    [
      'a notation nobody can tell',
      'time\n17\n',
      '',
      ['x.csv:2: time = 17, must be an instant whose notation can be told'],
    ],
    ['a NUL byte', 'arr\0', '', ['x.csv: holds a NUL byte at byte 4, must be text']],
  ])('refuses %s', (_, text, column, problems) => {
    const path = folder.write('x.csv', text);
    const options = column === '' ? PLAIN : { ...PLAIN, column };
    expect(folder.refusalOf(() => readTimestamps(path, options)).problems).toEqual(problems);
  });

  it('refuses a quote that is never closed', () => {
    const path = folder.write('q.csv', 'arrival_ms\n1\n"2\n3\n');
    expect(folder.refusalOf(() => readTimestamps(path, PLAIN)).problems[0]).toMatch(/^q\.csv:\d+: is not CSV: /);
  });
});

describe('an access log', () => {
  const line = (time: string) => `10.0.0.1 - - [10/Oct/2000:${time} -0700] "GET / HTTP/1.1" 200 5`;

  it('is counted from its first line', () => {
    const path = folder.write('access.log', `${line('13:55:36')}\n\n${line('13:55:36')}\n${line('13:56:00')}`);
    expect([...readAccessLog(path, { sort: false }).arrivalsUs]).toEqual([0, 0, 24_000_000]);
  });

  it('names lines without a time and lines out of order', () => {
    const path = folder.write('bad.log', `${line('13:55:36')}\nhello\n${line('13:55:35')}\n`);
    expect(folder.refusalOf(() => readAccessLog(path, { sort: false })).problems).toEqual([
      'bad.log:2: hello, must be a log line with a time such as [10/Oct/2000:13:55:36 -0700]',
      expect.stringMatching(/^bad\.log:3: .* must not be before the row above$/),
    ]);
  });
});

const COUNTS = { hasHeader: true, intervalUs: 1_000_000, isRate: false, fillGaps: false };

describe('a column of counts', () => {
  it('may have decimals and zeros', () => {
    const path = folder.write('rps.csv', 'second,requests\n0,57\n1,0\n2,0.09\n');
    expect([...readCounts(path, { ...COUNTS, column: 'requests' }).counts]).toEqual([57, 0, 0.09]);
  });

  it.each<[string, string, string[]]>([
    [
      'negative, missing, NaN and absurd counts',
      '1,-5\n2\n3,NaN\n4,1e3\n5,9999999999\n',
      [
        'c.csv:2: n = -5, must be a count from 0 to 1000000',
        'c.csv:3: n = (empty), must be a count from 0 to 1000000',
        'c.csv:4: n = NaN, must be a count from 0 to 1000000',
        'c.csv:5: n = 1e3, must be a count from 0 to 1000000',
        'c.csv:6: n = 9999999999, must be a count from 0 to 1000000; allow more with --max-rate',
      ],
    ],
    ['zeros alone', '1,0\n2,0\n', ['c.csv: has no arrivals, must have at least one']],
  ])('refuses %s', (_, rows, problems) => {
    const path = folder.write('c.csv', `s,n\n${rows}`);
    expect(folder.refusalOf(() => readCounts(path, { ...COUNTS, column: 'n' })).problems).toEqual(problems);
  });
});
