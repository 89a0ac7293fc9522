/** Every format of a file that is read. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { loopStart } from '../../src/control-loop/resume.js';
import { tritonIntake } from '../../src/files/intake/triton.js';
import { readBackendFile } from '../../src/files/pipeline/backend-file.js';
import { filesNamedIn, readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { formatPlan, readPlanFile } from '../../src/files/plan/plan-file.js';
import { readHardwareFile, readInstanceTypes } from '../../src/files/profile/hardware-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { readSamplesFiles } from '../../src/files/profile/samples-file.js';
import { readAccessLog } from '../../src/files/recording/access-log.js';
import { readCounts } from '../../src/files/recording/count-columns.js';
import { readTimestamps } from '../../src/files/recording/timestamps.js';
import { readServeDeployment, withServeReplicas } from '../../src/files/serve-config.js';
import { readIntake } from '../../src/files/starter/read-intake.js';
import { readTextFile } from '../../src/files/system/read-text.js';
import { readTraceFile } from '../../src/files/trace/trace-file.js';
import { packModel } from '../../src/model/pack-model.js';
import { openEdges } from '../../src/model/pipeline.js';
import type { Profile } from '../../src/model/profile.js';
import { example, mutatedCsv, mutatedJsonLines, mutatedYaml } from './documents.js';
import { mutatedBytes, mutatedText } from './mutations.js';
import { scratchFolder } from './scratch.js';
import { type AnyTarget, type Target, verdictOf } from './target.js';

type Content = string | Uint8Array;

function textOf(content: Content): string {
  return typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
}

/** A target that writes its input to a file and reads it. */
function file(
  name: string,
  inputs: fc.Arbitrary<Content>,
  read: (path: string) => unknown,
  { base = `mutated.${name.includes('csv') ? 'csv' : 'yaml'}`, examples = [] as readonly Content[] } = {},
): Target<Content> {
  return {
    name: `file ${name}`,
    inputs,
    examples,
    open() {
      const folder = scratchFolder();
      const path = join(folder, base);
      return {
        take(content) {
          writeFileSync(path, content);
          return verdictOf(() => read(path), { named: base, input: textOf(content) });
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

const ON = { hardware: 't4', batchSize: 4 };
const ENSEMBLE = `platform: "ensemble" # of two
ensemble_scheduling {
  step [ { model_name: "read" input_map { key: "x" value: "IN" } output_map { key: "y" value: "OUT" } } ]
}
dynamic_batching { preferred_batch_size: [ 4, 8 ], max_queue_delay_microseconds: 500 }
`;
const OTLP = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'app' } }] },
      scopeSpans: [
        {
          spans: [
            { traceId: 't', spanId: 'r', name: 'query', startTimeUnixNano: '1000', endTimeUnixNano: '9000' },
            {
              ...{ traceId: 't', spanId: 's', parentSpanId: 'r', name: 'detect', startTimeUnixNano: 2000 },
              ...{ endTimeUnixNano: '8000', attributes: [{ key: 'batch_size', value: { intValue: '2' } }] },
              links: [{ traceId: 't', spanId: 'r' }],
            },
          ],
        },
      ],
    },
  ],
};
const JAEGER = {
  data: [
    {
      processes: { p: { serviceName: 'app' } },
      spans: [
        { traceID: 't', spanID: 'r', operationName: 'query', startTime: 1000, duration: 100, processID: 'p' },
        {
          ...{ traceID: 't', spanID: 's', operationName: 'a', startTime: 1010, duration: 50, processID: 'p' },
          references: [{ refType: 'CHILD_OF', spanID: 'r' }],
        },
      ],
    },
  ],
};
const GRAPH = `kind: InferenceGraph
metadata: { name: dogs }
spec:
  nodes:
    root: { routerType: Sequence, steps: [{ serviceName: first }, { nodeName: split }] }
    split: { routerType: Splitter, steps: [{ serviceName: a, weight: 80 }, { serviceUrl: http://b.svc/, weight: 20 }] }
`;
const ANALYZED = `Model,Batch,Concurrency,Avg Latency (ms),Server Compute Infer time (ms)
res,1,1,5.5,4.5
res,8,1,13,12
res,8,4,30,12
`;
const PERF = `Concurrency,Inferences/Second,Server Compute Infer,p50 latency
1,160,4719,6133
2,208,4720,9482
`;
const SUMMARY = `{
  "request_latency": { "unit": "ms", "avg": 120, "p50": 110, "p95": 150, "p99": 160 },
  "request_count": { "avg": 50 },
  "input_config": { "endpoint": { "model_names": ["llm"] }, "loadgen": { "concurrency": 1 } }
}
`;
const INSTANTS = `time,request_id,latency_ms
2026-11-22T12:26:05.123Z,a,12
2026-11-22T12:26:05.223Z,"b, c",15.5
2026-11-22 13:26:06.000+01:00,d,9
`;
const STAMPS = 'ts;path\n1795350365.123;/a\n1795350365.223;/b\n1795350366.5;"/c;d"\n';
const COUNTS =
  'minute,requests,errors\n2026-11-22T12:00:00Z,120,1\n2026-11-22T12:01:00Z,90,0\n2026-11-22T12:03:00Z,100,2\n';
