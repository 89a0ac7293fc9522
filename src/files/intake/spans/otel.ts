/** Traces of a running pipeline as stages, edges with probabilities, service times and arrivals: counted, with their errors. */
import { InputError } from '../../../errors.js';
import { formatNames } from '../../../model/notation/offered-value.js';
import { ENTRY, type FanOut, type ParentEdge } from '../../../model/pipeline.js';
import type { ProfileRow } from '../../../model/profile.js';
import { LARGEST_BATCH, LONGEST_MS, SHORTEST_MS } from '../../limits.js';
import { type Intake, type IntakeRow, type IntakeStage, inTopologicalOrder } from '../intake.js';
import { readSpans } from './read-spans.js';
import { type Visit, type Visits, visitsOf, type Work } from './visits.js';

/** Batch sizes with fewer samples are left out, unless a stage has no other. */
const FEWEST_SAMPLES = 10;
/** Two ways that were never taken together exclude each other, if by chance they would have been this often. */
const EXPECTED_TOGETHER = 10;
const US_PER_MS = 1000;
const DIGITS = 1e6;
/** Half the width of a 95 % interval, in standard errors. */
const Z = 1.96;

/**
 * @param hardware kind that the stages ran on
 * @throws InputError for another file, and for traces without a stage
 */
export function otelIntake(shown: string, text: string, hardware: string): Intake {
  const visits = visitsOf(readSpans(shown, text));
  const names = [...new Set(visits.traces.flatMap((trace) => [...trace.keys()]))];
  if (names.length === 0) {
    throw new InputError('INTAKE', `${shown}: no complete trace with a stage in it: a first span, and spans below it`);
  }
  const stageName = uniqueNames(names);
  const stages = names.map((name) => stageOf(name, visits, stageName));
  const rows = names.flatMap((name) =>
    rowsOf(visits.work.get(name) ?? [], { model: stageName(name), hardware, shown }),
  );
  const arrivals = [...visits.arrivalsUs].sort((a, b) => a - b);
  const arrivalsUs = Float64Array.from(arrivals, (us) => Math.round(us - arrivals[0]!));
  return {
    ...(visits.rootName === '' ? {} : { name: visits.rootName }),
    stages: inTopologicalOrder(withGroups(stages, visits, stageName)),
    profiles: rows.map(({ row }) => row),
    kinds: [{ name: hardware, kind: 'cpu' }],
    arrivalsUs,
    notes: notesOf(visits, rows),
  };
}

/** Names that a stage can have; those that would be the same are numbered. */
function uniqueNames(names: readonly string[]): (name: string) => string {
  const taken = new Set<string>([ENTRY]);
  const made = new Map<string, string>();
  for (const name of names) {
    const plain =
      name
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+|-+$/g, '')
        .slice(0, 90) || 'stage';
    let unique = plain;
    for (let n = 2; taken.has(unique); n++) unique = `${plain}-${n}`;
    taken.add(unique);
    made.set(name, unique);
  }
  return (name) => made.get(name)!;
}

function stageOf(name: string, { traces }: Visits, stageName: (name: string) => string): IntakeStage {
  const senders = [...new Set(traces.flatMap((trace) => [...(trace.get(name)?.from.keys() ?? [])]))];
  const edges = senders.map((from) => countedEdge(name, from, traces));
  return {
    stage: {
      name: stageName(name),
      kind: 'model',
      model: stageName(name),
      parents: edges.map(({ from, ...edge }) => ({ ...edge.edge, from: from === '' ? ENTRY : stageName(from) })),
    },
    comments: edges.map(({ from, taken, of, error }) => {
      const parent = from === '' ? ENTRY : stageName(from);
      return `From ${parent}: ${taken} of ${of}, so its probability is within ${error.toFixed(3)} (95 %).`;
    }),
  };
}

interface Counted {
  readonly from: string;
  readonly edge: Omit<ParentEdge, 'from'>;
  readonly taken: number;
  readonly of: number;
  readonly error: number;
}

/** Per query, unless the parent had several items and sent some of them on, one for one. */
function countedEdge(name: string, from: string, traces: readonly ReadonlyMap<string, Visit>[]): Counted {
  const pairs = traces.flatMap((trace) => {
    const present = from === '' ? 1 : trace.get(from)?.items;
    return present === undefined ? [] : [{ present, sent: trace.get(name)?.from.get(from) ?? 0 }];
  });
  const isPerItem = pairs.some(({ present }) => present > 1) && isOneForOne(pairs);
  const of = isPerItem ? pairs.reduce((sum, { present }) => sum + present, 0) : pairs.length;
  const taken = isPerItem
    ? pairs.reduce((sum, { sent }) => sum + sent, 0)
    : pairs.filter(({ sent }) => sent > 0).length;
  const probability = rounded(taken / of);
  return {
    from,
    edge: {
      probability,
      fanOut: isPerItem ? 1 : fanOutOf(pairs.map(({ sent }) => sent).filter((sent) => sent > 0)),
      ...(isPerItem
        ? { per: 'item' as const }
        : pairs.some(({ present }) => present > 1)
          ? { per: 'query' as const }
          : {}),
    },
    taken,
    of,
    error: Z * Math.sqrt((probability * (1 - probability)) / of),
  };
}

/** Whether each item sends at most one, and a query with several items sends several. */
function isOneForOne(pairs: readonly { readonly present: number; readonly sent: number }[]): boolean {
  return pairs.every(({ present, sent }) => sent <= present) && pairs.some(({ sent }) => sent > 1);
}

