import { expect, it } from 'vitest';
import { arrivalOf, type LogFormat } from '../../../src/model/notation/access-log-line.js';

// 1795350365 s after 1970 is 2026-11-22 12:26:05 UTC.
const AT = 1_795_350_365_000;

it.each<[string, LogFormat, string, number | undefined]>([
  ['nginx, the end less the time taken', 'nginx', '10.0.0.1 "POST /v2" 200 1795350365.123 0.045', AT + 78],
  ['nginx, first in the line', 'nginx', '1795350365.123 0.000 10.0.0.1', AT + 123],
  ['nginx, named and quoted', 'nginx', 'msec="1795350365.123" rt="0.200" status=200', AT - 77],
  ['nginx without the time taken', 'nginx', '10.0.0.1 1795350365.123 "GET /"', undefined],
  [
    'haproxy, the accept date',
    'haproxy',
    'Nov 22 12:26:05 h haproxy[1]: 10.0.0.1:5 [22/Nov/2026:12:26:05.123] front back/a 0/0/0/45/45 200',
    AT + 123,
  ],
  ['haproxy, a month that is none', 'haproxy', '[22/Foo/2026:12:26:05.123]', undefined],
  ['envoy, the start', 'envoy', '[2026-11-22T12:26:05.123Z] "POST /v2 HTTP/1.1" 200 - 0 5 45', AT + 123],
  ['envoy, without milliseconds', 'envoy', '[2026-11-22T12:26:05Z]', undefined],
])('%s', (_, format, line, ms) => {
  expect(arrivalOf(line, format)).toBe(ms);
});
