/** Which (stage, batch size) pairs a run measures, and which of them a plan could use under an objective. */
import { ENTRY, meanFanOut, type ParentEdge, type Pipeline } from '../model/pipeline.js';
import type { Slo } from '../model/slo.js';

/** One model to measure, at a stage that runs it. */
export interface StageToMeasure {
  readonly stage: string;
  readonly model: string;
  /** Items that a query brings the stage on average. */
  readonly itemsPerQuery: number;
  /** Ascending. */
  readonly batchSizes: readonly number[];
  /** Whether a batch that takes longer than the objective can be in no plan. */
  readonly isBoundBySlo: boolean;
}

/**
 * The stages that a target can run, each model once (at its first stage), with the sizes the server takes. With `slo`,
 * the measurement omits sizes that no plan could use (`couldBeUsed`).
 */
export function stagesToMeasure({
  pipeline,
  available,
  batchSizes,
  slo,
}: {
  pipeline: Pipeline;
  available: readonly { readonly stage: string; readonly largestBatchSize?: number }[];
  batchSizes: readonly number[];
  slo?: Slo;
}): readonly StageToMeasure[] {
  const shares = leastVisitShares(pipeline);
  const items = meanItems(pipeline, shares);
  const seen = new Set<string>();
  return pipeline.stages.flatMap(({ name, model }, index) => {
    const offered = available.find(({ stage }) => stage === name);
    if (offered === undefined || seen.has(model)) return [];
    seen.add(model);
    const largest = offered.largestBatchSize ?? Number.POSITIVE_INFINITY;
    return [
      {
        stage: name,
        model,
        itemsPerQuery: items[index]!,
        batchSizes: batchSizes.filter((size) => size <= largest),
        isBoundBySlo: slo !== undefined && shares[index]! > 1 - slo.percentile / 100,
      },
    ];
  });
}

/**
 * Whether a plan could use a batch size. It cannot when the fastest measured batch exceeds the objective at a stage
 * that more queries visit than may be late. Larger sizes are then not measured either.
 */
export function couldBeUsed(fastestMs: number, { isBoundBySlo }: StageToMeasure, slo: Slo | undefined): boolean {
  return !isBoundBySlo || slo === undefined || fastestMs <= slo.latencyMs;
}

/**
 * For each stage a lower bound on the share of queries that visit it: the largest over its parents of the parent's
 * share times the edge's probability. Several parents can only add to it.
 */
export function leastVisitShares({ stages }: Pipeline): readonly number[] {
  const shares = new Map<string, number>([[ENTRY, 1]]);
  return stages.map(({ name, parents }) => {
    const share = Math.max(...parents.map(({ from, probability }) => (shares.get(from) ?? 0) * probability));
    shares.set(name, share);
    return share;
  });
}

/** Mean items of each stage per query: what a single parent sends. A join gets one from every query that visits it. */
function meanItems({ stages }: Pipeline, visitShares: readonly number[]): readonly number[] {
  const items = new Map<string, number>([[ENTRY, 1]]);
  const shares = new Map<string, number>([[ENTRY, 1]]);
  return stages.map(({ name, parents }, index) => {
    const [{ from, probability, fanOut, per }, ...others] = parents as [ParentEdge, ...ParentEdge[]];
    const takers = per === 'item' ? items.get(from)! : shares.get(from)!;
    const mean = others.length > 0 ? visitShares[index]! : takers * probability * meanFanOut(fanOut);
    items.set(name, mean);
    shares.set(name, visitShares[index]!);
    return mean;
  });
}
