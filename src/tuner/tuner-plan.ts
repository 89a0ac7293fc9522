/**
 * What the tuner takes from a plan: how many replicas a rate asks for at each stage, and the traffic that the plan was
 * made for.
 *
 * | symbol | field | |
 * |---|---|---|
 * | λ | `rateQps` | mean rate of the planning trace |
 * | n_m | `replicas` | planned replicas |
 * | s_m | `scaleFactor` | mean items per query |
 * | μ_m | `throughputQps` | of one replica at the planned hardware and max batch size |
 * | ρ_m | `provisioningRatio` | λ·s_m ÷ (n_m·μ_m), in (0, …) |
 */
import { InputError } from '../errors.js';
import { hardwareNamed } from '../model/cost.js';
import type { Hardware } from '../model/hardware.js';
import { ownValue } from '../model/notation/own-value.js';
import type { Pipeline } from '../model/pipeline.js';
import type { EnvelopePoint, Plan } from '../model/plan/plan.js';
import { msFromS, usFromMs } from '../units.js';
import { NO_LIMITS, type TunerLimits } from './tuner-limits.js';

/** What the tuner keeps of one stage of a plan. */
export interface TunedStage {
  readonly stage: string;
  readonly hardware: string;
  /** n_m, at least 1. */
  readonly replicas: number;
  readonly scaleFactor: number;
  readonly throughputQps: number;
  readonly provisioningRatio: number;
  /** Of one replica. */
  readonly costUsdPerHour: number;
  readonly activationDelayMs: number;
}

/**
 * `inferline`: the paper's rules alone. `guarded`: with the two guards that keep them from swinging. `lean`: guarded,
 * but a removal goes by each stage's own provisioning ratio instead of the smallest one (docs/tuning.md).
 */
export const TUNER_RULES = ['guarded', 'lean', 'inferline'] as const;
/** One of `TUNER_RULES`. */
export type TunerRules = (typeof TUNER_RULES)[number];

/** What the tuner keeps of a plan. */
export interface TunerPlan {
  readonly pipeline: string;
  readonly rules: TunerRules;
  /** A window of 10 s or more exceeds its plan when it is fuller by more than this share; 0 under the paper's rules. */
  readonly tolerance: number;
  /** Time from the last change to the next removal. */
  readonly settleMs: number;
  readonly rateQps: number;
  readonly stages: readonly TunedStage[];
  /** Widths ascending, without those finer than the arrivals are known. */
  readonly envelope: readonly EnvelopePoint[];
  /** Smallest ρ of all stages. */
  readonly leastProvisioningRatio: number;
  readonly limits: TunerLimits;
  /**
   * Width of the windows whose rate a removal goes by, and how far back it looks: 5 s and 30 s, more for coarse
   * arrivals.
   */
  readonly rateWindowMs: number;
  readonly lookBackMs: number;
  /**
   * How far back a removal looks at the windows of the envelope: steady traffic repeats its bursts within this time.
   */
  readonly guardMs: number;
}

/** As the Horizontal Pod Autoscaler of Kubernetes. */
export const DEFAULT_TOLERANCE = 0.1;
/** Default of `largestGrowth`: a guard against bad data, above what recorded spikes reach. */
export const DEFAULT_GROWTH = 10;
export const DEFAULT_SETTLE_MS = msFromS(15);

const RATE_WINDOW_MS = msFromS(5);
const LOOK_BACK_MS = msFromS(30);
const GUARD_MS = msFromS(120);

/** Prices and activation delays, rules, limits, and how finely arrivals are known. */
export interface TunerPlanOptions {
  readonly hardware: readonly Hardware[];
  readonly rules?: TunerRules;
  readonly limits?: TunerLimits;
  /** Default: `DEFAULT_TOLERANCE`, and none under the paper's rules. */
  readonly tolerance?: number | undefined;
  readonly settleMs?: number | undefined;
  /** Per stage, an activation delay that replaces its hardware's. */
  readonly activationDelaysMs?: Readonly<Record<string, number>>;
  /** The narrowest window over which arrivals are known; narrower ones are left out. */
  readonly finestWindowMs?: number;
}

