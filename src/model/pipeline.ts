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

/** An edge into a stage. */
export interface ParentEdge {
  /** Name of the parent stage, or `ENTRY`. */
  readonly from: string;
  /** Probability that a query which visits the parent takes the edge, in [0, 1]. */
  readonly probability: number;
  readonly fanOut: FanOut;
  /** Edges of one parent with the same group name exclude each other: a query takes at most one. */
  readonly group?: string;
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
}

export interface Pipeline {
  readonly name: string;
  readonly stages: readonly Stage[];
}

/** Mean of a fan-out. */
export function meanFanOut(fanOut: FanOut): number {
  return typeof fanOut === 'number' ? fanOut : fanOut.reduce((sum, { items, share }) => sum + items * share, 0);
}
