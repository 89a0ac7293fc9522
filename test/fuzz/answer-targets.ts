/**
 * What live systems answer: to those who scale them, who count their arrivals and who measure them. A wrong answer is
 * "unknown" and never a number.
 */
import fc from 'fast-check';
import { accessLogArrivals } from '../../src/backends/arrivals/access-log-arrivals.js';
import { COUNTER_RECIPES, counterArrivals } from '../../src/backends/arrivals/counter-arrivals.js';
import { promqlArrivals } from '../../src/backends/arrivals/promql-arrivals.js';
import type { ArrivalSource } from '../../src/backends/contracts/arrival-source.js';
import type { ScalingTarget } from '../../src/backends/contracts/scaling-target.js';
import { parseResource } from '../../src/backends/kubernetes/kubernetes-resource.js';
import { kubernetesTarget } from '../../src/backends/kubernetes/kubernetes-target.js';
import { engineBatches } from '../../src/backends/local/engine-log.js';
import { localTarget } from '../../src/backends/local/local-target.js';
import { openOipTarget } from '../../src/backends/oip/oip-target.js';
import { rayServeTarget } from '../../src/backends/ray-serve/ray-serve-target.js';
import type { Clock } from '../../src/backends/shared/clock.js';
import type { HttpCall } from '../../src/backends/shared/http.js';
import { tritonTarget } from '../../src/backends/triton/triton-target.js';
import { LOG_FORMATS } from '../../src/model/notation/access-log-line.js';
import { fakeClock } from '../helpers/fake-clock.js';
import { mutatedJson } from './documents.js';
import { mutatedText } from './mutations.js';
import { type AnyTarget, type Target, verdictOf } from './target.js';

const URL = 'http://127.0.0.1:1';
const STATUSES = [200, 200, 200, 200, 200, 200, 204, 302, 400, 404, 409, 500, 503];
/** As long as a source or a change may take on the clock that jumps. */
const LONGEST_MS = 20_000;

/** One text in place of one of a system's answers. */
interface Answer {
  readonly text: string;
  readonly status: number;
  /** Which answer of those given; the others are as they should be. */
  readonly at: number;
}

/** A path's part → what is answered there. */
type Answers = Readonly<Record<string, unknown>>;

function answer(values: Answers): fc.Arbitrary<Answer> {
  const texts = Object.values(values).map((value) =>
    typeof value === 'string' ? mutatedText(fc.constant(value)) : mutatedJson(value),
  );
  return fc.record({ text: fc.oneof(...texts), status: fc.constantFrom(...STATUSES), at: fc.nat(5) });
}

/** A server with these answers, of which one is the input. */
function faulty(values: Answers, { text, status, at }: Answer): HttpCall {
  let count = 0;
  return ({ url, method }) => {
    if (count++ === at) return Promise.resolve({ status, text });
    const found = Object.entries(values).find(([part]) => url.includes(part));
    if (method !== 'GET' || found === undefined) return Promise.resolve({ status: 200, text: '{}' });
    const [, value] = found;
    return Promise.resolve({ status: 200, text: typeof value === 'string' ? value : JSON.stringify(value) });
  };
}

type OpenScaling = (given: { http: HttpCall; clock: Clock; stages: readonly string[]; url: string }) => ScalingTarget;

/** Replicas are read and changed. */
function scaling(name: string, values: Answers, open: OpenScaling): Target<Answer> {
  return {
    name: `answer ${name}`,
    inputs: answer(values),
    share: 0.2,
    open: () => ({
      take: (input) =>
        verdictOf(
          async () => {
            const target = open({ http: faulty(values, input), clock: fakeClock(), stages: ['a'], url: URL });
            const signal = AbortSignal.timeout(LONGEST_MS);
            for (const { wanted, ready } of await target.readReplicas({ signal })) {
              const counts = ready === undefined ? [wanted] : [wanted, ready];
              if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0))
                throw new Error(`read ${JSON.stringify(counts)}`);
            }
            await target.setReplicas({ stage: 'a', replicas: 3, signal, timeoutMs: 1000 });
            await target.close();
          },
          { input: input.text },
        ),
    }),
  };
}

/** The first spans of a source, which must be possible ones. */
async function checkSpans(source: ArrivalSource, clock: ReturnType<typeof fakeClock>): Promise<void> {
  const stop = new AbortController();
  clock.at(LONGEST_MS, () => stop.abort());
  let seen = 0;
  for await (const { fromMs, toMs, count, stampsMs } of source.spans({ signal: stop.signal })) {
    const isSpan = Number.isFinite(fromMs) && Number.isFinite(toMs) && fromMs <= toMs;
    if (!isSpan || !Number.isSafeInteger(count) || count < 0 || (stampsMs && stampsMs.length !== count))
      throw new Error(`a span ${JSON.stringify({ fromMs, toMs, count, stamps: stampsMs?.length })}`);
    if (++seen === 5) stop.abort();
  }
  await source.close();
}

type OpenSource = (given: { http: HttpCall; clock: Clock; url: string; wallMs: () => number }) => ArrivalSource;

function arrivals(name: string, values: Answers, open: OpenSource): Target<Answer> {
  return {
    name: `answer ${name}`,
    inputs: answer(values),
    share: 0.2,
    open: () => ({
      take: (input) =>
        verdictOf(
          () => {
            const clock = fakeClock();
            const wallMs = () => 1_700_000_000_000 + clock.nowMs();
            return checkSpans(open({ http: faulty(values, input), clock, url: URL, wallMs }), clock);
          },
          { input: input.text },
        ),
    }),
  };
}

