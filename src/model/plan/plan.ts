/** The plan that `plan` writes and other commands read: a configuration, its cost and the evidence for it. */
import type { ServiceModel } from '../profile.js';
import type { Slo } from '../slo.js';
import type { Pin } from './pin.js';
import type { Validated } from './validated.js';

/** Version of the plan file. */
export const PLAN_VERSION = 1;

/** One stage of a plan: the choice, and the evidence behind it. */
export interface PlannedStage {
  readonly stage: string;
  readonly hardware: string;
  readonly maxBatchSize: number;
  readonly replicas: number;
  readonly costUsdPerHour: number;
  /** Mean items of the stage per pipeline query. */
  readonly scaleFactor: number;
  /** One replica at the planned max batch size: batch size ÷ service time. */
  readonly throughputQps: number;
  /** Planned load ÷ planned capacity: λ·s ÷ (n·μ) (docs/glossary.md). */
  readonly provisioningRatio: number;
  readonly utilisation: number;
  readonly meanBatchSize: number;
  readonly queueingDelayP99Ms: number;
  /** Share of the latency of the queries at or above the objective's percentile spent at this stage, in [0, 1]. */
  readonly tailShare: number;
}

/** Most arrivals in any window of one width. */
export interface EnvelopePoint {
  readonly windowMs: number;
  readonly queries: number;
  readonly rateQps: number;
}

/** An input file of a result, with its hash, so that a later reader can see whether it changed. */
export interface InputFile {
  readonly role: 'pipeline' | 'profiles' | 'hardware' | 'trace' | 'samples';
  /** Relative to the plan file. */
  readonly path: string;
  readonly sha256: string;
}

/**
 * The max batch sizes that a search may choose: the measured ones, and the powers of two between the smallest and the
 * largest of them.
 */
export const SEARCHED_BATCH_SIZES = ['measured and powers of two between'] as const;

/** What is proved of a plan's cost: no configuration under the same conditions costs less than the lower bound. */
export interface Certificate {
  /** Whether the lower bound equals the cost. */
  readonly isProved: boolean;
  readonly lowerBoundUsdPerHour: number;
  /** (cost − lower bound) ÷ cost. */
  readonly gapRatio: number;
  /** Queries of the trace that miss the objective, and how many may. */
  readonly misses: number;
  readonly allowedMisses: number;
  /** Of every stage, on every hardware. Absent in plans of versions that tried only the measured sizes. */
  readonly maxBatchSizes?: (typeof SEARCHED_BATCH_SIZES)[number];
}

/** Instances of one type that all host the same replicas. */
export interface PackedInstances {
  readonly instance: string;
  readonly count: number;
  /** Price of one instance. */
  readonly priceUsdPerHour: number;
  /** Replicas on each instance. */
  readonly runs: readonly { readonly stage: string; readonly replicas: number }[];
}

/** The whole cloud instances that host a plan. */
export interface Packing {
  readonly costUsdPerHour: number;
  readonly instances: readonly PackedInstances[];
}

/** A configuration, what it costs, and the evidence for it: what plan.yaml holds. */
export interface Plan {
  readonly version: typeof PLAN_VERSION;
  readonly pipeline: string;
  readonly slo: Slo;
  readonly serviceModel: ServiceModel;
  readonly stages: readonly PlannedStage[];
  readonly costUsdPerHour: number;
  readonly costUsdPerMillionQueries: number;
  readonly predicted: {
    readonly queries: number;
    readonly meanRateQps: number;
    readonly sloAttainment: number;
    readonly meanMs: number;
    readonly p50Ms: number;
    readonly p90Ms: number;
    readonly p95Ms: number;
    readonly p99Ms: number;
    readonly p999Ms: number;
    readonly maxMs: number;
  };
  /** Present when whole instances are priced; the certificate is then about their cost. */
  readonly packing?: Packing;
  /** Absent when the search proves nothing. */
  readonly certificate?: Certificate;
  /** The out-of-sample test; absent when only the trace decided. */
  readonly validated?: Validated;
  /** Traffic envelope of the planning trace, from the pipeline's service time up to a minute. */
  readonly envelope: readonly EnvelopePoint[];
  readonly provenance: {
    readonly tool: string;
    readonly seed: number;
    readonly search: string;
    readonly maxReplicas?: number;
    readonly stageMaxReplicas?: Readonly<Record<string, number>>;
    readonly stageMinReplicas?: Readonly<Record<string, number>>;
    readonly inventory?: Readonly<Record<string, number>>;
    readonly pins?: readonly Pin[];
    /** Multiple of the traffic of the trace file; absent for 1. */
    readonly traceScale?: number;
    readonly inputs: readonly InputFile[];
  };
}