const ACROSS = 'name,1,2,3,4\nfront,10,20,30,40\nback,1,2,3,4.5\n';
const EVENTS = [
  { ts: '2026-11-22T12:26:05.123Z', request: { path: '/a', time: 1795350365.123 }, n: 1 },
  { ts: '2026-11-22T12:26:05.223Z', request: { path: '/b', time: 1795350365.223 }, n: 2 },
  { ts: '2026-11-22T12:26:06Z', request: { path: '/c', time: 1795350366 }, n: 3 },
];
const LOGS = [
  '10.0.0.1 - - "GET /a HTTP/1.1" 200 1795350365.123 0.012\n10.0.0.2 - - "GET /b HTTP/1.1" 200 1795350365.223 0.010\n',
  'Nov 22 12:26:05 lb haproxy[1]: 10.0.0.1:1 [22/Nov/2026:12:26:05.123] front back/s1 0/0/1/10/11 200 1 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"\n',
  '[2026-11-22T12:26:05.123Z] "GET /a HTTP/1.1" 200 - 0 5 12 11 "-" "curl" "id" "host" "10.0.0.1:80"\n[2026-11-22T12:26:05.223Z] "GET /b"\n',
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n127.0.0.1 - - [10/Oct/2000:13:55:37 -0700] "GET /"\n',
  'http 2026-11-22T12:26:06.1Z app/lb/1 1.2.3.4:1 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "GET http://a/ HTTP/1.1" "curl" - - arn "Root=1" "-" "-" 0 2026-11-22T12:26:05.9Z "forward"\n',
  '#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status time-taken\n2026-11-22 12:26:05 GET /a 200 12\n2026-11-22 12:26:06 GET /b 200 9\n',
];
const JSON_LOG = [
  { StartUTC: '2026-11-22T12:26:05.123Z', RequestPath: '/a', DownstreamStatus: 200, Duration: 12_000_000 },
  { ts: 1795350365.223, request: { uri: '/b' }, status: 200, duration: 0.01 },
];

const JOURNAL_STATE = {
  replicas: [1, 2],
  last_change_ms: 1000,
  last_raise_ms: [null, 500],
  hand_until_ms: [null, null],
};
const JOURNAL = [
  {
    kind: 'start',
    version: 1,
    pipeline: 'small',
    plan_sha256: 'x',
    stages: ['a', 'b'],
    state: JOURNAL_STATE,
    applied: [1, 2],
    checked_ms: 1000,
    zero_ms: 1_700_000_000_000,
  },
  {
    kind: 'decision',
    decision: { kind: 'change', at_ms: 2000, direction: 'up', replicas: [2, 2], reason: 'burst' },
    state: JOURNAL_STATE,
  },
  { kind: 'hand', checked_ms: 3000, state: JOURNAL_STATE, applied: [1, 2] },
  { kind: 'applied', stage: 'a', replicas: 2, activation_ms: 10 },
  { kind: 'progress', checked_ms: 4000, zero_ms: 1_700_000_000_000 },
];

