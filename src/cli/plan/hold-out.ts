import type { ArrivalTrace } from '../../model/trace.js';
import type { Validation } from '../../planner/promise/validation.js';
import { fitArrivals } from '../../workload/fit-arrivals.js';
import { freshTraffic } from '../../workload/fresh-traffic.js';
import { splitHoldOut } from '../../workload/hold-out.js';

/** The part of a trace that planning sees, fresh traffic of its kind, and the tail that planning does not see. */
export function validationOf(trace: ArrivalTrace, seed: number): Validation & { readonly planning: ArrivalTrace } {
  const heldOut = splitHoldOut(trace);
  const planning = heldOut?.planning ?? trace;
  const traffic = freshTraffic(planning, fitArrivals(planning), { seed });
  return { planning, traffic, heldOut: heldOut && { whole: trace, from: heldOut.from } };
}
