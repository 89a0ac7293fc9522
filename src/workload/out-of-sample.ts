/** What a plan is tested on besides the trace that it is made for: resampled traffic, and a tail that planning does not see. */
import type { OutOfSampleTest } from '../model/plan/out-of-sample-test.js';
import { type ArrivalTrace, spanUs } from '../model/trace.js';
import { msFromS, msFromUs } from '../units.js';
import { fitArrivals } from './fit-arrivals.js';
import { freshTraffic } from './fresh-traffic.js';

/** Share of a trace's time that is held out. */
export const HOLD_OUT_RATIO = 0.2;
/** Planning must keep at least this much time; otherwise nothing is held out. */
const SHORTEST_PLANNING_S = 300;

/**
 * The out-of-sample test of a plan for a trace. The resampled traffic is of the kind of the part that planning sees.
 * @param trace at least one arrival
 * @param options.seed of the resampled traffic; the plan's own seed
 * @returns the test, and the part of the trace to plan on
 */
export function outOfSampleTest(
  trace: ArrivalTrace,
  { seed }: { readonly seed: number },
): OutOfSampleTest & { readonly planning: ArrivalTrace } {
  const heldOut = splitHoldOut(trace);
  const planning = heldOut?.planning ?? trace;
  const traffic = freshTraffic(planning, fitArrivals(planning), { seed });
  return { planning, traffic, heldOut: heldOut && { whole: trace, from: heldOut.from } };
}

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
