/** Traces become stages, edges and service times. Times are worked by hand, in milliseconds. */
import { describe, expect, it } from 'vitest';
import { otelIntake } from '../../../src/files/intake/spans/otel.js';

interface Given {
  readonly id: string;
  readonly parent?: string;
  readonly name?: string;
  readonly service?: string;
  readonly ms: readonly [number, number];
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly isError?: boolean;
}

const BASE_NS = 1_796_130_329_000_000_000n;
const nano = (ms: number) => String(BASE_NS + BigInt(Math.round(ms * 1e6)));
const anyValue = (value: string | number) =>
  typeof value === 'string' ? { stringValue: value } : { intValue: String(value) };

/** One export request of OTLP for a trace whose spans may belong to several services. */
function otlp(traceId: string, spans: readonly Given[]): object {
  return {
    resourceSpans: spans.map(({ id, parent, name = id, service = 'app', ms, attributes = {}, isError = false }) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId,
              spanId: id,
              ...(parent === undefined ? {} : { parentSpanId: parent }),
              name,
              startTimeUnixNano: nano(ms[0]),
              endTimeUnixNano: nano(ms[1]),
              attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })),
              ...(isError ? { status: { code: 2 } } : {}),
            },
          ],
        },
      ],
    })),
  };
}

const lines = (...traces: readonly (readonly Given[])[]) =>
  traces.map((spans, n) => JSON.stringify(otlp(`t${n}`, spans))).join('\n');
const read = (text: string) => otelIntake('traces.json', text, 'cpu-1');
const edges = (text: string) =>
  Object.fromEntries(
    read(text).stages.map(({ stage }) => [
      stage.name,
      stage.parents.map(({ from, probability, fanOut, group, per }) =>
        [from, probability, fanOut, group, per].filter((one) => one !== undefined),
      ),
    ]),
  );
const root = (toMs: number, fromMs = 0): Given => ({ id: 'root', name: 'query', ms: [fromMs, toMs] });
const call = (name: string, from: number, to: number, more: Partial<Given> = {}): Given => ({
  id: more.id ?? name,
  parent: 'root',
  name,
  ms: [from, to],
  ...more,
});

describe('one service: a stage is a span below the first one', () => {
  it('calls one after another are a chain, calls side by side branch, and what follows joins them', () => {
    const text = lines([root(50), call('a', 0, 10), call('b', 10, 20), call('c', 10, 30), call('d', 30, 50)]);
    expect(edges(text)).toEqual({
      a: [['query', 1, 1]],
      b: [['a', 1, 1]],
      c: [['a', 1, 1]],
      d: [
        ['b', 1, 1],
        ['c', 1, 1],
      ],
    });
  });

  it('several calls to one stage are a fan-out, counted', () => {
    const twice = [root(40), call('a', 0, 10), call('b', 10, 20), call('b', 10, 25, { id: 'b2' })];
    const once = [root(40), call('a', 0, 10), call('b', 10, 20)];
    const never = [root(40), call('a', 0, 10)];
    expect(edges(lines(twice, once, once, never)).b).toEqual([
      [
        'a',
        0.75,
        [
          { items: 1, share: 0.666667 },
          { items: 2, share: 0.333333 },
        ],
      ],
    ]);
  });

  it('ways that are never taken together exclude each other, once chance would have shown it', () => {
    const left = [root(40), call('a', 0, 10), call('b', 10, 20)];
    const right = [root(40), call('a', 0, 10), call('c', 10, 20)];
    const many = lines(...Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? left : right)));
    expect(edges(many)).toMatchObject({ b: [['a', 0.5, 1, 'after-a']], c: [['a', 0.5, 1, 'after-a']] });
    expect(edges(lines(left, right))).toMatchObject({ b: [['a', 0.5, 1]], c: [['a', 0.5, 1]] });
  });

  it('service times are those of the spans, by batch size where an attribute tells it', () => {
    const sized = (ms: number, size: number) => [root(40), call('a', 0, ms, { attributes: { batch_size: size } })];
    const { profiles } = read(lines(...Array.from({ length: 20 }, (_, n) => sized(n < 10 ? 4 : 8, n < 10 ? 1 : 2))));
    expect(profiles).toMatchObject([
      { model: 'a', hardware: 'cpu-1', row: { batchSize: 1, meanMs: 4, p99Ms: 4, samples: 10 } },
      { model: 'a', hardware: 'cpu-1', row: { batchSize: 2, meanMs: 8, samples: 10 } },
    ]);
  });
});

