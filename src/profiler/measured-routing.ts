/**
 * How queries are routed, counted from sample queries that went through the pipeline: scale factors, and for each edge
 * its probability, its fan-out and its share in its exclusive group.
 *
 * Worked number: of 10 queries that visit `detect`, 8 send something to `read`: 5 of them one item, 3 two. Then the
 * edge has probability 0.8 and fan-out {1: 0.625, 2: 0.375}, and `read` a scale factor of 8/10 · (0.625 + 2 · 0.375) =
 * 1.1 items per query.
 */
import { ENTRY, type FanOut, type ParentEdge, type Pipeline } from '../model/pipeline.js';

/** Decimals of a probability or a share. */
const SCALE = 10_000;

/** Of one query, by the stages it visited: its items there, and how many it sent along each edge. */
export interface QueryWay {
  readonly stages: ReadonlyMap<string, VisitedStage>;
}

export interface VisitedStage {
  readonly items: number;
  /** By child, how many items each of the query's items here sent it. */
  readonly sent: ReadonlyMap<string, readonly number[]>;
}

export interface MeasuredEdge {
  readonly from: string;
  /** Queries that visited the parent; 0 leaves the edge unmeasured. */
  readonly visits: number;
  readonly taken: number;
  readonly probability: number;
  readonly fanOut: FanOut;
  readonly group?: string;
  /** As the pipeline file says. Visits and probability are of items where it says `item`, else of queries. */
  readonly per?: ParentEdge['per'];
}

export interface MeasuredStage {
  readonly stage: string;
  readonly scaleFactor: number;
  /** Edges from other stages; how queries enter the pipeline is not the sample's to say. */
  readonly edges: readonly MeasuredEdge[];
}

export interface MeasuredRouting {
  readonly queries: number;
  readonly stages: readonly MeasuredStage[];
  /** One line for each group of which some query took more than one edge. */
  readonly brokenGroups: readonly string[];
}

/** What the queries' ways come to. */
export function measuredRouting({ stages }: Pipeline, ways: readonly QueryWay[]): MeasuredRouting {
  return {
    queries: ways.length,
    stages: stages.map(({ name, parents }) => {
      const items = ways.reduce((sum, way) => sum + (way.stages.get(name)?.items ?? 0), 0);
      const edges = parents.filter(({ from }) => from !== ENTRY);
      return {
        stage: name,
        scaleFactor: ways.length === 0 ? 0 : items / ways.length,
        edges: edges.map(({ from, group, per }) => {
          const sent = sentAlong(ways, { from, per, to: name });
          // What the items of a parent send to a join becomes one item there (docs/decisions/0002).
          const counted = measuredEdge(from, parents.length > 1 ? sent.map((items) => Math.min(items, 1)) : sent);
          const edge = per === undefined ? counted : { ...counted, per };
          return group === undefined
            ? edge
            : { ...edge, group, probability: shareInGroup({ stages, ways, from, group, per, name }) };
        }),
      };
    }),
    brokenGroups: brokenGroups({ stages }, ways),
  };
}

interface Along {
  readonly from: string;
  readonly to: string;
  readonly per: ParentEdge['per'];
}

/** Items that each query at the parent, or each of its items there, sent along the edge. */
function sentAlong(ways: readonly QueryWay[], { from, to, per }: Along): readonly number[] {
  return ways.flatMap((way) => {
    const parent = way.stages.get(from);
    if (parent === undefined) return [];
    const sent = parent.sent.get(to) ?? new Array<number>(parent.items).fill(0);
    return per === 'item' ? sent : [sent.reduce((sum, items) => sum + items, 0)];
  });
}

function measuredEdge(from: string, sent: readonly number[]): Omit<MeasuredEdge, 'group'> {
  const counts = new Map<number, number>();
  for (const items of sent) if (items > 0) counts.set(items, (counts.get(items) ?? 0) + 1);
  const taken = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const sizes = [...counts.keys()].sort((a, b) => a - b);
  const shares = roundedShares(sizes.map((size) => counts.get(size)!));
  const isConstant = sizes.length <= 1;
  return {
    from,
    visits: sent.length,
    taken,
    probability: sent.length === 0 ? 0 : Math.round((taken / sent.length) * SCALE) / SCALE,
    fanOut: isConstant
      ? (sizes[0] ?? 1)
      : sizes.flatMap((items, i) => (shares[i]! > 0 ? [{ items, share: shares[i]! }] : [])),
  };
}

/** Probability of one edge of an exclusive group. All edges are rounded together, so their sum is at most 1. */
function shareInGroup({
  stages,
  ways,
  from,
  group,
  per,
  name,
}: {
  stages: Pipeline['stages'];
  ways: readonly QueryWay[];
  from: string;
  group: string;
  per: ParentEdge['per'];
  name: string;
}): number {
  const members = stages.filter(({ parents }) => parents.some((edge) => edge.from === from && edge.group === group));
  const taken = members.map((member) => {
    return sentAlong(ways, { from, per, to: member.name }).filter((items) => items > 0).length;
  });
  const visits = sentAlong(ways, { from, per, to: name }).length;
  const none = Math.max(0, visits - taken.reduce((sum, count) => sum + count, 0));
  if (visits === 0) return 0;
  return roundedShares([...taken, none])[members.findIndex((member) => member.name === name)]!;
}

/** Shares of whole counts to four decimals that sum to 1: each is cut, and the largest remainders get what is left. */
export function roundedShares(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * SCALE) / total);
  const whole = exact.map(Math.floor);
  let left = SCALE - whole.reduce((sum, part) => sum + part, 0);
  const byRemainder = exact
    .map((value, i) => ({ i, rest: value - whole[i]! }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of byRemainder) {
    if (left <= 0) break;
    whole[i]!++;
    left--;
  }
  return whole.map((part) => part / SCALE);
}

function brokenGroups({ stages }: Pick<Pipeline, 'stages'>, ways: readonly QueryWay[]): string[] {
  const members = new Map<string, Omit<Along, 'to'> & { group: string; children: string[] }>();
  for (const { name, parents } of stages) {
    for (const { from, group, per } of parents) {
      if (group === undefined || from === ENTRY) continue;
      const key = JSON.stringify([from, group]);
      const known = members.get(key) ?? { from, group, per, children: [] };
      members.set(key, { ...known, children: [...known.children, name] });
    }
  }
  return [...members.values()].flatMap(({ from, group, per, children }) => {
    const [first = [], ...others] = children.map((to) => sentAlong(ways, { from, per, to }));
    const several = first.filter((items, i) => {
      return [items, ...others.map((sent) => sent[i]!)].filter((sent) => sent > 0).length > 1;
    }).length;
    if (several === 0) return [];
    const takers = `${several} ${per === 'item' ? 'items' : 'queries'}`;
    return [`group ${group} from ${from}: ${takers} took several of ${children.join(', ')}, must take at most one`];
  });
}
