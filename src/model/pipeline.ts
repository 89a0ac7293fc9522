/** A prediction pipeline: a DAG of stages. Stages stand in topological order: every parent before its children. */

/** The name that stands for the pipeline's entry in a list of parents. */
export const ENTRY = 'query';

/** How many items an edge sends when it is taken: one number, or a distribution over numbers ≥ 1. */
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
  /** Chance that the edge is taken by a query that visits the parent, in [0, 1]. */
  readonly probability: number;
  readonly fanOut: FanOut;
  /** Edges of one parent that carry the same group name are an exclusive choice: at most one is taken. */
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
  /** A batch that is not full waits this long for more; undefined means it never waits. */
  readonly batchTimeoutMs?: number;
  /** Absolute path of the JavaScript module that does the stage's work; undefined means it can only be emulated. */
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
