/** The planned traffic and work that drift is measured against. */
import type { EnvelopePoint, Plan } from '../../model/plan/plan.js';
import { msFromS } from '../../units.js';
import { type BeyondRule, beyondRule } from './envelope-rule.js';

export interface PlannedTraffic {
  /** Widths ascending. */
  readonly envelope: readonly EnvelopePoint[];
  /** Of the planning trace. */
  readonly queries: number;
  readonly rateQps: number;
  readonly stages: readonly { readonly stage: string; readonly scaleFactor: number }[];
}

export interface DriftPlan extends PlannedTraffic {
  readonly spanMs: number;
  /** Per width, when it counts as exceeded for good; undefined where the planning trace is too short to tell. */
  readonly rules: readonly (BeyondRule | undefined)[];
}

/** @param envelope the windows that live traffic is counted in, if not the plan's */
export function driftPlanOf(plan: Plan, envelope: readonly EnvelopePoint[] = plan.envelope): DriftPlan {
  const { queries, meanRateQps } = plan.predicted;
  const stages = plan.stages.map(({ stage, scaleFactor }) => ({ stage, scaleFactor }));
  return driftPlan({ envelope, queries, rateQps: meanRateQps, stages });
}

export function driftPlan(traffic: PlannedTraffic): DriftPlan {
  const { queries, rateQps, envelope } = traffic;
  const spanMs = rateQps > 0 ? msFromS(queries / rateQps) : 0;
  return { ...traffic, spanMs, rules: envelope.map(({ windowMs }) => beyondRule(windowMs, spanMs)) };
}
