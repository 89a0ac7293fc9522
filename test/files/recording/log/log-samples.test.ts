/** Lines in the form that each server documents, and what they say: worked by hand. */
import { describe, expect, it } from 'vitest';
import { openAccessLog } from '../../../../src/files/recording/access-log.js';
import { collected } from '../../../../src/files/recording/instant-source.js';
import { temporaryFolder } from '../../../helpers/folder.js';

const folder = temporaryFolder();

interface Sample {
  readonly server: string;
  readonly lines: readonly string[];
  /** Arrivals after the first, in ms, sorted. */
  readonly ms: readonly number[];
  readonly isWhole: boolean;
  /** Arrivals of lines with path /predict, and of lines with status 2xx, from the first of them. */
  readonly predictMs: readonly number[];
  readonly okMs: readonly number[];
}

const SAMPLES: readonly Sample[] = [
  {
    server: 'Apache, combined: %t is when the request came',
    lines: [
      '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /predict HTTP/1.0" 200 2326 "http://a.example/?s=404" "Mozilla/4.08 [en]"',
      '127.0.0.1 - - [10/Oct/2000:13:55:37 -0700] "POST /predict?x=1 HTTP/1.0" 503 - "-" "-"',
      '127.0.0.1 - - [10/Oct/2000:13:55:39 -0700] "GET / HTTP/1.0" 204 - "-" "-"',
    ],
    ms: [0, 1000, 3000],
    isWhole: true,
    predictMs: [0, 1000],
    okMs: [0, 3000],
  },
  {
    server: 'nginx with $msec and $request_time',
    lines: [
      '10.0.0.1 - - "GET /predict HTTP/1.1" 200 5 1795350365.500 0.400',
      '10.0.0.1 - - "GET /health HTTP/1.1" 200 5 1795350365.600 0.000',
      '10.0.0.1 - - "GET /predict HTTP/1.1" 499 0 1795350366.100 0.250',
    ],
    ms: [0, 500, 750],
    isWhole: false,
    predictMs: [0, 750],
    okMs: [0, 500],
  },
  {
    server: 'HAProxy, option httplog: the accept date, and the status before the request',
    lines: [
      'Feb  6 12:14:14 h haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /predict HTTP/1.1"',
      'Feb  6 12:14:15 h haproxy[14389]: 10.0.1.2:33318 [06/Feb/2009:12:14:14.755] http-in static/srv1 10/0/30/69/+109 503 275 - - ---- 1/1/1/1/0 0/0 "GET /predict HTTP/1.1"',
      'Feb  6 12:14:15 h haproxy[14389]: 10.0.1.2:33319 [06/Feb/2009:12:14:15.655] http-in static/<NOSRV> -1/-1/-1/-1/5 400 187 - - PR-- 1/1/1/1/0 0/0 "<BADREQ>"',
    ],
    ms: [0, 100, 1000],
    isWhole: false,
    predictMs: [0, 100],
    okMs: [0],
  },
  {
    server: 'Envoy, the default format',
    lines: [
      '[2016-04-15T20:17:00.310Z] "POST /predict HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" "locations" "tcp://10.0.2.1:80"',
      '[2016-04-15T20:17:00.400Z] "GET /v1/x HTTP/1.1" 503 UF 0 91 5 - "-" "curl" "cc21d9b1" "a" "-"',
    ],
    ms: [0, 90],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'an AWS application load balancer: request_creation_time',
    lines: [
      'https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/predict?a=b HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/1" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
      'http 2018-07-02T22:23:01.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 -1 502 - 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337364-23a8c76965a2ef7629b185e3" "-" "-" 0 2018-07-02T22:22:48.564500Z "forward" "-" "-" "-" "-" "-" "-"',
    ],
    ms: [0, 200.5],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'IIS: W3C with time-taken in milliseconds, and a header again after a restart',
    lines: [
      '#Software: Microsoft Internet Information Services 10.0',
      '#Version: 1.0',
      '#Date: 2026-11-22 12:26:00',
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken',
      '2026-11-22 12:26:05 10.0.0.4 POST /predict - 443 - 10.0.0.9 curl/8.0+(x) 200 0 0 250',
      '2026-11-22 12:26:07 10.0.0.4 GET /health - 443 - 10.0.0.9 - 500 0 0 1250',
      '#Software: Microsoft Internet Information Services 10.0',
      '#Fields: time date cs-uri-stem sc-status time-taken',
      '12:26:08 2026-11-22 /predict 200 0',
    ],
    ms: [0, 1000, 3250],
    isWhole: true,
    predictMs: [0, 3250],
    okMs: [0, 3250],
  },
  {
    server: 'CloudFront: W3C with tabs and seconds',
    lines: [
      '#Version: 1.0',
      '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) time-taken',
      [
        '2026-12-04',
        '21:02:31',
        'LAX1',
        '392',
        '192.0.2.100',
        'GET',
        'd1.cloudfront.net',
        '/predict',
        '200',
        '-',
        'Mozilla',
        '0.5',
      ].join('\t'),
      [
        '2026-12-04',
        '21:02:31',
        'LAX1',
        '392',
        '192.0.2.100',
        'GET',
        'd1.cloudfront.net',
        '/x',
        '404',
        '-',
        'Mozilla',
        '0',
      ].join('\t'),
    ],
    ms: [0, 500],
    isWhole: true,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'the example of the W3C: no date in the lines, no time taken',
    lines: [
      '#Version: 1.0',
      '#Date: 12-Jan-1996 00:00:00',
      '#Date: 1996-01-12 00:00:00',
      '#Fields: time cs-method cs-uri',
      '00:34:23 GET /predict',
      '12:21:16 GET /foo/bar.html',
    ],
    ms: [0, 42_413_000],
    isWhole: true,
    predictMs: [0],
    okMs: [],
  },
  {
    server: 'Caddy: ts is the end, duration in seconds',
    lines: [
      '{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/predict?q=1"},"bytes_read":0,"duration":0.0241024,"size":10900,"status":200}',
      '{"level":"info","ts":1646861402,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/"},"duration":0.25,"status":502}',
    ],
    ms: [0, 250],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'Traefik',
    lines: [
      '{"ClientAddr":"10.0.0.1:1","Duration":250000000,"DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/predict","StartLocal":"2026-11-22T13:00:00.5+01:00","StartUTC":"2026-11-22T12:00:00.500000001Z","level":"info","msg":"","time":"2026-11-22T12:00:00Z"}',
      '{"Duration":1,"DownstreamStatus":404,"RequestPath":"/","StartUTC":"2026-11-22T12:00:01.5Z","time":"2026-11-22T12:00:01Z"}',
    ],
    ms: [0, 1000],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'Envoy and Istio as JSON',
    lines: [
      '{"start_time":"2020-11-25T21:26:18.409Z","duration":12,"method":"GET","path":"/predict?x","protocol":"HTTP/1.1","response_code":204,"bytes_sent":135}',
      '{"start_time":"2020-11-25T21:26:18.509Z","duration":12,"method":"GET","path":"/x","response_code":418}',
    ],
    ms: [0, 100],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'nginx as JSON',
    lines: [
      '{"msec":"1795350365.500","request":"GET /predict HTTP/1.1","status":"200","request_time":"0.400"}',
      '{"msec":"1795350365.600","request":"GET / HTTP/1.1","status":"404","request_time":"0.100"}',
    ],
    ms: [0, 400],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'Google Cloud',
    lines: [
      '{"httpRequest":{"latency":"0.5s","requestMethod":"GET","requestUrl":"https://a.example/predict?x","status":200},"insertId":"1","timestamp":"2026-11-22T12:00:00.123456Z"}',
      '{"httpRequest":{"requestUrl":"https://a.example","status":500},"timestamp":"2026-11-22T12:00:00.223456Z"}',
    ],
    ms: [0, 100],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
  {
    server: 'Cloudflare, in nanoseconds',
    lines: [
      '{"ClientRequestHost":"a.example","ClientRequestURI":"/predict?x=1","EdgeStartTimestamp":1795350365000000000,"EdgeEndTimestamp":1795350365500000000,"EdgeResponseStatus":200}',
      '{"ClientRequestURI":"/","EdgeStartTimestamp":1795350365250000000,"EdgeResponseStatus":403}',
    ],
    ms: [0, 250],
    isWhole: false,
    predictMs: [0],
    okMs: [0],
  },
];

describe.each(SAMPLES)('a log of $server', ({ lines, ms, isWhole, predictMs, okMs }) => {
  const path = folder.write('access.log', `${lines.join('\n')}\n`);
  const read = (filter: { paths?: string[]; statuses?: string[] } = {}) => {
    folder.write('access.log', `${lines.join('\n')}\n`);
    const { arrivals, hasWholeSeconds } = openAccessLog(path, { sort: true, ...filter });
    return { ms: [...collected(arrivals)].map((us) => us / 1000), hasWholeSeconds };
  };

  it('gives its arrivals', () => expect(read()).toEqual({ ms, hasWholeSeconds: isWhole }));

  it('gives the same with the line ends of Windows', () => {
    const windows = folder.write('windows.log', `${lines.join('\r\n')}\r\n`);
    const { arrivals, hasWholeSeconds } = openAccessLog(windows, { sort: true });
    expect([...collected(arrivals)].map((us) => us / 1000)).toEqual(ms);
    expect(hasWholeSeconds).toBe(isWhole);
  });

  it('is filtered by path', () => {
    expect(read({ paths: ['/predict'] }).ms).toEqual(predictMs);
    expect(read({ paths: ['/pre*', '/other'] }).ms).toEqual(predictMs);
  });

  it('is filtered by status', () => {
    if (okMs.length === 0) {
      expect(folder.refusalOf(() => read({ statuses: ['2xx'] })).problems).toEqual([
        'access.log: has no lines that --path and --status choose, must have at least one arrival',
      ]);
    } else expect(read({ statuses: ['2xx', '302'] }).ms).toEqual(okMs);
  });
});
