import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openAccessLog, readAccessLog } from '../../../src/files/recording/access-log.js';
import { readCounts } from '../../../src/files/recording/count-columns.js';
import { collected } from '../../../src/files/recording/instant-source.js';
import {
  guessNotation,
  parseInstantUs,
  parseLogTimeUs,
  type TimeNotation,
} from '../../../src/files/recording/time/instant-notation.js';
import { openTimeZone } from '../../../src/files/recording/time/time-zone.js';
import { openTimestamps, readTimestamps } from '../../../src/files/recording/timestamps.js';
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
    ['2000/10/10 20:55:36 GMT', 'iso', 971_211_336_000_000],
    ['2000-10-10T20:55Z', 'iso', 971_211_300_000_000],
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
    ['2023-04-30 24:00:01', 'iso'],
    ['2023-04-30', 'iso'],
    ['2023/04-30 00:00:00', 'iso'],
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

describe('rows', () => {
  it('may be chosen by the value of a column, or by another value', () => {
    const path = folder.write('k.csv', 'metric,arrival_ms,status\nreq,1,200\ndur,2,200\nreq,3,404\n');
    const read = (...where: { column: string; value: string; isEqual: boolean }[]) => [
      ...readTimestamps(path, { ...PLAIN, column: 'arrival_ms', where }).arrivalsUs,
    ];
    const requests = { column: 'metric', value: 'req', isEqual: true };
    expect(read(requests)).toEqual([1000, 3000]);
    expect(read(requests, { column: 'status', value: '404', isEqual: false })).toEqual([1000]);
    expect(folder.refusalOf(() => read({ ...requests, column: 'metrics' })).problems).toEqual([
      'k.csv: --where = metrics, must be one of metric, arrival_ms, status (did you mean metric?)',
    ]);
  });

  it('that cannot be read are skipped when asked, and the first three told', () => {
    const path = folder.write('bad.csv', 'arrival_ms,x\n1,a\nx,a\n2,a,b\n,a\n-1,a\n3,"a\n');
    const { arrivals } = openTimestamps(path, { ...PLAIN, skipBad: true });
    expect([...collected(arrivals)]).toEqual([1000]);
    const { count, first } = arrivals.skipped;
    expect({ count, first: first.map((line) => line.replace(/^.*\//, '')) }).toEqual({
      count: 5,
      first: [
        'bad.csv:3: arrival_ms = x, must be an instant (ms)',
        'bad.csv:4: has 3 cells, must have 2: a separator in a cell needs quotes',
        'bad.csv:5: arrival_ms = (empty), must be an instant (ms)',
      ],
    });
    arrivals.close();
    expect(folder.refusalOf(() => readTimestamps(path, PLAIN)).hint).toBe('Leave such rows out with --skip-bad.');
  });

  it('out of order are never skipped', () => {
    const path = folder.write('order.csv', 'arrival_ms\n2\n1\n');
    expect(folder.refusalOf(() => readTimestamps(path, { ...PLAIN, skipBad: true })).hint).toBe(
      'Sort them with --sort.',
    );
  });

  it('of JSON have fields in fields, and numbers with all their digits', () => {
    const lines = ['{"request":{"ns":1662859176123456500}}', '', '{"request":{"ns":1662859176123458500}}'];
    const path = folder.write('deep.jsonl', lines.join('\n'));
    expect([...readTimestamps(path, { ...PLAIN, column: 'request.ns' }).arrivalsUs]).toEqual([0, 2]);
  });

  it.each([
    ['an array without a field', '[{"t":1},\n{"t":2}]', undefined, 'j.json: is JSON: give --field, one of t'],
    ['lines without a field', '{"a":1,"at":2}\n', undefined, 'j.json: is JSON lines: give --field, one of at, a'],
    ['a line that is none', '{"t_ms":1}\nhello\n', 't_ms', 'j.json:2: is no JSON object'],
    ['an array that is cut short', '[{"t_ms":1},{"t_m', 't_ms', 'j.json: row 2: is not whole: the file is cut short'],
    ['an array of texts', '[{"t_ms":1},{"t_ms":}]', 't_ms', 'j.json: row 2: is not JSON'],
    ['text behind an object', '{\n"t_ms":1} x:', 't_ms', 'j.json: row 2: is not JSON'],
    [
      'an object that holds the array',
      '{"data":{"rows":[{"t_ms":1}]}}',
      't_ms',
      'j.json: --field = t_ms, must be one of data.rows[].t_ms (did you mean data.rows[].t_ms?)',
    ],
    ['CSV', 'a,b\n1,2\n', 'a', 'j.json: is not JSON: give --column, not --field'],
  ])('of JSON are refused in %s', (_, text, column, problem) => {
    const path = folder.write('j.json', text);
    const options = { ...PLAIN, column, isField: column !== undefined };
    expect(folder.refusalOf(() => readTimestamps(path, options)).problems).toEqual([problem]);
  });

  it('whose comma may be decimal or not are refused without --separator', () => {
    const path = folder.write('py.csv', '2026-11-22 10:00:00,123\n2026-11-22 10:00:01,200\n');
    const options = { hasHeader: false, sort: false };
    expect(folder.refusalOf(() => readTimestamps(path, options)).problems).toEqual([
      'py.csv:1: the comma may be a decimal one or a separator',
    ]);
    expect([...readTimestamps(path, { ...options, separator: '' }).arrivalsUs]).toEqual([0, 1_077_000]);
    expect([...readTimestamps(path, { ...options, separator: ',' }).arrivalsUs]).toEqual([0, 1_000_000]);
  });

  it('may say an end and a duration, whose unit is in its name or given', () => {
    const path = folder.write('ends.csv', 'end_ms,took_s,plain\n2000,1.5,500\n3000,0.25,5000\n');
    const read = (column: string, unit?: 'ms') => readTimestamps(path, { ...PLAIN, duration: { column, unit } });
    expect([...read('took_s').arrivalsUs]).toEqual([500_000, 2_750_000]);
    expect(folder.refusalOf(() => read('plain')).problems).toEqual(['ends.csv: the unit of plain is unknown']);
    expect(folder.refusalOf(() => read('plain', 'ms')).problems).toEqual([
      'ends.csv:3: plain = 5000, must be at most the time since the start',
    ]);
  });
});

it('a local time that a zone skips is said, wherever it stands', () => {
  const timeZone = openTimeZone('Europe/Berlin')!;
  const skipped = '2026-03-29 02:30:00';
  const says = ' does not exist in Europe/Berlin: its clock is set forward over it';
  const column = folder.write('t.csv', `t\n${skipped}\n`);
  expect(folder.refusalOf(() => readTimestamps(column, { ...PLAIN, timeZone })).problems).toEqual([
    `t.csv:2: t = "${skipped}",${says}`,
  ]);
  const counts = folder.write('n.csv', `time,n\n${skipped},1\n`);
  expect(folder.refusalOf(() => readCounts(counts, { ...COUNTS, column: 'n', timeZone })).problems).toEqual([
    `n.csv:2: time = "${skipped}",${says}`,
  ]);
  const log = folder.write('h.log', 'h [29/Mar/2026:01:59:59.999] a\nh [29/Mar/2026:02:30:00.000] a\n');
  expect(folder.refusalOf(() => readAccessLog(log, { sort: false, timeZone })).problems).toEqual([
    `h.log:2: "h [29/Mar/2026:02:30:00.000] a",${says}`,
  ]);
});

describe('a log', () => {
  const us = (...lines: string[]) => {
    const path = folder.write('any.log', `${lines.join('\n')}\n`);
    const { arrivals, hasWholeSeconds } = openAccessLog(path, { sort: true });
    return { arrivalsUs: [...collected(arrivals)], hasWholeSeconds };
  };

  it.each<[string, string[], number[], boolean]>([
    [
      'of nginx with $msec and $request_time: ends less durations',
      ['h "GET /" 200 1795350365.500 0.400', 'h "GET /" 200 1795350365.600 0.600'],
      [0, 100_000],
      false,
    ],
    ['of nginx with $msec alone', ['1795350365.500 h "GET /"', '1795350365.750 h "GET /"'], [0, 250_000], false],
    ['of HAProxy', ['h [22/Nov/2026:12:26:05.123] front', 'h [22/Nov/2026:12:26:05.125] front'], [0, 2000], false],
    [
      'of a load balancer: the instant the request came, not the one of the answer',
      [
        'h2 2026-11-22T10:00:05.5Z app 0.1 "GET / HTTP/2" "curl, 8" - "arn" "Root=1" "-" 0 2026-11-22T10:00:01.25Z "forward" "-"',
        'h2 2026-11-22T10:00:05.6Z app 0.1 "GET / HTTP/2" "curl, 8" - "arn" "Root=1" "-" 0 2026-11-22T10:00:01.5Z "forward" "-"',
      ],
      [0, 250_000],
      false,
    ],
    [
      'with ISO seconds, whatever instants its texts hold',
      ['h 2026-11-22T10:00:00+01:00 "GET /?t=2020-01-01T00:00:00Z"', 'h 2026-11-22T10:00:02+01:00 "GET /"'],
      [0, 2_000_000],
      true,
    ],
    [
      'in the common format',
      ['h - - [10/Oct/2000:13:55:36 -0700] "GET /"', 'h - - [10/Oct/2000:13:55:37 -0700] "GET /"'],
      [0, 1_000_000],
      true,
    ],
  ])('%s', (_, lines, arrivalsUs, hasWholeSeconds) => {
    expect(us(...lines)).toEqual({ arrivalsUs, hasWholeSeconds });
  });
});

describe('counts with instants of their own', () => {
  const read = (rows: string, more: Partial<Parameters<typeof readCounts>[1]> = {}) => {
    const path = folder.write('own.csv', `Time,n\n${rows}`);
    return readCounts(path, { ...COUNTS, column: 'n', intervalUs: 15_000_000, ...more });
  };

  it('are filled with zeros where rows are missing, when asked', () => {
    const rows = '2026-11-22 10:00:00,1\n2026-11-22 10:00:45,2\n';
    expect([...read(rows, { fillGaps: true }).counts]).toEqual([1, 0, 0, 2]);
    expect(folder.refusalOf(() => read(rows)).problems).toEqual([
      'own.csv:3: Time = "2026-11-22 10:00:45", must be 15s after the row above; count missing rows as 0 with --fill-gaps',
    ]);
  });

  it.each([
    ['twice', '2026-11-22 10:00:00', 'must be 15s after the row above; choose one series with --where'],
    ['between intervals', '2026-11-22 10:00:20', 'must be a multiple of --interval 15s after the first row'],
  ])('are refused %s', (_, second, problem) => {
    const { problems } = folder.refusalOf(() => read(`2026-11-22 10:00:00,1\n${second},2\n`));
    expect(problems).toEqual([`own.csv:3: Time = "${second}", ${problem}`]);
  });

  it('may be rates', () => {
    expect([...read('2026-11-22 10:00:00,0.5\n', { isRate: true }).counts]).toEqual([7.5]);
  });

  it('count 0 where a cell is skipped', () => {
    const { counts, skipped } = read('2026-11-22 10:00:00,1\n2026-11-22 10:00:15,x\n', { skipBad: true });
    expect([[...counts], skipped.count]).toEqual([[1, 0], 1]);
  });

  it('say when a name looks like a rate', () => {
    const path = folder.write('rate.csv', 'req/s\n1\n');
    expect(readCounts(path, { ...COUNTS, column: 'req/s' }).notes).toEqual([
      'req/s is read as counts; if its values are queries per second, use --rates req/s',
    ]);
  });
});
