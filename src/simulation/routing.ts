/**
 * Which stages each query visits, and with how many items. Routes are drawn before anything is simulated, from streams
 * keyed by (edge, query, item), so every configuration sees the same queries take the same branches
 * (docs/invariants.md, R2).
 *
 * A query takes an edge once, or each of its items at the parent takes it on its own (docs/decisions/0010). It visits a
 * stage when something takes an edge into it. Items at the stage: the most that any one edge brings, so that a join of
 * single results is one item (docs/decisions/0002).
 */
import { ENTRY, type FanOut, type ParentEdge, type Pipeline } from '../model/pipeline.js';
import { keyedUniform, streamKey } from '../random.js';

/** One edge, ready to draw from. */
interface EdgeDraw {
  /** Index of the parent stage; -1 is the entry. */
  readonly parent: number;
  readonly isPerItem: boolean;
  /** Taken when the uniform of `choiceKey` falls in [from, to). */
  readonly choiceKey: number;
  readonly from: number;
  readonly to: number;
  readonly isCertain: boolean;
  readonly items: number;
  /** Cumulative shares of a fan-out distribution; null for a constant. */
  readonly itemShares: readonly { readonly upTo: number; readonly items: number }[] | null;
  readonly itemsKey: number;
}

/** Queries drawn in a step. */
const STEP = 1 << 18;

/** `routes[stage][query]`: items of each query at each stage, stages in order. Every query visits some stage. */
export type KnownRoutes = readonly Uint16Array[];

export class Routing {
  /** Indices of the parent stages of each stage (-1 for the entry), in the file's order. */
  readonly parents: readonly (readonly number[])[];
  /** Whether every query visits the stage with exactly one item; `items` is then empty for it. */
  readonly isPlain: readonly boolean[];
  /** Whether no query sends the stage more than one item. */
  readonly isSingle: readonly boolean[];
  /** `items[stage][query & mask]`: items of a query at a stage, 0 if it does not visit. */
  readonly items: Uint16Array[];
  /**
   * Queries share a slot of `items` when they agree in these bits: one less than a power of two, and at least the
   * capacity, which is how many queries can be in flight at once.
   */
  mask: number;

  private readonly edges: readonly (readonly EdgeDraw[])[];
  private readonly known: KnownRoutes | undefined;

  /**
   * @param capacity queries in flight at once: any number where it is all there are, else a power of two
   * @param known the routes, if they are not to be drawn
   */
  constructor({
    pipeline,
    seed,
    capacity,
    known,
  }: {
    pipeline: Pipeline;
    seed: number;
    capacity: number;
    known?: KnownRoutes | undefined;
  }) {
    this.known = known;
    const indexOf = new Map(pipeline.stages.map((stage, i) => [stage.name, i]));
    indexOf.set(ENTRY, -1);
    this.edges = pipeline.stages.map((stage) => {
      return stage.parents.map((edge) => drawOf(edge, stage.name, indexOf.get(edge.from)!, pipeline, seed));
    });
    this.parents = this.edges.map((edges) => edges.map((edge) => edge.parent));
    this.isSingle = known?.map(isAtMostOne) ?? singleStages(this.edges);
    this.isPlain = known?.map(isOne) ?? plainStages(this.edges, this.isSingle);
    this.mask = powerOfTwo(capacity) - 1;
    this.items = this.isPlain.map((plain) => new Uint16Array(plain ? 0 : capacity));
  }

  /** Draws, or looks up, the routes of queries [from, to). */
  draw(from: number, to: number): void {
    const { items, isPlain, mask, known } = this;
    this.edges.forEach((edges, s) => {
      if (isPlain[s]) return;
      const own = items[s]!;
      if (known !== undefined) {
        for (let q = from; q < to; q++) own[q & mask] = known[s]![q]!;
        return;
      }
      for (let q = from; q < to; q++) own[q & mask] = 0;
      for (const edge of edges) {
        const { isPerItem } = edge;
        const ofParent = edge.parent < 0 || isPlain[edge.parent] ? null : items[edge.parent]!;
        for (let q = from; q < to; q++) {
          const present = ofParent === null ? 1 : ofParent[q & mask]!;
          if (present === 0) continue;
          const sent = isPerItem ? drawSent(edge, q, present) : drawTaken(edge, q);
          if (sent > own[q & mask]!) own[q & mask] = sent;
        }
      }
    });
  }

  /** Draws the routes of the first queries in steps. */
  *drawInSteps(queries: number): Generator<void, void, boolean | undefined> {
    for (let from = 0; from < queries; from += STEP) {
      this.draw(from, Math.min(from + STEP, queries));
      if (yield) return;
    }
  }

