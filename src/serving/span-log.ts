/**
 * What becomes of each query as OpenTelemetry spans: one for the query, one for each stage it visits, one for each
 * batch its items are in. A stage's span links to the spans of the stages that sent it something. It holds the queries
 * that are under way, and one line of OTLP JSON is told when a query has ended. Pure: no clock, no file.
 */
import type { Pipeline } from '../model/pipeline.js';
import type { Batch, BatchOutcome } from './items/batch.js';
import type { LiveQuery, Outcome } from './items/live-query.js';

const KIND_INTERNAL = 1;
const KIND_SERVER = 2;
const STATUS_OK = 1;
const STATUS_ERROR = 2;
/** Hexadecimal digits of half an id of a trace, and of half an id of a span. */
const TRACE_HALF = 16;
const SPAN_HALF = 8;
const HALF_SPAN_IDS = 2 ** 32;

interface BatchPart {
  readonly batch: Batch;
  readonly endUs: number;
  readonly outcome: BatchOutcome;
  items: number;
}

interface Visit {
  readonly sentBy: { readonly stage: number; readonly items: number }[];
  readonly parts: BatchPart[];
  enteredUs: number;
}

export interface SpanLogOptions {
  readonly pipeline: Pipeline;
  /** Milliseconds since 1970 at the engine's instant 0. */
  readonly originMs: number;
  /** 16 hexadecimal digits, not all 0, that no other run has. */
  readonly run: string;
  tell(line: string): void;
}

export class SpanLog {
  private readonly stages: readonly string[];
  private readonly place: ReadonlyMap<string, number>;
  private readonly open = new Map<LiveQuery, Map<number, Visit>>();

  private readonly options: SpanLogOptions;

  constructor(options: SpanLogOptions) {
    this.options = options;
    this.stages = options.pipeline.stages.map(({ name }) => name);
    this.place = new Map(this.stages.map((name, stage) => [name, stage]));
  }

  /** `from` is a stage or the pipeline's entry. */
  sent(query: LiveQuery, to: number, from: string, items: number): void {
    const stage = this.place.get(from);
    if (query.number >= 0 && !query.isAnswered && stage !== undefined)
      this.visit(query, to).sentBy.push({ stage, items });
  }

  batchEnded(batch: Batch, endUs: number, outcome: BatchOutcome): void {
    batch.queries.forEach((query, n) => {
      if (query.number < 0 || query.isAnswered) return;
      const visit = this.visit(query, batch.stage);
      visit.enteredUs = Math.min(visit.enteredUs, batch.enteredUs[n]!);
      const last = visit.parts.at(-1);
      if (last?.batch === batch) last.items++;
      else visit.parts.push({ batch, endUs, outcome, items: 1 });
    });
  }

  queryEnded(query: LiveQuery, outcome: Outcome): void {
    if (query.number < 0) return;
    const visits = this.open.get(query) ?? new Map<number, Visit>();
    this.open.delete(query);
    this.options.tell(`${JSON.stringify(this.requestOf(query, visits, outcome))}\n`);
  }

  private visit(query: LiveQuery, stage: number): Visit {
    const visits = this.open.get(query) ?? new Map<number, Visit>();
    this.open.set(query, visits);
    const visit = visits.get(stage) ?? { sentBy: [], parts: [], enteredUs: Number.POSITIVE_INFINITY };
    visits.set(stage, visit);
    return visit;
  }

  /** One export request (opentelemetry.proto.collector.trace.v1), as the collector's file exporter writes a line. */
  private requestOf(query: LiveQuery, visits: ReadonlyMap<number, Visit>, outcome: Outcome): object {
    const { name } = this.options.pipeline;
    const traceId = this.options.run + hex(query.number, TRACE_HALF);
    const idOf = (n: number) => hex(query.number % HALF_SPAN_IDS, SPAN_HALF) + hex(n + 1, SPAN_HALF);
    let used = this.stages.length;
    const span = (id: string, parent: string | undefined, words: object) => ({
      traceId,
      spanId: id,
      ...(parent === undefined ? {} : { parentSpanId: parent }),
      ...words,
    });
    const root = span(idOf(0), undefined, {
      name,
      kind: KIND_SERVER,
      ...this.times(query.arrivedUs, query.endedUs),
      attributes: [whole('infer_plan.query', query.number)],
      status: outcome === 'done' ? { code: STATUS_OK } : { code: STATUS_ERROR, message: outcome },
    });
    const ended = [...visits].filter(([, { parts }]) => parts.length > 0);
    const spans = ended.flatMap(([stage, { sentBy, parts, enteredUs }]) => {
      const stageId = idOf(stage + 1);
      return [
        span(stageId, idOf(0), {
          name: this.stages[stage]!,
          kind: KIND_INTERNAL,
          ...this.times(enteredUs, Math.max(...parts.map(({ endUs }) => endUs))),
          attributes: [
            { key: 'infer_plan.stage', value: { stringValue: this.stages[stage]! } },
            whole(
              'infer_plan.items',
              parts.reduce((sum, { items }) => sum + items, 0),
            ),
          ],
          links: sentBy.map((sender) => ({
            traceId,
            spanId: idOf(sender.stage + 1),
            attributes: [whole('infer_plan.items', sender.items)],
          })),
        }),
        ...parts.map(({ batch, endUs, outcome: end, items }) =>
          span(idOf(++used), stageId, {
            name: `${this.stages[stage]!} batch`,
            kind: KIND_INTERNAL,
            ...this.times(batch.startUs, endUs),
            attributes: [
              whole('infer_plan.batch', batch.number),
              whole('infer_plan.batch.size', batch.queries.length),
              whole('infer_plan.items', items),
              whole('infer_plan.replica', batch.replica),
            ],
            status: end === 'done' ? { code: STATUS_OK } : { code: STATUS_ERROR, message: end },
          }),
        ),
      ];
    });
    const service = [{ key: 'service.name', value: { stringValue: name } }];
    const scopeSpans = [{ scope: { name: 'infer-plan' }, spans: [root, ...spans] }];
    return { resourceSpans: [{ resource: { attributes: service }, scopeSpans }] };
  }

  /** Nanoseconds since 1970 as text: they are beyond exact numbers. */
  private times(startUs: number, endUs: number): object {
    const nano = (us: number) => String((BigInt(Math.round(this.options.originMs * 1000)) + BigInt(us)) * 1000n);
    return { startTimeUnixNano: nano(startUs), endTimeUnixNano: nano(endUs) };
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** 64-bit numbers are text in OTLP's JSON. */
function whole(key: string, value: number): object {
  return { key, value: { intValue: String(value) } };
}
