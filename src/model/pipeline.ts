/** A prediction pipeline: a DAG of stages, in topological order: every parent before its children. */

/** Names the pipeline's entry in a list of parents. */
export const ENTRY = 'query';

/** How many items an edge sends when it is taken: a number, or a distribution over numbers ≥ 1. */
export type FanOut = number | readonly FanOutShare[];

/** One outcome of a fan-out distribution; the shares of a distribution sum to 1. */
export interface FanOutShare {
  readonly items: number;
  readonly share: number;
}

/** What takes an edge: each item of a query at the parent on its own, or the query once. */
export const EDGE_TAKERS = ['item', 'query'] as const;

/** An edge into a stage. */
export interface ParentEdge {
  /** Name of the parent stage, or `ENTRY`. */
  readonly from: string;
  /** Probability that a query which visits the parent, or one of its items there, takes the edge; in [0, 1]. */
  readonly probability: number;
  readonly fanOut: FanOut;
  /** Edges of one parent with the same group name exclude each other: a query, or an item, takes at most one. */
  readonly group?: string;
  /** Left open, the query takes the edge (docs/decisions/0010). */
  readonly per?: (typeof EDGE_TAKERS)[number];
}

/** One model or data transformation with its own queue. */
export interface Stage {
  readonly name: string;
  readonly kind: 'model' | 'transform';
  /** Key into the profiles. */
  readonly model: string;
  /** At least one edge; an entry stage has an edge from `ENTRY`. */
  readonly parents: readonly ParentEdge[];
  /** How long a batch that is not full waits for more items; undefined means that it never waits. */
  readonly batchTimeoutMs?: number;
  /** Absolute path of the JavaScript module that does the stage's work; undefined means that it is emulated. */
  readonly module?: string;
  /** Fewest replicas that the tuner keeps; undefined means one. */
  readonly minReplicas?: number;
  /** How long a new replica takes to serve, where the model differs from others on its hardware. */
  readonly activationDelayMs?: number;
}

/** A named DAG of stages, in topological order. */
export interface Pipeline {
  readonly name: string;
  readonly stages: readonly Stage[];
}

/** Mean of a fan-out. */
export function meanFanOut(fanOut: FanOut): number {
  return typeof fanOut === 'number' ? fanOut : fanOut.reduce((sum, { items, share }) => sum + items * share, 0);
}

/** Most items of one query at one stage. */
export const MOST_ITEMS = 65_535;

/** By stage and for the entry, the most items that a query can have there. Stages must be in topological order. */
export function mostItems(stages: readonly Stage[]): ReadonlyMap<string, number> {
  const most = new Map([[ENTRY, 1]]);
  for (const { name, parents } of stages) {
    const sent = parents.map(({ from, fanOut, per }) => (per === 'item' ? most.get(from)! : 1) * largest(fanOut));
    most.set(name, Math.max(...sent));
  }
  return most;
}

/** Most items of one query at all stages together. */
export const MOST_ITEMS_IN_ALL = 100_000;

/** By stage, about how many items a query brings it; where paths join, the busiest of them counts. */
export function meanItems({ stages }: Pipeline): ReadonlyMap<string, number> {
  const mean = new Map([[ENTRY, 1]]);
  for (const { name, parents } of stages) {
    const sent = parents.map(({ from, probability, fanOut, per }) => {
      const items = mean.get(from)!;
      return (per === 'item' ? items : Math.min(1, items)) * probability * meanFanOut(fanOut);
    });
    mean.set(name, Math.max(...sent));
  }
  return mean;
}

/** An edge from a parent where a query can have several items, which does not say what takes it. */
export interface OpenEdge {
  readonly stage: Stage;
  /** Index of the edge in the stage's list of parents. */
  readonly place: number;
  /** Most items of a query at the parent. */
  readonly items: number;
}

export function openEdges({ stages }: Pipeline): readonly OpenEdge[] {
  const most = mostItems(stages);
  return stages.flatMap((stage) =>
    stage.parents.flatMap(({ from, per }, place) => {
      const items = most.get(from)!;
      return per === undefined && items > 1 ? [{ stage, place, items }] : [];
    }),
  );
}

function largest(fanOut: FanOut): number {
  return typeof fanOut === 'number' ? fanOut : Math.max(...fanOut.map(({ items }) => items));
}