  /**
   * Items that a query sends along one edge into a stage; 0 when nothing takes the edge. The draw does not depend on
   * whether the query's route has been drawn.
   * @param place index of the edge in the stage's list of parents
   * @param present items of the query at the parent, at least 1
   */
  sentAlong(stage: number, place: number, query: number, present: number): number {
    return drawSent(this.edges[stage]![place]!, query, present);
  }

  /** Items of a query at a stage. */
  itemsAt(stage: number, query: number): number {
    return this.isPlain[stage] ? 1 : this.items[stage]![query & this.mask]!;
  }

  /** Doubles the number of queries that can be in flight at once; queries [from, to) keep their routes. */
  grow(from: number, to: number): void {
    const newMask = this.mask * 2 + 1;
    this.items.forEach((old, s) => {
      if (this.isPlain[s]) return;
      const wider = new Uint16Array(newMask + 1);
      for (let q = from; q < to; q++) wider[q & newMask] = old[q & this.mask]!;
      this.items[s] = wider;
    });
    this.mask = newMask;
  }
}

function isAtMostOne(items: Uint16Array): boolean {
  return items.every((count) => count <= 1);
}

function isOne(items: Uint16Array): boolean {
  return items.every((count) => count === 1);
}

function singleStages(edges: readonly (readonly EdgeDraw[])[]): readonly boolean[] {
  const isSingle: boolean[] = [];
  edges.forEach((into, s) => {
    isSingle[s] = into.every(({ parent, isPerItem, items, itemShares }) => {
      return itemShares === null && items === 1 && (!isPerItem || parent < 0 || isSingle[parent]!);
    });
  });
  return isSingle;
}

function plainStages(edges: readonly (readonly EdgeDraw[])[], isSingle: readonly boolean[]): readonly boolean[] {
  const isPlain: boolean[] = [];
  edges.forEach((into, s) => {
    const isReachedAlways = into.some((edge) => edge.isCertain && (edge.parent < 0 || isPlain[edge.parent]!));
    isPlain[s] = isReachedAlways && isSingle[s]!;
  });
  return isPlain;
}

/** The smallest power of two that is at least `n`. */
export function powerOfTwo(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}

/** Edges of one exclusive group share one uniform and take neighbouring intervals of it, in the file's order. */
function drawOf(edge: ParentEdge, stage: string, parent: number, pipeline: Pipeline, seed: number): EdgeDraw {
  const choice = edge.group === undefined ? ['edge', edge.from, stage] : ['group', edge.from, edge.group];
  const from = edge.group === undefined ? 0 : groupOffset(edge, stage, pipeline);
  const shares = typeof edge.fanOut === 'number' ? null : cumulative(edge.fanOut);
  return {
    parent,
    isPerItem: edge.per === 'item',
    choiceKey: streamKey(seed, 'routing', ...choice),
    from,
    to: from + edge.probability,
    isCertain: edge.probability === 1,
    items: typeof edge.fanOut === 'number' ? edge.fanOut : 0,
    itemShares: shares,
    itemsKey: streamKey(seed, 'fan-out', edge.from, stage),
  };
}

function groupOffset(edge: ParentEdge, stage: string, pipeline: Pipeline): number {
  let offset = 0;
  for (const other of pipeline.stages) {
    for (const candidate of other.parents) {
      if (candidate.from !== edge.from || candidate.group !== edge.group) continue;
      if (other.name === stage) return offset;
      offset += candidate.probability;
    }
  }
  return offset;
}

function cumulative(fanOut: Exclude<FanOut, number>): { upTo: number; items: number }[] {
  let upTo = 0;
  return fanOut.map(({ items, share }) => {
    upTo += share;
    return { upTo, items };
  });
}

/** Draws of a query's item number i have the index query + i · 2³²: item 0 draws as the query does. */
const ITEM_STEP = 2 ** 32;

function drawSent(edge: EdgeDraw, query: number, present: number): number {
  if (!edge.isPerItem) return drawTaken(edge, query);
  if (edge.isCertain && edge.itemShares === null) return present * edge.items;
  let sent = 0;
  for (let item = 0; item < present; item++) sent += drawTaken(edge, query + item * ITEM_STEP);
  return sent;
}

function drawTaken(edge: EdgeDraw, index: number): number {
  if (!edge.isCertain) {
    const u = keyedUniform(edge.choiceKey, index);
    if (u < edge.from || u >= edge.to) return 0;
  }
  return edge.itemShares === null ? edge.items : drawItems(edge, index);
}

function drawItems(edge: EdgeDraw, index: number): number {
  const u = keyedUniform(edge.itemsKey, index);
  const shares = edge.itemShares!;
  for (const { upTo, items } of shares) if (u < upTo) return items;
  return shares[shares.length - 1]!.items;
}
