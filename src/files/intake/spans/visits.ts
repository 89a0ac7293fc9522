/**
 * Which stages each trace visits, in which order, and how long their work takes.
 *
 * Spans with the attribute `infer_plan.stage` are stages, and what they link to are their parents. Without that
 * attribute, in traces of several services, a stage is a service: the topmost span of each service below the first one.
 * In traces of one service a stage is a span right below the first. Of calls by one caller, a stage comes after those
 * calls that had ended when it began, less those that ended before another of them began; the first ones come after the
 * caller.
 */
import { BATCH_KEY, ITEMS_KEY, SIZE_KEYS, type Span, STAGE_KEY, type Traces } from './span.js';

/** What a trace says of one stage. */
export interface Visit {
  readonly items: number;
  /** Stages that sent items, '' for the entry, and how many each. */
  readonly from: ReadonlyMap<string, number>;
}

/** One piece of work: a batch of so many items. */
export interface Work {
  readonly batchSize: number;
  readonly us: number;
}

export interface Visits {
  /** One for each complete trace, by stage. */
  readonly traces: readonly ReadonlyMap<string, Visit>[];
  readonly arrivalsUs: readonly number[];
  readonly work: ReadonlyMap<string, readonly Work[]>;
  readonly incomplete: number;
  readonly failed: number;
  readonly hasSizes: boolean;
  readonly isOurs: boolean;
  /** Stages with spans inside them that are no stages, so that their own time is a remainder. */
  readonly rootName: string;
}

/** Two clocks, or a call that is noted a little late: what overlaps by less comes one after the other. */
const OVERLAP_US = 50;

export function visitsOf(traces: Traces): Visits {
  const visits: ReadonlyMap<string, Visit>[] = [];
  const arrivalsUs: number[] = [];
  const work = new Map<string, Work[]>();
  const batches = new Set<string>();
  const facts = { incomplete: 0, failed: 0, hasSizes: false, isOurs: false, rootName: '' };
  for (const spans of traces.values()) {
    const byId = new Map(spans.map((span) => [span.id, span]));
    const roots = spans.filter(({ parent }) => parent === undefined || !byId.has(parent));
    const [root] = roots;
    if (roots.length !== 1 || root!.parent !== undefined) {
      facts.incomplete++;
      continue;
    }
    facts.rootName ||= root!.name;
    arrivalsUs.push(root!.startUs);
    if (spans.some(({ isError }) => isError)) {
      facts.failed++;
      continue;
    }
    const stages = stagesIn(spans, root!, byId);
    facts.isOurs ||= spans.some(({ attributes }) => attributes.has(STAGE_KEY));
    visits.push(visitedIn(stages, root!));
    for (const { stage, works } of workIn(stages, spans)) {
      const list = work.get(stage) ?? [];
      work.set(stage, list);
      for (const one of works) {
        if (one.key !== undefined && batches.has(one.key)) continue;
        if (one.key !== undefined) batches.add(one.key);
        facts.hasSizes ||= one.isSized;
        list.push({ batchSize: one.batchSize, us: one.us });
      }
    }
  }
  return { traces: visits, arrivalsUs, work, ...facts };
}

interface StageSpan {
  readonly stage: string;
  readonly span: Span;
  /** The nearest span above it that is a stage; undefined where that is the first span of the trace. */
  readonly caller: Span | undefined;
}

function stagesIn(spans: readonly Span[], root: Span, byId: ReadonlyMap<string, Span>): readonly StageSpan[] {
  const isOurs = spans.some(({ attributes }) => attributes.has(STAGE_KEY));
  const services = new Set(spans.map(({ service }) => service));
  const nameOf = (span: Span): string | undefined => {
    if (isOurs) {
      const stage = span.attributes.get(STAGE_KEY);
      return stage === undefined ? undefined : String(stage);
    }
    if (span === root || span.parent === undefined) return undefined;
    const above = byId.get(span.parent)!;
    if (services.size > 1) return span.service !== above.service ? span.service : undefined;
    return above === root ? span.name : undefined;
  };
  const stages = new Map<string, string>();
  for (const span of spans) {
    const name = nameOf(span);
    if (name !== undefined) stages.set(span.id, name);
  }
  return [...stages].map(([id, stage]) => {
    const span = byId.get(id)!;
    let above = span.parent === undefined ? undefined : byId.get(span.parent);
    while (above !== undefined && !stages.has(above.id))
      above = above.parent === undefined ? undefined : byId.get(above.parent);
    return { stage, span, caller: above };
  });
}

