/**
 * What follows when the traffic has left the plan for good: its arrivals are kept, and another plan is made where that
 * is wanted.
 */
import { dirname } from 'node:path';
import type { LoopEvent } from '../../control-loop/loop-event.js';
import { shownPath } from '../../files/system/read-text.js';
import { adoptionProblem } from '../../tuner/adoption.js';
import type { Tuning } from './inputs.js';
import { planFor, recordRecent } from './replan.js';

export interface DriftAnswer {
  readonly tuning: Tuning;
  /** Whether another plan is made at all. */
  readonly replan: boolean;
  readonly isApplying: boolean;
  readonly signal: AbortSignal;
  tell(event: LoopEvent): void;
}

/**
 * Writes the recent arrivals (µs) beside the plan and plans for them.
 * @returns the path of a plan that the tuner can go on with; undefined when there is none. Failures are told as events.
 */
export async function answerDrift(recentUs: Float64Array, answer: DriftAnswer): Promise<string | undefined> {
  const { tuning, replan, isApplying, signal, tell } = answer;
  const { plan, paths, planPath } = tuning;
  const folder = dirname(planPath);
  try {
    const trace = await recordRecent(recentUs, plan, folder);
    if (trace === undefined || !replan) return undefined;
    const made = await planFor(trace, { plan, paths, folder, signal });
    const reason = isApplying ? (adoptionProblem(plan, made.plan) ?? '') : 'this is a dry run';
    tell({ kind: 'replanned', path: shownPath(made.path), isAdopted: reason === '', reason });
    return reason === '' ? made.path : undefined;
  } catch (error) {
    if (!signal.aborted) tell({ kind: 'replan-failed', problem: (error as Error).message.split('\n')[0]! });
    return undefined;
  }
}
