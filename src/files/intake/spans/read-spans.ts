/**
 * Reads spans from JSON: OTLP (one export request, or one a line as the collector's file exporter writes them), and
 * Jaeger's (`{"data": [{"traceID", "spans", "processes"}]}`, what its UI and API give). Sources: opentelemetry-proto
 * trace/v1, JSON mapping; Jaeger's model/json.
 */
import { InputError } from '../../../errors.js';
import { formatOffered } from '../../../model/notation/offered-value.js';
import { isMapping } from '../../entry.js';
import { ITEMS_KEY, type Span, type Traces } from './span.js';

const MOST_SPANS = 2_000_000;
const NS_PER_US = 1000n;
const STATUS_ERROR = 2;

type Values = Readonly<Record<string, unknown>>;
/** A span before its instants are made small numbers: nanoseconds since 1970. */
interface RawSpan extends Omit<Span, 'startUs' | 'endUs'> {
  readonly trace: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** @throws InputError `INTAKE` with the file, and the line where lines are read */
export function readSpans(shown: string, text: string): Traces {
  const raw: RawSpan[] = [];
  for (const { value, where } of documentsIn(shown, text)) {
    for (const span of spansOf(value, where)) raw.push(span);
    if (raw.length > MOST_SPANS)
      throw new InputError('INTAKE', `${shown}: more than ${MOST_SPANS} spans: give a part of it`);
  }
  if (raw.length === 0) throw new InputError('INTAKE', `${shown}: no spans in it`);
  let firstNs = raw[0]!.startNs;
  for (const { startNs } of raw) if (startNs < firstNs) firstNs = startNs;
  const traces = new Map<string, Span[]>();
  for (const { trace, startNs, endNs, ...rest } of raw) {
    const span = { ...rest, startUs: usBetween(firstNs, startNs), endUs: usBetween(firstNs, endNs) };
    const spans = traces.get(trace);
    if (spans === undefined) traces.set(trace, [span]);
    else spans.push(span);
  }
  return traces;
}

function usBetween(fromNs: bigint, toNs: bigint): number {
  const ns = toNs - fromNs;
  return Number(ns / NS_PER_US) + Number(ns % NS_PER_US) / 1000;
}

/** The whole text as one document, or else each of its lines. */
function* documentsIn(shown: string, text: string): Generator<{ value: unknown; where: string }> {
  const whole = attempt(text);
  if (whole !== undefined) {
    yield { value: whole.value, where: shown };
    return;
  }
  let line = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const one = text.slice(from, end < 0 ? text.length : end).trim();
    from = end < 0 ? text.length : end + 1;
    line++;
    if (one === '') continue;
    const parsed = attempt(one);
    if (parsed === undefined)
      throw new InputError('INTAKE', `${shown}:${line}: not JSON: ${formatOffered(one.slice(0, 60))}`);
    yield { value: parsed.value, where: `${shown}:${line}` };
  }
}

