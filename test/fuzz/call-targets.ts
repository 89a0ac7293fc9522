/** Every HTTP call of `serve`, of the port for pushed arrivals, and of the tuner's metrics. */
import fc from 'fast-check';
import { pushArrivals } from '../../src/backends/arrivals/push-arrivals.js';
import { serveTunerMetrics } from '../../src/control-loop/metrics.js';
import { ENTRY, type Pipeline } from '../../src/model/pipeline.js';
import type { Profile } from '../../src/model/profile.js';
import { mutatedJson } from './documents.js';
import { type Call, httpClient, sendBytes, verdictOfAnswer } from './http-client.js';
import { mutatedBytes, mutatedText } from './mutations.js';
import type { AnyTarget, Target } from './target.js';

const PIPELINE: Pipeline = {
  name: 'small',
  stages: [
    { name: 'a', kind: 'model', model: 'm', parents: [{ from: ENTRY, probability: 1, fanOut: 1 }] },
    { name: 'b', kind: 'model', model: 'm', parents: [{ from: 'a', probability: 0.5, fanOut: 2 }] },
  ],
};
const PROFILE: Profile = {
  model: 'm',
  hardware: 'cpu',
  rows: [1, 8].map((batchSize) => ({ batchSize, meanMs: 0.001, runtime: 'none', source: 'none' })),
};

/** A module of the built program. The engine starts threads, and a thread cannot load TypeScript. */
async function built(path: string) {
  return await import(new URL(`../../dist/${path}`, import.meta.url).href);
}

/** The engine, emulated, on a free port. Needs a build (`make test` makes one). */
async function openEngine(): Promise<{ url: string; close(): Promise<void> }> {
  const { startServer }: typeof import('../../src/serving/http/http-server.js') =
    await built('serving/http/http-server.js');
  const { Runtime }: typeof import('../../src/serving/runtime.js') = await built('serving/runtime.js');
  const { runtimeStages }: typeof import('../../src/serving/runtime-stages.js') =
    await built('serving/runtime-stages.js');
  const scenario = {
    pipeline: PIPELINE,
    profiles: [PROFILE],
    hardware: [{ name: 'cpu', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 }],
    serviceModel: 'mean',
    seed: 1,
  } as const;
  const configuration = PIPELINE.stages.map(({ name }) => ({
    stage: name,
    hardware: 'cpu',
    maxBatchSize: 4,
    replicas: 2,
  }));
  const stages = runtimeStages(scenario, { configuration, isEmulated: () => true });
  const runtime = new Runtime({
    pipeline: PIPELINE,
    stages,
    folder: '.',
    seed: 1,
    queueLimit: 1000,
    queryTimeoutMs: 1000,
  });
  const server = await startServer({ runtime, host: '127.0.0.1', port: 0, toolVersion: '0' });
  return { url: server!.url, close: () => server!.stop(0) };
}

async function openPush(): Promise<{ url: string; close(): Promise<void> }> {
  return await pushArrivals({ port: 0 });
}

async function openMetrics(): Promise<{ url: string; close(): Promise<void> }> {
  return await serveTunerMetrics({ port: 0 }, () => undefined);
}

type Open = typeof openEngine;

/** Calls through a client. A request that the client itself will not send is no input. */
function call(
  name: string,
  inputs: fc.Arbitrary<Call>,
  open: Open = openEngine,
  prepared: (call: Call, number: number) => Call = (given) => given,
): Target<Call> {
  return {
    name: `call ${name}`,
    inputs,
    async open() {
      const server = await open();
      const client = httpClient(server.url);
      let number = 0;
      return {
        async take(input) {
          try {
            return verdictOfAnswer(await client.send(prepared(input, ++number)));
          } catch (error) {
            const { code } = error as { code?: string };
            // A server may close a connection whose request it will not read to its end.
            if (
              ['ERR_UNESCAPED_CHARACTERS', 'ERR_INVALID_CHAR', 'ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT'].includes(
                code ?? '',
              )
            )
              return 'refused';
            throw error;
          }
        },
        async close() {
          client.close();
          await server.close();
        },
      };
    },
  };
}

