/** The figures that are predicted and measured, named alike on both sides. */
import type { StageConfiguration } from '../model/configuration.js';
import { requiredOnTime, type Slo } from '../model/slo.js';
import { msFromUs, usFromMs } from '../units.js';

/** Latency from a query's scheduled instant to the end of its answer; nearest-rank percentiles. */
export interface LatencyFigures {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Absent without an objective. */
  readonly sloAttainment?: number;
}

/** What one stage did, or a mean over runs or seeds. Without a batch, figures of batches are null. */
export interface StageFigures extends StageConfiguration {
  readonly items: number;
  readonly meanBatchSize: number | null;
  /** Busy time of all replicas ÷ (replicas × time of the run). */
  readonly utilisation: number;
  /** Of a batch, from its dispatch until the engine knows that it is done. */
  readonly meanServiceMs: number | null;
  readonly queueingDelayP50Ms: number | null;
  readonly queueingDelayP99Ms: number | null;
}

/** Figures of latencies in whole microseconds, which are sorted in place; at least one. A failed query has infinity. */
export function latencyFigures(latencyUs: Float64Array, slo: Slo | undefined): LatencyFigures {
  const ascending = latencyUs.sort();
  const count = ascending.length;
  const percentileMs = (percentile: number) => msFromUs(ascending[requiredOnTime(count, percentile) - 1]!);
  const onTime = slo === undefined ? 0 : ascending.filter((us) => us <= usFromMs(slo.latencyMs)).length;
  return {
    meanMs: msFromUs(ascending.reduce((sum, us) => sum + us, 0) / count),
    p50Ms: percentileMs(50),
    p95Ms: percentileMs(95),
    p99Ms: percentileMs(99),
    ...(slo === undefined ? {} : { sloAttainment: onTime / count }),
  };
}

/** The mean of each figure; at least one set, all with an objective or none. */
export function meanLatency(sets: readonly LatencyFigures[]): LatencyFigures {
  return {
    meanMs: meanOf(sets, ({ meanMs }) => meanMs),
    p50Ms: meanOf(sets, ({ p50Ms }) => p50Ms),
    p95Ms: meanOf(sets, ({ p95Ms }) => p95Ms),
    p99Ms: meanOf(sets, ({ p99Ms }) => p99Ms),
    ...(sets[0]?.sloAttainment === undefined ? {} : { sloAttainment: meanOf(sets, (set) => set.sloAttainment ?? 0) }),
  };
}

/** The mean of each figure of each stage; at least one set, all with the same stages in the same configuration. */
export function meanStages(sets: readonly (readonly StageFigures[])[]): readonly StageFigures[] {
  return (sets[0] ?? []).map(({ stage, hardware, maxBatchSize, replicas }, s) => {
    const all = sets.map((set) => set[s]!);
    return {
      stage,
      hardware,
      maxBatchSize,
      replicas,
      items: meanOf(all, ({ items }) => items),
      meanBatchSize: meanOfKnown(all, ({ meanBatchSize }) => meanBatchSize),
      utilisation: meanOf(all, ({ utilisation }) => utilisation),
      meanServiceMs: meanOfKnown(all, ({ meanServiceMs }) => meanServiceMs),
      queueingDelayP50Ms: meanOfKnown(all, ({ queueingDelayP50Ms }) => queueingDelayP50Ms),
      queueingDelayP99Ms: meanOfKnown(all, ({ queueingDelayP99Ms }) => queueingDelayP99Ms),
    };
  });
}

/** The mean of those that are not null; null when all are. */
function meanOfKnown<T>(values: readonly T[], pick: (value: T) => number | null): number | null {
  const known = values.flatMap((value) => pick(value) ?? []);
  return known.length === 0 ? null : meanOf(known, (value) => value);
}

function meanOf<T>(values: readonly T[], pick: (value: T) => number): number {
  return values.reduce((sum, value) => sum + pick(value), 0) / values.length;
}