it('several services: a stage is a service, and its time is what it did not wait for others', () => {
  const text = lines([
    { id: 'root', name: 'GET /', service: 'gateway', ms: [0, 100] },
    { id: 'x', parent: 'root', name: 'detect', service: 'detector', ms: [10, 80] },
    { id: 'x2', parent: 'x', name: 'resize', service: 'detector', ms: [10, 20] },
    { id: 'y', parent: 'x2', name: 'read', service: 'reader', ms: [30, 60] },
  ]);
  expect(edges(text)).toEqual({ detector: [['query', 1, 1]], reader: [['detector', 1, 1]] });
  expect(read(text).profiles.map(({ model, row }) => [model, row.meanMs])).toEqual([
    ['detector', 40],
    ['reader', 30],
  ]);
});

it('arrivals are the starts of the first spans, in whole microseconds from the first', () => {
  const text = lines(
    [root(40, 5), call('a', 5, 10)],
    [root(90, 2), call('a', 3, 10)],
    [root(90, 7.0004), call('a', 8, 10)],
  );
  expect([...read(text).arrivalsUs!]).toEqual([0, 3000, 5000]);
});

it('a trace without its first span, and one with an error, are counted and left out', () => {
  const { stages, arrivalsUs, notes } = read(
    lines(
      [root(40), call('a', 0, 10)],
      [{ id: 'b', parent: 'gone', ms: [0, 1] }],
      [root(40), call('z', 0, 10, { isError: true })],
    ),
  );
  expect(stages.map(({ stage }) => stage.name)).toEqual(['a']);
  expect(arrivalsUs).toHaveLength(2);
  expect(notes.join('\n')).toMatch(/1 traces were left out: they have no first span[\s\S]*1 traces with an error/);
});

it("Jaeger's JSON says the same, with its own references and services", () => {
  const span = (
    spanID: string,
    parent: string | undefined,
    startTime: number,
    duration: number,
    processID: string,
  ) => ({
    traceID: 't',
    spanID,
    operationName: `op ${spanID}`,
    startTime,
    duration,
    processID,
    tags: [{ key: 'batch_size', type: 'int64', value: 2 }],
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }],
  });
  const text = JSON.stringify({
    data: [
      {
        traceID: 't',
        processes: { p1: { serviceName: 'front' }, p2: { serviceName: 'model a' } },
        spans: [
          span('r', undefined, 1_700_000_000_000_000, 9000, 'p1'),
          span('s', 'r', 1_700_000_000_001_000, 4000, 'p2'),
        ],
      },
    ],
  });
  expect(edges(text)).toEqual({ 'model-a': [['query', 1, 1]] });
  expect(read(text).profiles).toMatchObject([{ model: 'model-a', row: { batchSize: 2, meanMs: 4 } }]);
});

describe('refused by place', () => {
  it.each([
    ['', 'traces.json: no spans in it'],
    ['{"a":1}', 'traces.json: neither resourceSpans (OTLP) nor data (Jaeger) in it'],
    ['{"resourceSpans":[]}\n{x}', 'traces.json:2: not JSON'],
    [lines([{ id: 'b', parent: 'gone', ms: [0, 1] }]), 'no complete trace with a stage in it'],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":5}]}]}]}', 'an id of a span = 5, must be text'],
    [
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"a","name":"n","startTimeUnixNano":"x"}]}]}]}',
      'traces.json: span a: startTimeUnixNano = x, must be nanoseconds since 1970',
    ],
  ])('%j', (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });
});
