/** What drift is measured against: the traffic and the work that a plan was made for. */
import type { EnvelopePoint, Plan } from '../model/plan.js';
import { msFromS } from '../units.js';

export interface DriftPlan {
  /** Widths ascending. */
  readonly envelope: readonly EnvelopePoint[];
  /** Of the planning trace. */
  readonly queries: number;
  readonly rateQps: number;
  readonly stages: readonly { readonly stage: string; readonly scaleFactor: number }[];
}

/** `envelope`: the windows that live traffic is counted in, where they are not the plan's. */
export function driftPlanOf(plan: Plan, envelope: readonly EnvelopePoint[] = plan.envelope): DriftPlan {
  const { queries, meanRateQps } = plan.predicted;
  const stages = plan.stages.map(({ stage, scaleFactor }) => ({ stage, scaleFactor }));
  return { envelope, queries, rateQps: meanRateQps, stages };
}

/** How long the planning trace is. */
export function plannedSpanMs({ queries, rateQps }: DriftPlan): number {
  return rateQps > 0 ? msFromS(queries / rateQps) : 0;
}
