/**
 * What a plan is tested on besides the trace that it is made for: resampled traffic, and a tail that planning does not
 * see.
 */
import { InputError } from '../errors.js';
import type { OutOfSampleTest } from '../model/plan/out-of-sample-test.js';
import { type ArrivalTrace, spanUs } from '../model/trace.js';
import { fitArrivals } from './fit-arrivals.js';
import { freshTraffic } from './fresh-traffic.js';

/**
 * The out-of-sample test of a plan for a trace. The resampled traffic is of the kind of the part that planning sees.
 * @param trace at least one arrival
 * @param options.seed of the resampled traffic; the plan's own seed
 * @param options.holdOut share of the trace's time, in (0, 1), to keep from planning; by default planning sees all
 * @returns the test, and the part of the trace to plan on
 * @throws InputError when one of the two parts would hold no arrival
 */
export function outOfSampleTest(
  trace: ArrivalTrace,
  { seed, holdOut }: { readonly seed: number; readonly holdOut?: number | undefined },
): OutOfSampleTest & { readonly planning: ArrivalTrace } {
  if (holdOut === undefined) return { planning: trace, traffic: freshTraffic(trace, fitArrivals(trace), { seed }) };
  const { planning, from } = splitHoldOut(trace, holdOut);
  const traffic = freshTraffic(planning, fitArrivals(planning), { seed });
  return { planning, traffic, heldOut: { whole: trace, from, timeRatio: holdOut } };
}

/** A trace split for `--hold-out`. */
export interface HeldOut {
  readonly planning: ArrivalTrace;
  /** Queries of the whole trace before the tail: the tail is its queries from this number on. */
  readonly from: number;
}

/**
 * Splits a trace at the instant after which `timeRatio` of its span is left.
 * @param timeRatio in (0, 1)
 * @throws InputError when either part would hold no arrival
 */
export function splitHoldOut(trace: ArrivalTrace, timeRatio: number): HeldOut {
  const { arrivalsUs } = trace;
  const endUs = (arrivalsUs[0] ?? 0) + spanUs(trace) * (1 - timeRatio);
  const from = arrivalsUs.findIndex((arrivalUs) => arrivalUs > endUs);
  if (from < 1) {
    const all = arrivalsUs.length === 1 ? 'its only arrival' : `all ${arrivalsUs.length} arrivals at one instant`;
    throw new InputError('HOLD_OUT', `trace = ${all}, must have arrivals before and after the split of --hold-out`);
  }
  return { planning: { arrivalsUs: arrivalsUs.subarray(0, from) }, from };
}