/**
 * ρ is computed here because the file's rounded value would ask for a replica too many at λ.
 * A stage that no query of the planning trace visits asks for nothing.
 * @throws InputError when the plan has no envelope, no rate, or hardware without a price
 */
export function tunerPlan(plan: Plan, options: TunerPlanOptions): TunerPlan {
  const { hardware, rules = 'guarded', limits = NO_LIMITS, finestWindowMs = 0 } = options;
  const { activationDelaysMs = {}, settleMs = DEFAULT_SETTLE_MS } = options;
  const isPaper = rules === 'inferline';
  const rateQps = plan.predicted.meanRateQps;
  const problems: string[] = [];
  if (!(rateQps > 0)) problems.push(`plan: predicted.mean_rate_qps = ${rateQps}, must be more than 0 to tune by it`);
  if (plan.envelope.length === 0) problems.push('plan: envelope is empty, must have a window');
  for (const { stage, throughputQps } of plan.stages) {
    if (!(throughputQps > 0))
      problems.push(`plan: throughput_qps of ${stage} = ${throughputQps}, must be more than 0 to tune by it`);
  }
  if (problems.length > 0) throw new InputError('PLAN', problems, 'Make the plan anew: infer-plan plan');
  const stages = plan.stages.map(({ stage, hardware: name, replicas, scaleFactor, throughputQps }) => {
    const { costUsdPerHour, activationDelayMs } = hardwareNamed(hardware, name);
    const provisioningRatio = (rateQps * scaleFactor) / (replicas * throughputQps);
    const planned = { stage, hardware: name, replicas, scaleFactor, throughputQps, provisioningRatio };
    return { ...planned, costUsdPerHour, activationDelayMs: ownValue(activationDelaysMs, stage) ?? activationDelayMs };
  });
  const visited = stages.filter(({ scaleFactor }) => scaleFactor > 0);
  const fine = plan.envelope.filter(({ windowMs }) => usFromMs(windowMs) >= usFromMs(finestWindowMs));
  return {
    pipeline: plan.pipeline,
    rules,
    tolerance: options.tolerance ?? (isPaper ? 0 : DEFAULT_TOLERANCE),
    settleMs,
    rateQps,
    stages,
    envelope: fine.length > 0 ? fine : plan.envelope.slice(-1),
    leastProvisioningRatio: Math.min(...visited.map(({ provisioningRatio }) => provisioningRatio)),
    limits: isPaper ? limits : { ...limits, largestGrowth: limits.largestGrowth ?? DEFAULT_GROWTH },
    ...removalWindows(finestWindowMs),
  };
}

/** The plan with its stages in the order of the pipeline's. */
export function inStageOrder(plan: Plan, { stages }: Pipeline): Plan {
  return { ...plan, stages: stages.map(({ name }) => plan.stages.find(({ stage }) => stage === name)!) };
}

/**
 * How far back arrivals still matter to a check: the guard's look-back plus the widest window. A resumed run asks for
 * them.
 */
export function historyMs({ envelope, guardMs }: TunerPlan): number {
  return envelope.at(-1)!.windowMs + guardMs + msFromS(1);
}

/** A removal looks back over several rate windows, each at least as wide as arrivals are known. */
export function removalWindows(finestWindowMs: number): Pick<TunerPlan, 'rateWindowMs' | 'lookBackMs' | 'guardMs'> {
  const rateWindowMs = Math.max(RATE_WINDOW_MS, finestWindowMs);
  const lookBackMs = Math.max(LOOK_BACK_MS, 2 * rateWindowMs);
  return { rateWindowMs, lookBackMs, guardMs: Math.max(GUARD_MS, lookBackMs) };
}

/** Slack for rounding: k = r·s ÷ (μ·ρ) at r = λ must be n. */
const SLACK = 1e-9;

/** ⌈rate·s ÷ (μ·ratio)⌉, at least 1. */
export function replicasFor({ scaleFactor, throughputQps }: TunedStage, rateQps: number, ratio: number): number {
  if (scaleFactor === 0) return 1;
  return atLeastOne((rateQps * scaleFactor) / (throughputQps * ratio));
}

/** ⌈value⌉, at least 1. */
export function atLeastOne(value: number): number {
  return Math.max(1, Math.ceil(value * (1 - SLACK)));
}