const SERVE_CONFIG = `applications:
  - name: app
    deployments:
      - name: Detect
        num_replicas: 2
      - name: Read
        autoscaling_config: { min_replicas: 1 }
`;

const instants = { hasHeader: true, sort: false } as const;
const PROFILES = example('profiles/measured.csv');
/** What the samples are of. */
const MEASURED: readonly Profile[] = [
  {
    model: 'yolov5s',
    hardware: 't4',
    rows: [1, 2, 4].map((batchSize) => ({ batchSize, meanMs: 10 * batchSize, runtime: 'r', source: 's' })),
  },
];

/** Small YAML texts that once ended the process or kept it for minutes. */
const HEAVY_YAML = [
  '- '.repeat(5000),
  '? '.repeat(5000),
  `a: ${'['.repeat(5000)}`,
  `${'? '.repeat(190)}[${'{a: 1, b: [2, 3]},'.repeat(500)}]`,
  `version: 1\n${Array.from({ length: 5000 }, (_, i) => `k${i}: 1\n`).join('')}`,
];

export const FILE_TARGETS: readonly AnyTarget[] = [
  file(
    'pipeline',
    mutatedYaml(example('pipeline.yaml')),
    (path) => {
      filesNamedIn(path);
      openEdges(readPipelineFile(path).pipeline);
    },
    { examples: HEAVY_YAML },
  ),
  file('hardware', mutatedYaml(example('profiles/hardware.yaml')), (path) => {
    const hardware = readHardwareFile(path);
    const instances = readInstanceTypes(path);
    return verdictOf(() => packModel(hardware, instances), { input: 'NaN' });
  }),
  file('profiles.csv', mutatedCsv(PROFILES), (path) => readProfileFiles([path])),
  file('samples.csv', mutatedCsv(example('profiles/measured.samples.csv')), (path) =>
    readSamplesFiles([path], MEASURED),
  ),
  file('config.pbtxt', mutatedBytes(mutatedText(fc.constant(ENSEMBLE))), (path) =>
    tritonIntake(basename(path), [
      { name: 'ocr', config: readTextFile(path), shown: basename(path) },
      { name: 'read', config: 'max_batch_size: 8', shown: 'read' },
    ]),
  ),
  file('otlp', mutatedJsonLines([OTLP, OTLP]), (path) => readIntake('otel', path, ON)),
  file('jaeger', mutatedYaml(JSON.stringify(JAEGER, undefined, 1)), (path) => readIntake('otel', path, ON)),
  file('inference graph', mutatedYaml(GRAPH), (path) => readIntake('kserve', path, ON)),
  file('serve.yaml', mutatedYaml(SERVE_CONFIG), (path) => readIntake('ray', path, ON)),
  file('model-analyzer.csv', mutatedCsv(ANALYZED), (path) => readIntake('model-analyzer', path, ON)),
  file('perf-analyzer.csv', mutatedCsv(PERF), (path) => readIntake('perf-analyzer', path, ON)),
  file('aiperf', mutatedYaml(SUMMARY), (path) => readIntake('aiperf', path, ON)),
  file('plan', mutatedYaml(example('plan.yaml')), (path) => formatPlan(readPlanFile(path))),
  file('backend', mutatedYaml(example('backend.yaml')), readBackendFile),
  file('trace.csv', mutatedCsv(example('traces/bursty.csv')), readTraceFile),
  file('instants.csv', mutatedCsv(INSTANTS), (path) => readTimestamps(path, { ...instants, column: 'time' }), {
    examples: ['\u001btime,a\n1,2\n', `time,a\n1,"${'\n'.repeat(20_000)}`],
  }),
  file('stamps.csv', mutatedBytes(mutatedText(fc.constant(STAMPS))), (path) =>
    readTimestamps(path, { ...instants, sort: true, skipBad: true }),
  ),
  file('counts.csv', mutatedCsv(COUNTS), (path) =>
    readCounts(path, { hasHeader: true, column: 'requests', intervalUs: 60e6, isRate: false, fillGaps: true }),
  ),
  file('counts-across.csv', mutatedCsv(ACROSS), (path) =>
    readCounts(path, { hasHeader: true, column: '1..4', intervalUs: 60e6, isRate: true, fillGaps: false }),
  ),
  file('json-lines', mutatedJsonLines(EVENTS), (path) =>
    readTimestamps(path, { ...instants, column: 'request.time', where: [{ column: 'n', value: '2', isEqual: false }] }),
  ),
  file('json', mutatedYaml(JSON.stringify({ data: { events: EVENTS } }, undefined, 1)), (path) =>
    readTimestamps(path, { ...instants, column: 'data.events[].ts' }),
  ),
  file('access-log', mutatedBytes(mutatedText(fc.constantFrom(...LOGS))), (path) =>
    readAccessLog(path, { sort: true }),
  ),
  file('json-log', mutatedJsonLines(JSON_LOG), (path) => readAccessLog(path, { sort: true, skipBad: true })),
  file(
    'serve-config',
    mutatedYaml(SERVE_CONFIG),
    async (path) => {
      const { readFileSync } = await import('node:fs');
      const text = readFileSync(path, 'utf8');
      readServeDeployment(text, 'app', 'Detect');
      withServeReplicas(text, 'app', 'Detect', 3);
    },
    { examples: [`<<: *lost\n${SERVE_CONFIG}`] },
  ),
  journal(),
  paper(),
];

