/** Recordings in the forms that tools and public data sets document, each with its command. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();

interface Form {
  readonly of: string;
  readonly text: string;
  readonly options: string;
  /** Arrivals, or how many there are. */
  readonly ms: readonly number[] | number;
}

const INSTANTS: readonly Form[] = [
  {
    of: 'k6, CSV',
    text: `metric_name,timestamp,metric_value,check,error,status
http_reqs,1595325560,1.000000,,,200
http_req_duration,1595325560,221.899000,,,200
http_reqs,1595325562,1.000000,,,200
`,
    options: '--column timestamp --where metric_name=http_reqs',
    ms: [0, 2000],
  },
  {
    of: 'k6, JSON',
    text: `{"type":"Metric","data":{"name":"http_reqs","type":"counter"},"metric":"http_reqs"}
{"metric":"http_reqs","type":"Point","data":{"time":"2017-05-09T14:34:45.239531499+02:00","value":1,"tags":{"status":"200"}}}
{"metric":"http_req_duration","type":"Point","data":{"time":"2017-05-09T14:34:45.239531499+02:00","value":459.8}}
{"metric":"http_reqs","type":"Point","data":{"time":"2017-05-09T14:34:45.739531499+02:00","value":1,"tags":{"status":"503"}}}
`,
    options: '--field data.time --where metric=http_reqs --where type=Point',
    ms: [0, 500],
  },
  {
    of: 'JMeter, JTL',
    text: 'timeStamp,elapsed,label,responseCode\n1435166298769,3,a,200\n1435166298869,3,"a, b",500\n',
    options: '--column timeStamp',
    ms: [0, 100],
  },
  {
    of: 'vegeta encode, JSON',
    text: `{"attack":"","seq":1,"code":200,"timestamp":"2019-07-15T16:16:34.250000001+02:00","latency":5000,"body":null}
{"attack":"","seq":0,"code":200,"timestamp":"2019-07-15T16:16:34+02:00","latency":9000,"body":null}
`,
    options: '--field timestamp --sort',
    ms: [0, 250],
  },
  {
    of: 'hey -o csv',
    text: 'response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n0.5,0,0,0,0,0,200,0.0100\n0.1,0,0,0,0,0,200,0.2500\n',
    options: '--column offset --time s',
    ms: [10, 250],
  },
  {
    of: 'a browser, HAR',
    text: `{"log": {"version": "1.2", "pages": [{"startedDateTime": "2024-01-01T00:00:00.000Z"}], "entries": [
{"startedDateTime": "2024-01-01T00:00:00.100Z", "time": 50.2, "request": {"method": "GET", "url": "/"}},
{"startedDateTime": "2024-01-01T00:00:00.350Z", "time": 10, "request": {"method": "POST", "url": "/predict"}},
{"startedDateTime": "2024-01-01T00:00:00.450Z", "time": 10, "request": {"method": "POST", "url": "/predict"}}
]}}`,
    options: '--field log.entries[].startedDateTime --where request.method=POST',
    ms: [0, 100],
  },
  {
    of: 'Elasticsearch, a page of hits',
    text: `{"took":3,"hits":{"total":{"value":2},"hits":[
{"_id":"1","_source":{"@timestamp":"2026-11-22T10:00:00.000Z","event":{"duration":200}}},
{"_id":"2","_source":{"@timestamp":"2026-11-22T10:00:00.500Z","event":{"duration":600}}}]}}`,
    options:
      '--field hits.hits[]._source.@timestamp --duration-column _source.event.duration --duration-unit ms --sort',
    ms: [0, 100],
  },
  {
    of: 'Loki, log lines',
    text: '{"status":"success","data":{"resultType":"streams","result":[{"stream":{"a":"b"},"values":[["1763805600500000000","x"],["1763805600250000000","y"]]}]}}',
    options: '--field data.result[].values[].0 --sort',
    ms: [0, 250],
  },
  {
    of: 'Azure LLM inference 2023',
    text: 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n',
    options: '',
    ms: [0, 52],
  },
  {
    of: 'Azure Functions 2021: ends and durations in seconds',
    text: 'app,func,end_timestamp,duration\na,f,1.25,0.25\na,g,1.5,1.0\n',
    options: '--column end_timestamp --time s --duration-column duration --duration-unit s --sort',
    ms: [500, 1000],
  },
  {
    of: 'Mooncake',
    text: '{"timestamp": 0, "input_length": 6755, "hash_ids": [0, 1]}\n{"timestamp": 3000, "input_length": 7319, "hash_ids": [0]}\n',
    options: '--field timestamp --time ms',
    ms: [0, 3000],
  },
  {
    of: 'PostgreSQL, psql --csv',
    text: 'id,created_at\n1,2026-11-22 10:00:00.25+00\n2,2026-11-22 10:00:00.5+00\n',
    options: '--column created_at',
    ms: [0, 250],
  },
];