function attempt(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function spansOf(value: unknown, where: string): RawSpan[] {
  if (isMapping(value) && Array.isArray(value.resourceSpans)) {
    return mappings(value.resourceSpans).flatMap((resource) => otlpSpans(resource, where));
  }
  if (isMapping(value) && Array.isArray(value.data)) {
    return mappings(value.data).flatMap((trace) => jaegerSpans(trace, where));
  }
  throw new InputError('INTAKE', `${where}: neither resourceSpans (OTLP) nor data (Jaeger) in it`);
}

function otlpSpans(resource: Values, where: string): RawSpan[] {
  const service = attributesOf(isMapping(resource.resource) ? resource.resource.attributes : undefined).get(
    'service.name',
  );
  const scopes = mappings(resource.scopeSpans ?? resource.instrumentationLibrarySpans);
  return scopes.flatMap((scope) =>
    mappings(scope.spans).map((span): RawSpan => {
      const id = idIn(span.spanId, where);
      return {
        trace: idIn(span.traceId, where),
        id,
        parent:
          span.parentSpanId === undefined || span.parentSpanId === '' ? undefined : idIn(span.parentSpanId, where),
        name: nameIn(span.name, where),
        service: typeof service === 'string' ? service : '',
        startNs: nanoIn(span.startTimeUnixNano, `${where}: span ${id}: startTimeUnixNano`),
        endNs: nanoIn(span.endTimeUnixNano, `${where}: span ${id}: endTimeUnixNano`),
        isError:
          isMapping(span.status) && (span.status.code === STATUS_ERROR || span.status.code === 'STATUS_CODE_ERROR'),
        attributes: attributesOf(span.attributes),
        links: mappings(span.links).map((link) => {
          const items = attributesOf(link.attributes).get(ITEMS_KEY);
          return { id: idIn(link.spanId, where), items: typeof items === 'number' ? items : 1 };
        }),
      };
    }),
  );
}

function jaegerSpans(trace: Values, where: string): RawSpan[] {
  const processes = isMapping(trace.processes) ? trace.processes : {};
  return mappings(trace.spans).map((span): RawSpan => {
    const id = idIn(span.spanID, where);
    const references = mappings(span.references);
    const parent = references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
    const process =
      typeof span.processID === 'string' && Object.hasOwn(processes, span.processID)
        ? processes[span.processID]
        : undefined;
    const attributes = tagsOf(span.tags);
    const startNs = microIn(span.startTime, `${where}: span ${id}: startTime`);
    return {
      trace: idIn(span.traceID ?? trace.traceID, where),
      id,
      parent: typeof parent === 'string' ? parent : undefined,
      name: nameIn(span.operationName, where),
      service: isMapping(process) && typeof process.serviceName === 'string' ? process.serviceName : '',
      startNs,
      endNs: startNs + microIn(span.duration, `${where}: span ${id}: duration`),
      isError: attributes.get('error') === 'true' || attributes.get('otel.status_code') === 'ERROR',
      attributes,
      links: references
        .filter(({ refType }) => refType === 'FOLLOWS_FROM')
        .map(({ spanID }) => ({ id: idIn(spanID, where), items: 1 })),
    };
  });
}

/** OTLP: `{key, value: {stringValue | intValue | doubleValue | boolValue}}`. */
function attributesOf(list: unknown): ReadonlyMap<string, string | number> {
  const attributes = new Map<string, string | number>();
  for (const { key, value } of mappings(list)) {
    if (typeof key !== 'string' || !isMapping(value)) continue;
    const number = Number(value.intValue ?? value.doubleValue ?? Number.NaN);
    if (typeof value.stringValue === 'string') attributes.set(key, value.stringValue);
    else if (Number.isFinite(number)) attributes.set(key, number);
    else if (typeof value.boolValue === 'boolean') attributes.set(key, String(value.boolValue));
  }
  return attributes;
}

/** Jaeger: `{key, type, value}`. */
function tagsOf(list: unknown): ReadonlyMap<string, string | number> {
  return new Map(
    mappings(list).flatMap(({ key, value }) => {
      if (typeof key !== 'string') return [];
      return [[key, typeof value === 'number' ? value : String(value)] as const];
    }),
  );
}

function mappings(list: unknown): readonly Values[] {
  return Array.isArray(list) ? list.filter(isMapping) : [];
}

function idIn(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 64) return value;
  throw new InputError('INTAKE', `${where}: an id of a span = ${formatOffered(value)}, must be text`);
}

function nameIn(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 300) return value;
  throw new InputError(
    'INTAKE',
    `${where}: a name of a span = ${formatOffered(value)}, must be text of 1 to 300 characters`,
  );
}

/** A whole number of nanoseconds, as text or as a number. */
function nanoIn(value: unknown, place: string): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e20)
    return BigInt(Math.round(value));
  throw new InputError('INTAKE', `${place} = ${formatOffered(value)}, must be nanoseconds since 1970`);
}

function microIn(value: unknown, place: string): bigint {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e17)
    return BigInt(Math.round(value)) * NS_PER_US;
  throw new InputError('INTAKE', `${place} = ${formatOffered(value)}, must be microseconds`);
}