/** A journal, and what a run begins with after it. */
function journal(): Target<Content> {
  return {
    name: 'file journal',
    inputs: mutatedJsonLines(JOURNAL),
    async open() {
      const { openRunRecord } = await import('../../src/cli/tune/run-record.js');
      const folder = scratchFolder();
      const journalPath = join(folder, 'journal');
      const planPath = join(folder, 'plan.yaml');
      writeFileSync(planPath, 'x');
      const { sha256OfFile } = await import('../../src/files/system/hash.js');
      const sha = sha256OfFile(planPath);
      const stage = (name: string) => ({ stage: name, hardware: 'cpu', replicas: 1, costUsdPerHour: 1 });
      const plan = {
        stages: [stage('a'), stage('b')],
        limits: { mostReplicas: {}, inventory: {}, fewestReplicas: {} },
      } as never;
      return {
        take(content) {
          const text = typeof content === 'string' ? content.replace('"x"', `"${sha}"`) : content;
          writeFileSync(journalPath, text);
          return verdictOf(
            () => {
              const record = openRunRecord({
                pipeline: 'small',
                stages: ['a', 'b'],
                planPath,
                journalPath,
                place: 'on paper',
              });
              try {
                const { replicas } = loopStart({ resume: record.resume, plan, handHoldMs: 1000 }, [1, 1]);
                if (!replicas.every((count) => Number.isSafeInteger(count) && count >= 0))
                  throw new Error(`begins with ${JSON.stringify(replicas)}`);
              } finally {
                record.close();
              }
            },
            { named: 'journal', input: textOf(text) },
          );
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

/** The file of replicas on paper. */
function paper(): Target<Content> {
  return {
    name: 'file paper',
    inputs: mutatedYaml('{"a": 1, "b": 2}'),
    async open() {
      const { openTarget } = await import('../../src/cli/tune/ends.js');
      const folder = scratchFolder();
      const path = join(folder, 'paper.json');
      const stages = ['a', 'b'].map((stage) => ({ stage, replicas: 1, activationDelayMs: 0 })) as never;
      return {
        take(content) {
          writeFileSync(path, content);
          return verdictOf(
            async () => {
              const target = await openTarget({ target: { kind: 'paper', path } } as never, {
                pipeline: 'small',
                stages,
                speed: 1000,
              });
              for (const { stage, wanted, ready } of await target.readReplicas()) {
                if (![wanted, ready].every((count) => Number.isSafeInteger(count) && count >= 0))
                  throw new Error(`${stage}: ${JSON.stringify([wanted, ready])}`);
              }
              await target.setReplicas({ stage: 'a', replicas: 3 });
            },
            { named: 'paper.json', input: textOf(content) },
          );
        },
        close: () => {
          if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}