const COUNTS: readonly Form[] = [
  {
    of: 'Locust, --csv',
    text: `Timestamp,User Count,Type,Name,Requests/s,Failures/s
1763805600,1,GET,/,2.0,0
1763805600,1,,Aggregated,3.0,0
1763805601,1,GET,/,4.0,0
1763805601,1,,Aggregated,5.0,0
`,
    options: '--rates Requests/s --interval 1s --where Name=Aggregated',
    ms: 8,
  },
  {
    of: 'Azure Functions 2019: a column a minute',
    text: 'HashOwner,HashApp,HashFunction,Trigger,1,2,3\no,a,f,http,0,2,4\no,a,g,http,1,3,0\no,a,h,queue,9,9,9\n',
    options: '--counts 1..3 --interval 1m --where Trigger=http',
    ms: 10,
  },
  {
    of: 'Wikipedia page views: a column a day, with cells left empty',
    text: 'Page,2015-07-01,2015-07-02,2015-07-03\na,1,,2\nb,3,4,\n',
    options: '--counts 2015-07-01..2015-07-03 --interval 24h --fill-gaps',
    ms: 10,
  },
  {
    of: 'Grafana, a panel as CSV',
    text: '"Time","req/s"\n"2026-11-22 10:00:00",1\n"2026-11-22 10:00:15",0.2\n',
    options: '--rates req/s --interval 15s',
    ms: 18,
  },
  {
    of: 'CloudWatch, get-metric-statistics, in no order',
    text: `{"Label": "RequestCount", "Datapoints": [
  {"Timestamp": "2026-11-22T10:02:00+00:00", "Sum": 3.0, "Unit": "Count"},
  {"Timestamp": "2026-11-22T10:00:00+00:00", "Sum": 5.0, "Unit": "Count"},
  {"Timestamp": "2026-11-22T10:01:00+00:00", "Sum": 7.0, "Unit": "Count"}]}`,
    options: '--counts Datapoints[].Sum --field Datapoints[].Timestamp --interval 1m --sort',
    ms: 15,
  },
  {
    of: 'Graphite, format=json',
    text: '[{"target":"a","datapoints":[[2.0,1311836008],[1.0,1311836009]]}]',
    options: '--counts datapoints[].0 --field datapoints[].1 --interval 1s',
    ms: 3,
  },
  {
    of: 'Prometheus, query_range',
    text: '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"a"},"values":[[1435781430.781,"1"],[1435781445.781,"0.2"]]}]}}',
    options: '--prometheus rate',
    ms: 18,
  },
];

describe('a recording of', () => {
  it.each([...INSTANTS, ...COUNTS])('$of', async ({ text, options, ms }) => {
    folder.write('recording', text);
    const words = `trace import recording ${options} -o o.csv`.split(' ').filter((word) => word !== '');
    const spread = typeof ms === 'number' ? ['--spread', 'even'] : [];
    const { exitCode, stderr } = await runCli([...words, ...spread], { cwd: folder.path });
    expect(exitCode, stderr).toBe(0);
    const rows = readFileSync(join(folder.path, 'o.csv'), 'utf8').trimEnd().split('\n').slice(1).map(Number);
    expect(typeof ms === 'number' ? rows.length : rows).toEqual(ms);
  });

  it('counts out of order without --sort, twice, or with holes is refused', async () => {
    const import_ = async (rows: string, ...more: string[]) => {
      folder.write('c.csv', `time,n\n${rows}`);
      const words = ['trace', 'import', 'c.csv', '--counts', 'n', '--interval', '1m', '-o', 'o.csv', ...more];
      return (await runCli(words, { cwd: folder.path })).stderr;
    };
    const early = '2026-11-22 10:00,1\n';
    const late = '2026-11-22 10:02,1\n';
    expect(await import_(late + early)).toContain('must be 1m after the row above; choose one series with --where');
    expect(await import_(late + late, '--sort')).toContain('comes twice; choose one series with --where');
    expect(await import_(late + early, '--sort')).toContain(
      'c.csv: intervals without a row = 1, must be 0; count them as 0 with --fill-gaps',
    );
    expect(await import_(late + early, '--sort', '--fill-gaps')).not.toContain('infer-plan: ');
  });

  it('local times that come twice says so', async () => {
    folder.write('autumn.csv', 't\n2026-10-25 02:10:00\n2026-10-25 02:10:01\n2026-10-25 02:10:00\n');
    const words = 'trace import autumn.csv --time-zone Europe/Berlin -o o.csv'.split(' ');
    expect((await runCli(words, { cwd: folder.path })).stderr).toContain(
      'warning: 3 instants are at a local time that Europe/Berlin has twice, when its clock is set back',
    );
  });
});