const TRITON_TEXT = `nv_inference_request_success{model="a",version="1"} 12
nv_inference_request_failure{model="a",version="1"} 0
nv_inference_pending_request_count{model="a",version="1"} 3
`;
const MATRIX = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      { metric: { job: 'a' }, values: [[1700000000, '10'], [1700000001, '14'], [1700000002, '20']] }, // biome-ignore format: a table
      {
        metric: { job: 'b' },
        values: [
          [1700000000.5, '0'],
          [1700000001.5, '8'],
        ],
      },
    ],
  },
};
const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', generation: 2, resourceVersion: '7' },
  spec: { replicas: 3 },
  status: { observedGeneration: 2, replicas: 3, readyReplicas: 3 },
};
const HPAS = { items: [{ metadata: { name: 'h' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'other' } } }] };
const RAY = {
  applications: {
    default: {
      name: 'default',
      external_scaler_enabled: true,
      deployed_app_config: { name: 'default', deployments: [{ name: 'a', num_replicas: 3 }] },
      deployments: {
        a: {
          target_num_replicas: 3,
          replicas: [{ state: 'RUNNING' }, { state: 'RUNNING' }, { state: 'RUNNING' }],
          deployment_config: { num_replicas: 3 },
        },
      },
    },
  },
};
const STAGE = { stage: 'a', replicas: 3, ready_replicas: 3 };
const BATCH = {
  stage: 'a',
  batch: 1,
  start_ms: 1,
  end_ms: 2,
  entered_ms: [0.5, 0.7],
  query: [1, 2],
  outcome: 'done',
};
const STATISTICS = { name: 'a', batch_stats: [{ batch_size: 1, compute_infer: { count: 1, ns: 1000 } }] };
const OIP = {
  '/stats': { model_stats: [STATISTICS] },
  '/v2/models/a': { name: 'a', inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }], outputs: [] },
  '/v2': { name: 'triton', version: '2' },
};
const LOG_LINES = [
  '10.0.0.1 "GET /a" 200 1700000000.123 0.012',
  'lb haproxy[1]: 10.0.0.1:1 [14/Nov/2023:22:13:20.123] front back/s1 0/0/1/10/11 200 1',
  '[2023-11-14T22:13:20.123Z] "GET /a HTTP/1.1" 200 - 0 5 12 11',
];

export const ANSWER_TARGETS: readonly AnyTarget[] = [
  scaling('local', { '/admin/stages': { version: 1, stages: [STAGE] } }, localTarget),
  scaling(
    'triton',
    {
      config: { name: 'a', instance_group: [{ name: 'g', kind: 'KIND_CPU', count: 3 }], max_batch_size: 4 },
      ready: '',
      index: [{ name: 'a', version: '1', state: 'READY' }],
    },
    tritonTarget,
  ),
  scaling('ray-serve', { applications: RAY }, rayServeTarget),
  scaling(
    'kubernetes',
    {
      horizontalpodautoscalers: HPAS,
      scaledobjects: { items: [] },
      scale: { ...DEPLOYMENT, kind: 'Scale' },
      deployments: DEPLOYMENT,
    },
    (given) => kubernetesTarget({ ...given, namespace: 'ml', resources: { a: parseResource('a', 'a') } }),
  ),
  arrivals('counter', { '': TRITON_TEXT }, (given) =>
    counterArrivals({ ...given, recipe: COUNTER_RECIPES.triton('a') }),
  ),
  arrivals('promql', { query: MATRIX }, (given) => promqlArrivals({ ...given, selector: 'x_total', scrapeMs: 1000 })),
  {
    name: 'answer engine batches',
    inputs: mutatedJson(BATCH),
    share: 0.2,
    open: () => ({
      take: (line: string) =>
        verdictOf(
          async () => {
            const { signal } = new AbortController();
            const stream = async function* () {
              yield `${JSON.stringify(BATCH)}\n${line}`;
              yield '\n';
            };
            for await (const { startMs, endMs, enteredMs } of engineBatches({ url: URL, stream, signal })) {
              if (![startMs, endMs, ...enteredMs].every(Number.isFinite)) throw new Error('a batch at no instant');
            }
          },
          { input: line },
        ),
    }),
  } satisfies Target<string>,
  {
    name: 'answer lines of a log',
    inputs: mutatedText(fc.constantFrom(...LOG_LINES)),
    share: 0.2,
    open: () => ({
      take: (line: string) =>
        verdictOf(
          async () => {
            for (const format of LOG_FORMATS) {
              const clock = fakeClock();
              const lines = [LOG_LINES[LOG_FORMATS.indexOf(format)]!, ...line.split('\n')];
              const file = { readNew: () => ({ lines: lines.splice(0, 2), hasGap: false }), close: () => {} };
              const wallMs = () => 1_700_000_000_200 + clock.nowMs();
              await checkSpans(accessLogArrivals({ file, place: 'a.log', format, holdMs: 100, clock, wallMs }), clock);
            }
          },
          { input: line },
        ),
    }),
  } satisfies Target<string>,
  {
    name: 'answer oip',
    inputs: answer(OIP),
    share: 0.2,
    open: () => ({
      take: (input: Answer) =>
        verdictOf(
          async () => {
            const target = await openOipTarget({
              url: URL,
              stages: [{ stage: 'a', models: ['a'], inputs: [] }],
              random: () => 0.5,
              clock: fakeClock(),
              call: faulty(OIP, input),
            });
            await target.close();
          },
          { input: input.text },
        ),
    }),
  } satisfies Target<Answer>,
];
