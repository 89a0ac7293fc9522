/**
 * Simulates a change on the arrivals of the last minute before it is made, because more replicas can make a tail worse
 * and fewer can break it (docs/algorithms.md, "What is not monotone"). A removal that makes too many of those queries
 * late is refused; it may be proposed again when changes settle. An increase that makes more of them late is tried with
 * one and two more replicas at its stages, within the limits. When neither helps it is made as it is, because traffic
 * beyond the plan cannot wait.
 */
import type { Pipeline } from '../model/pipeline.js';
import { allowedMisses, type Slo } from '../model/slo.js';
import { PipelineRun } from '../simulation/pipeline-run.js';
import type { PricedSetup } from '../simulation/stage-setups.js';
import { allotRaise } from '../tuner/allotment.js';
import type { Change, TunerState } from '../tuner/decision.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import type { ReviewChange } from '../tuner/tuner-session.js';
import { usFromMs } from '../units.js';

/** Queries times stages that two simulations visit within a tenth of a second on a slow machine. */
const QUICK_VISITS = 200_000;
/** Traffic far beyond the plan is not checked: it would hold the tuner up for seconds. */
const MOST_VISITS = 10 * QUICK_VISITS;
const MORE_TRIED = [1, 2] as const;

export interface CheckedPipeline {
  readonly pipeline: Pipeline;
  /** Of the planned configuration, in the order of the plan's stages. */
  readonly setups: readonly PricedSetup[];
  readonly slo: Slo;
  readonly seed: number;
}

/**
 * Whether the check is on by default: a minute of planned traffic is quick to simulate. Decided from the plan, so runs
 * agree.
 */
export function isQuickToCheck({ envelope, stages }: TunerPlan): boolean {
  return envelope.at(-1)!.queries * stages.length <= QUICK_VISITS;
}

export function changeCheck(plan: TunerPlan, checked: CheckedPipeline): ReviewChange {
  return (change, { before, after, recentQueries, recentUs }) => {
    if (recentQueries === 0 || recentQueries * plan.stages.length > MOST_VISITS)
      return { decision: change, state: after };
    const arrivalsUs = recentUs();
    if (arrivalsUs.length === 0) return { decision: change, state: after };
    const missesBefore = missesOf(checked, before.replicas, arrivalsUs);
    const missesAfter = missesOf(checked, after.replicas, arrivalsUs);
    if (missesAfter <= missesBefore) return { decision: change, state: after };
    if (change.kind === 'down') {
      if (missesAfter <= allowedMisses(arrivalsUs.length, checked.slo.percentile))
        return { decision: change, state: after };
      return {
        decision: { kind: 'hold', reason: 'refused', changes: change.changes },
        state: { ...before, lastChangeMs: change.atMs },
      };
    }
    for (const more of MORE_TRIED) {
      const larger = raisedBy(more, plan, { change, before, after });
      if (missesOf(checked, larger.state.replicas, arrivalsUs) <= missesBefore) return larger;
    }
    return { decision: change, state: after };
  };
}

/** The change with `more` replicas at each stage it changes, as far as the limits allow. */
function raisedBy(
  more: number,
  plan: TunerPlan,
  { change, before, after }: { change: Change; before: TunerState; after: TunerState },
): { decision: Change; state: TunerState } {
  const asked = after.replicas.map((count, s) => (count > before.replicas[s]! ? count + more : count));
  const replicas = allotRaise(plan.stages, plan.limits, { present: before.replicas, asked }).map((one) => one.replicas);
  const changes = change.changes.map((one) => {
    return { ...one, to: replicas[plan.stages.findIndex(({ stage }) => stage === one.stage)]! };
  });
  return { decision: { ...change, changes }, state: { ...after, replicas } };
}

/** Queries that end late when the arrivals meet an empty pipeline with these replicas. */
function missesOf(
  { pipeline, setups, slo, seed }: CheckedPipeline,
  replicas: readonly number[],
  arrivalsUs: Float64Array,
): number {
  const sloUs = usFromMs(slo.latencyMs);
  let misses = 0;
  const run = new PipelineRun({
    pipeline,
    stages: setups.map((setup, s) => ({ ...setup, replicas: Math.max(1, replicas[s]!) })),
    seed,
    onEnd: ({ from, to, mask, arrivalUs, endUs }) => {
      for (let q = from; q < to; q++) if (endUs[q & mask]! - arrivalUs[q & mask]! > sloUs) misses++;
    },
  });
  run.admit(arrivalsUs);
  run.advance(Number.POSITIVE_INFINITY);
  return misses;
}
