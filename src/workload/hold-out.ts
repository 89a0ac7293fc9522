/** The held-out tail of a trace, hidden from planning. */
import { type ArrivalTrace, spanUs } from '../model/trace.js';
import { msFromS, msFromUs } from '../units.js';

/** Share of a trace's time that is held out. */
export const HOLD_OUT_RATIO = 0.2;
/** Planning must keep at least this much time; otherwise nothing is held out. */
const SHORTEST_PLANNING_S = 300;

export interface HeldOut {
  readonly planning: ArrivalTrace;
  /** Queries of the whole trace before the tail: the tail is its queries from this number on. */
  readonly from: number;
}

/**
 * Splits a trace at the instant after which `ratio` of its span is left. Undefined when the first part would be shorter
 * than five minutes, or either part empty: the planner then needs every arrival more than the check does.
 */
export function splitHoldOut(trace: ArrivalTrace, ratio = HOLD_OUT_RATIO): HeldOut | undefined {
  const { arrivalsUs } = trace;
  const planningUs = spanUs(trace) * (1 - ratio);
  if (msFromUs(planningUs) < msFromS(SHORTEST_PLANNING_S)) return undefined;
  const endUs = arrivalsUs[0]! + planningUs;
  const from = arrivalsUs.findIndex((arrivalUs) => arrivalUs > endUs);
  return from < 1 ? undefined : { planning: { arrivalsUs: arrivalsUs.subarray(0, from) }, from };
}
