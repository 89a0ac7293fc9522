/**
 * One decision of Ray Serve's default policy (2.60, serve/autoscaling_policy.py): running replicas and requests in the
 * system give a wanted number, which must stay wanted for a delay.
 *
 * The factor works on running replicas, the wait on the target, so with replicas still starting a factor below 1 falls
 * short. One tick at or beyond the target starts the wait anew.
 * Worked: 10 running, 30 ongoing, target 2, factor 1: raw 15, wanted 15. After 30 s without a break: 15.
 */

export interface RaySpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly targetOngoing: number;
  readonly upscalingFactor: number;
  readonly downscalingFactor: number;
  readonly upscaleDelayS: number;
  readonly downscaleDelayS: number;
  readonly downscaleToZeroDelayS: number;
}

export interface RayState {
  /** Calls in a row that wanted more (positive) or fewer (negative). */
  readonly counter: number;
  /** When the present wait began; undefined when nothing waits. */
  readonly waitingSinceS: number | undefined;
}

export const RAY_START: RayState = { counter: 0, waitingSinceS: undefined };

/** Slack of a wait by the clock, in seconds. */
const SLACK_S = 1e-6;

export interface RayDecision {
  readonly replicas: number;
  /** Wanted now, before delays and bounds. */
  readonly wanted: number;
  readonly limitedBy: string | undefined;
  readonly state: RayState;
}

/** In the order of the original's operations, since rounding up makes a difference in the last bit a replica. */
function wantedOf(spec: RaySpec, ongoing: number, running: number): number {
  const raw = running * (ongoing / (spec.targetOngoing * running));
  const factor = raw > running ? spec.upscalingFactor : spec.downscalingFactor;
  const wanted = Math.ceil(running + factor * (raw - running));
  return Math.ceil(raw) < running && wanted === running ? wanted - 1 : wanted;
}

/** @param seen `target`: replicas asked for now; `ongoing`: requests running and queued */
export function rayDecision(
  spec: RaySpec,
  state: RayState,
  seen: { readonly nowS: number; readonly ongoing: number; readonly running: number; readonly target: number },
): RayDecision {
  const { nowS, ongoing, running, target } = seen;
  const bounded = (replicas: number) => Math.max(spec.minReplicas, Math.min(spec.maxReplicas, replicas));
  if (running === 0 && ongoing > 0) {
    const wanted = Math.max(Math.ceil(spec.upscalingFactor), target);
    return { replicas: bounded(wanted), wanted, limitedBy: undefined, state };
  }
  // While none runs and some start, a wait neither ends nor begins anew.
  if (running === 0 && target > 0) return { replicas: bounded(target), wanted: target, limitedBy: undefined, state };
  const wanted = running === 0 ? 0 : wantedOf(spec, ongoing, running);
  if (wanted === target) return { replicas: bounded(target), wanted, limitedBy: undefined, state: RAY_START };
  const sign = wanted > target ? 1 : -1;
  const isSame = Math.sign(state.counter) === sign;
  const counter = isSame ? state.counter + sign : sign;
  const waitingSinceS = isSame ? (state.waitingSinceS ?? nowS) : nowS;
  const isToZero = sign < 0 && target === 1;
  const next = sign > 0 || isToZero ? wanted : Math.max(1, wanted);
  const delayS = sign > 0 ? spec.upscaleDelayS : isToZero ? spec.downscaleToZeroDelayS : spec.downscaleDelayS;
  const isOver = nowS - waitingSinceS >= delayS - SLACK_S;
  const name = sign > 0 ? 'upscale_delay_s' : isToZero ? 'downscale_to_zero_delay_s' : 'downscale_delay_s';
  if (!isOver) return { replicas: bounded(target), wanted, limitedBy: name, state: { counter, waitingSinceS } };
  const replicas = bounded(next);
  const bound = replicas < next ? 'max_replicas' : replicas > next ? 'min_replicas' : undefined;
  return { replicas, wanted, limitedBy: bound, state: RAY_START };
}