function visitedIn(stages: readonly StageSpan[], root: Span): ReadonlyMap<string, Visit> {
  const stageOf = new Map(stages.map(({ span, stage }) => [span.id, stage]));
  const visits = new Map<string, { items: number; from: Map<string, number> }>();
  const visit = (stage: string) => {
    const one = visits.get(stage) ?? { items: 0, from: new Map<string, number>() };
    visits.set(stage, one);
    return one;
  };
  const linked = stages.filter(({ span }) => span.links.length > 0 || span.attributes.has(STAGE_KEY));
  for (const { stage, span } of linked) {
    const one = visit(stage);
    one.items += Number(span.attributes.get(ITEMS_KEY) ?? 1);
    const senders = span.links.filter(({ id }) => stageOf.has(id));
    for (const { id, items } of senders) add(one.from, stageOf.get(id)!, items);
    if (senders.length === 0) add(one.from, '', Number(span.attributes.get(ITEMS_KEY) ?? 1));
  }
  const rest = stages.filter((one) => !linked.includes(one));
  for (const caller of new Set(rest.map((one) => one.caller))) {
    const calls = callsOf(rest.filter((one) => one.caller === caller));
    for (const call of calls) {
      const one = visit(call.stage);
      one.items += call.count;
      const before = calls.filter((other) => other !== call && other.endUs <= call.startUs + OVERLAP_US);
      const last = before.filter(
        (other) => !before.some((next) => next !== other && other.endUs <= next.startUs + OVERLAP_US),
      );
      if (last.length > 0) for (const { stage } of last) add(one.from, stage, call.count);
      else add(one.from, caller === undefined || caller === root ? '' : (stageOf.get(caller.id) ?? ''), call.count);
    }
  }
  return visits;
}

interface Call {
  readonly stage: string;
  readonly count: number;
  readonly startUs: number;
  readonly endUs: number;
}

/** The calls of one caller, those to one stage together. */
function callsOf(stages: readonly StageSpan[]): readonly Call[] {
  const calls = new Map<string, Call>();
  for (const { stage, span } of stages) {
    const earlier = calls.get(stage);
    calls.set(stage, {
      stage,
      count: (earlier?.count ?? 0) + 1,
      startUs: Math.min(earlier?.startUs ?? span.startUs, span.startUs),
      endUs: Math.max(earlier?.endUs ?? span.endUs, span.endUs),
    });
  }
  return [...calls.values()];
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

interface StageWork extends Work {
  readonly isSized: boolean;
  /** Batches are in the trace of each of their queries: the same batch has the same key. */
  readonly key: string | undefined;
}

/** The batches of a stage where spans tell them, else its own time: what it did not spend waiting for other stages. */
function workIn(
  stages: readonly StageSpan[],
  spans: readonly Span[],
): readonly { readonly stage: string; readonly works: readonly StageWork[] }[] {
  return stages.map(({ stage, span }) => {
    const batches = spans.filter(({ parent, attributes }) => parent === span.id && attributes.has(BATCH_KEY));
    if (batches.length > 0) {
      const works = batches.map((batch): StageWork => {
        return {
          ...sizeOf(batch),
          us: batch.endUs - batch.startUs,
          key: `${stage} ${batch.attributes.get(BATCH_KEY)}`,
        };
      });
      return { stage, works };
    }
    const called = stages.filter(({ caller }) => caller === span).map((one) => one.span);
    const us = span.endUs - span.startUs - coveredUs(called);
    return { stage, works: us > 0 ? [{ ...sizeOf(span), us, key: undefined }] : [] };
  });
}

function sizeOf({ attributes }: Span): Pick<StageWork, 'batchSize' | 'isSized'> {
  const size = SIZE_KEYS.map((key) => Number(attributes.get(key) ?? Number.NaN)).find(
    (one) => Number.isInteger(one) && one > 0,
  );
  return { batchSize: size ?? 1, isSized: size !== undefined };
}

/** Length of the union of intervals. */
function coveredUs(spans: readonly Span[]): number {
  let covered = 0;
  let untilUs = Number.NEGATIVE_INFINITY;
  for (const { startUs, endUs } of [...spans].sort((a, b) => a.startUs - b.startUs)) {
    covered += Math.max(0, endUs - Math.max(startUs, untilUs));
    untilUs = Math.max(untilUs, endUs);
  }
  return covered;
}