/** Shares of each number of items, as millionths that sum to one. */
function fanOutOf(sent: readonly number[]): FanOut {
  const counts = new Map<number, number>();
  for (const items of sent) counts.set(items, (counts.get(items) ?? 0) + 1);
  if (counts.size === 1) return sent[0]!;
  const shares = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([items, count]) => ({ items, share: rounded(count / sent.length) }));
  const rest = 1 - shares.reduce((sum, { share }) => sum + share, 0);
  const most = shares.reduce((best, one) => (one.share > best.share ? one : best));
  return shares.map((one) => (one === most ? { ...one, share: rounded(one.share + rest) } : one));
}

function rounded(share: number): number {
  return Math.round(share * DIGITS) / DIGITS;
}

/** Ways out of one parent that were never taken together, though independent ones would have been. */
function withGroups(
  stages: readonly IntakeStage[],
  { traces }: Visits,
  stageName: (name: string) => string,
): readonly IntakeStage[] {
  const groups = new Map<string, string>();
  const parents = new Set(stages.flatMap(({ stage }) => stage.parents.map(({ from }) => from)));
  for (const parent of parents) {
    const children = stages.filter(({ stage }) =>
      stage.parents.some(({ from, probability, per }) => from === parent && probability < 1 && per !== 'item'),
    );
    const taken = children.map(({ stage }) => {
      return traces.map((trace) =>
        [...trace].some(([name, visit]) => stageName(name) === stage.name && hasFrom(visit, parent, stageName)),
      );
    });
    const excludes = (a: number, b: number) => {
      const [first, second] = [taken[a]!, taken[b]!];
      if (first.some((one, t) => one && second[t])) return false;
      const visited = traces.filter(
        (trace) => parent === ENTRY || [...trace.keys()].some((name) => stageName(name) === parent),
      ).length;
      const count = (list: readonly boolean[]) => list.filter(Boolean).length;
      return (count(first) * count(second)) / visited >= EXPECTED_TOGETHER;
    };
    const group: number[] = [];
    for (let child = 0; child < children.length; child++)
      if (group.every((other) => excludes(other, child))) group.push(child);
    if (group.length < 2) continue;
    for (const child of group) groups.set(`${children[child]!.stage.name} ${parent}`, `after-${parent}`);
  }
  return stages.map((one) => ({
    ...one,
    stage: {
      ...one.stage,
      parents: one.stage.parents.map((edge) => {
        const group = groups.get(`${one.stage.name} ${edge.from}`);
        return group === undefined ? edge : { ...edge, group };
      }),
    },
  }));
}

function hasFrom({ from }: Visit, parent: string, stageName: (name: string) => string): boolean {
  return [...from.keys()].some((name) => (name === '' ? ENTRY : stageName(name)) === parent);
}

interface SampledRow {
  readonly row: IntakeRow;
  readonly left: readonly number[];
}

/** Service times by batch size, with nearest-rank percentiles. */
function rowsOf(
  work: readonly Work[],
  { model, hardware, shown }: { model: string; hardware: string; shown: string },
): readonly SampledRow[] {
  const bySize = new Map<number, number[]>();
  for (const { batchSize, us } of work) {
    const ms = us / US_PER_MS;
    if (batchSize > LARGEST_BATCH || !(ms >= SHORTEST_MS && ms <= LONGEST_MS)) continue;
    const samples = bySize.get(batchSize) ?? [];
    samples.push(ms);
    bySize.set(batchSize, samples);
  }
  const enough = [...bySize].filter(([, samples]) => samples.length >= FEWEST_SAMPLES);
  const kept = (enough.length > 0 ? enough : [...bySize]).sort(([a], [b]) => a - b);
  const left = [...bySize.keys()].filter((size) => !kept.some(([one]) => one === size));
  return kept.map(([batchSize, samples]) => {
    return { row: { model, hardware, row: sampledRow(batchSize, samples, shown) }, left };
  });
}

function sampledRow(batchSize: number, samples: readonly number[], shown: string): ProfileRow {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
  return {
    batchSize,
    meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
    p50Ms: at(50),
    p95Ms: at(95),
    p99Ms: at(99),
    samples: sorted.length,
    runtime: 'traced',
    source: `spans (${shown})`,
  };
}

function notesOf(
  { traces, incomplete, failed, hasSizes, isOurs }: Visits,
  rows: readonly SampledRow[],
): readonly string[] {
  const thin = [...new Set(rows.filter(({ left }) => left.length > 0).map(({ row }) => row.model))];
  return [
    `counted in ${traces.length} traces: the error of each probability stands beside its stage`,
    ...(incomplete === 0 ? [] : [`${incomplete} traces were left out: they have no first span, or several`]),
    ...(failed === 0 ? [] : [`${failed} traces with an error were left out of all but the arrivals`]),
    ...(hasSizes ? [] : ['batch sizes: no span has an attribute batch_size, so all work is taken for batches of one']),
    ...(isOurs
      ? []
      : ['queueing: a span may hold waiting, so service times are upper bounds; those under load are too long']),
    ...(thin.length === 0
      ? []
      : [`batch sizes with fewer than ${FEWEST_SAMPLES} samples were left out at ${formatNames(thin)}`]),
    'hardware: a span does not tell it; the rows stand under the one that --on names',
  ];
}