/** Requests as bytes. */
function raw(name: string, requests: readonly string[], open: Open = openEngine): Target<string | Uint8Array> {
  return {
    name: `call ${name}`,
    inputs: mutatedBytes(mutatedText(fc.constantFrom(...requests))),
    async open() {
      const server = await open();
      return { take: (bytes) => sendBytes(server.url, bytes), close: () => server.close() };
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TENSOR = { name: 'x', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] };
const INFER = { id: 'q', inputs: [TENSOR, { name: 'y', shape: [1], datatype: 'BYTES', data: ['text'] }] };
const BINARY = {
  inputs: [
    { name: 'x', shape: [2], datatype: 'FP32', parameters: { binary_data_size: 8 } },
    { name: 's', shape: [2], datatype: 'BYTES', parameters: { binary_data_size: 11 } },
  ],
};
const SPAN = { from_ms: 1000, to_ms: 1100, stamps_ms: [1002.5, 1043.1] };

function post(path: string, bodies: fc.Arbitrary<string | Uint8Array>, method = 'POST'): fc.Arbitrary<Call> {
  return bodies.map((body) => ({ method, path, headers: JSON_TYPE, body }));
}

/** Spans must follow one another: each is a second later than the one before. */
function laterSpan(span: Call, number: number): Call {
  const body = String(span.body).replace(/\b1(\d{3})\b/g, (_, ms) => String(1000 * number + Number(ms)));
  return { ...span, body };
}

/** Two numbers of four bytes, and two strings after their lengths. */
const BEHIND = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64, 3, 0, 0, 0, 97, 98, 99, 0, 0, 0, 0);

/** JSON, its stated length, and the bytes behind it. */
const binaryCalls: fc.Arbitrary<Call> = fc
  .tuple(
    fc.oneof(mutatedJson(BINARY), fc.constant(JSON.stringify(BINARY))),
    fc.integer({ min: -20, max: 20 }),
    fc.oneof(fc.constant(BEHIND), fc.uint8Array({ maxLength: 40 })),
  )
  .map(([json, off, bytes]) => ({
    method: 'POST',
    path: '/v2/models/small/infer',
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': `${Buffer.byteLength(json) + Math.min(off, 0)}`,
    },
    body: Buffer.concat([Buffer.from(json), bytes]),
  }));

const PATHS = [
  ...['/v2', '/v2/health/live', '/v2/health/ready', '/v2/models/small', '/v2/models/small.a/ready', '/metrics', '/'],
  ...['/v2/models/small/infer', '/admin/stages', '/admin/stages/a', '/admin/clock', '/admin/arrivals?from=0'],
  ...['/admin/batches', '/admin/stages/a/batches', '/admin/stages/a/replicas/1', '/admin/stop?now=1'],
];
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'];

const paths: fc.Arbitrary<Call> = fc
  .tuple(mutatedText(fc.constantFrom(...PATHS)), fc.constantFrom(...METHODS, 'GET', 'GET', 'GET'))
  .map(([text, method]) => {
    const path = `/${text.replace(/[^\u0021-\u007e]/g, (mark) => (mark >= '\ud800' ? '%ef' : encodeURIComponent(mark))).replace(/^\/+/, '')}`;
    return { method, path: path.slice(0, 8000), headers: JSON_TYPE };
  });

const HEADERS = [
  'content-type',
  'inference-header-content-length',
  'accept-encoding',
  'content-encoding',
  'origin',
  'authorization',
  'expect',
  'x',
];
const headers: fc.Arbitrary<Call> = fc
  .tuple(
    fc.constantFrom(...HEADERS),
    mutatedText(fc.constantFrom('application/json', '100-continue', '17', 'gzip', 'Bearer abc', 'http://evil.example')),
    fc.boolean(),
  )
  .map(([name, value, isAdmin]) => ({
    method: isAdmin ? 'PUT' : 'POST',
    path: isAdmin ? '/admin/stages/a' : '/v2/models/small/infer',
    headers: { ...JSON_TYPE, [name]: value.replace(/[^\u0020-\u007e]/g, '?').slice(0, 4000) },
    body: isAdmin ? '{"replicas":1}' : JSON.stringify(INFER),
  }));

const request = (line: string, body: string) =>
  `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
const CHUNKED =
  'POST /v2/models/small/infer HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"inp\r\n6\r\nuts":[\r\n2\r\n]}\r\n0\r\n\r\n';

export const CALL_TARGETS: readonly AnyTarget[] = [
  call('infer', post('/v2/models/small/infer', mutatedBytes(mutatedJson(INFER)))),
  call('infer binary', binaryCalls),
  call('infer stage', post('/v2/models/small.b/infer', mutatedJson({ inputs: [TENSOR] }))),
  call('change a stage', post('/admin/stages/a', mutatedJson({ replicas: 2, max_batch_size: 4 }), 'PUT')),
  call('run a batch', post('/admin/stages/a/batches', mutatedJson({ size: 2 }))),
  call('any path', paths),
  call('any header', headers),
  raw('bytes', [
    request('GET /v2', ''),
    request('POST /v2/models/small/infer', JSON.stringify(INFER)),
    request('PUT /admin/stages/a', '{"replicas":2}'),
    CHUNKED,
  ]),
  call('push', post('/arrivals', mutatedJson(SPAN)), openPush, laterSpan),
  raw('push bytes', [request('POST /arrivals', JSON.stringify(SPAN)), request('GET /', '')], openPush),
  raw('metrics bytes', [request('GET /metrics', '')], openMetrics),
];
