/**
 * Whether live traffic, or the work it makes, has left the plan for good, so that another plan would serve it better. A
 * pure function of the plan and a record of the live system; `DriftWatch` calls it every ten seconds. Findings come and
 * go with the evidence (docs/drift.md).
 */

import { qpsOver, usFromMs } from '../../units.js';
import { type BelowPlan, rateFarBelow } from './below-plan.js';
import { type BeyondWindow, windowsBeyond } from './beyond-envelope.js';
import type { DriftPlan } from './drift-plan.js';
import type { DriftRecord } from './record.js';
import { BLOCK_MS } from './record.js';
import { type ScaleFactorDrift, type ServiceTimeDrift, scaleFactorsAway, serviceTimesAway } from './stage-work.js';

/** One reason to plan anew, with its evidence. */
export type DriftFinding =
  /**
   * Windows are nearly always fuller than any of the planning trace. The mean rates tell a higher rate from burstier
   * traffic.
   */
  | {
      readonly kind: 'beyond the envelope';
      readonly windows: readonly BeyondWindow[];
      readonly rateQps: number;
      readonly plannedQps: number;
    }
  | ({ readonly kind: 'far below the plan' } & BelowPlan)
  | ({ readonly kind: 'scale factor' } & ScaleFactorDrift)
  | ({ readonly kind: 'service time' } & ServiceTimeDrift);

/** Every reason to plan anew; empty while the plan fits, and until enough is known (docs/drift.md says how much). */
export function findDrift(plan: DriftPlan, { blocks }: Pick<DriftRecord, 'blocks'>): DriftFinding[] {
  const windows = windowsBeyond(plan, blocks);
  const below = windows.length > 0 ? undefined : rateFarBelow(plan, blocks);
  return [
    ...(windows.length === 0 ? [] : [beyond(plan, windows, blocks)]),
    ...(below === undefined ? [] : [{ kind: 'far below the plan', ...below } as const]),
    ...scaleFactorsAway(plan, blocks).map((found) => ({ kind: 'scale factor', ...found }) as const),
    ...serviceTimesAway(plan, blocks).map((found) => ({ kind: 'service time', ...found }) as const),
  ];
}

function beyond(plan: DriftPlan, windows: readonly BeyondWindow[], blocks: DriftRecord['blocks']): DriftFinding {
  const overMs = Math.min(...windows.map((window) => window.blocks * window.blockMs));
  const looked = blocks.slice(-overMs / BLOCK_MS);
  const queries = looked.reduce((sum, block) => sum + block.queries, 0);
  return {
    kind: 'beyond the envelope',
    windows,
    rateQps: qpsOver(queries, usFromMs(overMs)),
    plannedQps: plan.rateQps,
  };
}
