/**
 * From a metric to the replicas that Kubernetes' Horizontal Pod Autoscaler proposes (1.37,
 * pkg/controller/podautoscaler/replica_calculator.go). Values are whole thousandths, and divisions truncate.
 *
 * Per pod, CPU: u = ⌊100·Σ usage ÷ Σ request⌋, ratio = u ÷ target. Per pod, any other: ratio = ⌊Σ ÷ pods⌋ ÷ target.
 * Within the tolerance the present number stays. Else ⌈ratio × pods that have a valid sample⌉, not × the present number.
 * Pods without a sample count as their whole request on the way down and as nothing on the way up. Pods that are not
 * ready count as nothing on the way up and are not seen on the way down.
 * Worked: 2 pods use 450 of 1000 each, target 50 %: u 45, ratio 0.9, within 0.1: 2. At 2000 each: u 200, ratio 4: 8.
 */

export interface HpaPod {
  readonly phase: 'Running' | 'Pending' | 'Failed';
  readonly isReady: boolean;
  readonly startedS: number;
  /** Last change of the ready condition. */
  readonly transitionS: number;
  /** Undefined where the metrics server has none. */
  readonly sample?: { readonly milli: number; readonly atS: number; readonly windowS: number } | undefined;
}

export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

/** Flags of the controller. */
const CPU_INITIALIZATION_S = 300;
const INITIAL_READINESS_S = 30;

interface Grouped {
  /** Samples of pods that count. */
  readonly samples: readonly number[];
  readonly unready: number;
  readonly missing: number;
}

function group(pods: readonly HpaPod[], nowS: number, isCpu: boolean): Grouped {
  const samples: number[] = [];
  let unready = 0;
  let missing = 0;
  for (const pod of pods) {
    if (pod.phase === 'Failed') continue;
    if (pod.phase === 'Pending') unready++;
    else if (pod.sample === undefined) missing++;
    else if (isCpu && isUnready(pod, pod.sample, nowS)) unready++;
    else samples.push(pod.sample.milli);
  }
  return { samples, unready, missing };
}

/** A pod that starts burns CPU, so its first samples say nothing. */
function isUnready(
  { isReady, startedS, transitionS }: HpaPod,
  { atS, windowS }: NonNullable<HpaPod['sample']>,
  nowS: number,
): boolean {
  if (startedS + CPU_INITIALIZATION_S > nowS) return !isReady || atS < transitionS + windowS;
  return !isReady && startedS + INITIAL_READINESS_S > transitionS;
}

/** A metric with a value per pod. */
export interface PerPod {
  readonly pods: readonly HpaPod[];
  readonly nowS: number;
  /** Replicas of the scale target's spec. */
  readonly present: number;
  readonly tolerance: Tolerance;
}

/** CPU utilisation, target in percent of the request. Undefined: no pod has a valid sample. */
export function cpuProposal(given: PerPod & { readonly target: number; readonly requestMilli: number }) {
  const { target, requestMilli } = given;
  const ratioOf = (sum: number, count: number) => Math.floor((sum * 100) / (count * requestMilli)) / target;
  const fallback = Math.floor((requestMilli * Math.max(100, target)) / 100);
  return perPodProposal(given, { isCpu: true, ratioOf, fallback });
}

/** A pods metric, target in thousandths. Undefined: no pod has a sample. */
export function podsProposal(given: PerPod & { readonly targetMilli: number }) {
  const { targetMilli } = given;
  const ratioOf = (sum: number, count: number) => Math.floor(sum / count) / targetMilli;
  return perPodProposal(given, { isCpu: false, ratioOf, fallback: targetMilli });
}

function perPodProposal(
  { pods, nowS, present, tolerance }: PerPod,
  metric: {
    readonly isCpu: boolean;
    readonly ratioOf: (sum: number, count: number) => number;
    /** What a pod without a sample counts as on the way down. */
    readonly fallback: number;
  },
): number | undefined {
  const { samples, unready, missing } = group(pods, nowS, metric.isCpu);
  if (samples.length === 0) return undefined;
  const sum = samples.reduce((a, b) => a + b, 0);
  const ratio = metric.ratioOf(sum, samples.length);
  const hasUnready = unready > 0 && ratio > 1;
  if (!hasUnready && missing === 0) {
    return isWithin(ratio, tolerance) ? present : Math.ceil(ratio * samples.length);
  }
  // At a ratio of exactly 1 the pods without a sample stay out.
  const counted = ratio === 1 ? 0 : missing;
  const count = samples.length + counted + (hasUnready ? unready : 0);
  const again = metric.ratioOf(sum + (ratio < 1 ? counted * metric.fallback : 0), count);
  const hasCrossed = (ratio < 1 && again > 1) || (ratio > 1 && again < 1);
  if (isWithin(again, tolerance) || hasCrossed) return present;
  const proposal = Math.ceil(again * count);
  const isOtherWay = (again < 1 && proposal > present) || (again > 1 && proposal < present);
  return isOtherWay ? present : proposal;
}

/** An external metric with a target per replica, as KEDA makes it: independent of pods and of their readiness. */
export function externalAverageProposal(given: {
  readonly milli: number;
  readonly targetMilli: number;
  /** Replicas of the scale target's status. */
  readonly status: number;
  readonly tolerance: Tolerance;
}): number {
  const { milli, targetMilli, status, tolerance } = given;
  const ratio = milli / (targetMilli * status);
  return isWithin(ratio, tolerance) ? status : Math.ceil(milli / targetMilli);
}

/** An external metric with one target for all. */
export function externalValueProposal(given: {
  readonly milli: number;
  readonly targetMilli: number;
  readonly present: number;
  readonly readyPods: number;
  readonly tolerance: Tolerance;
}): number {
  const { milli, targetMilli, present, readyPods, tolerance } = given;
  const ratio = milli / targetMilli;
  if (present === 0) return Math.ceil(ratio);
  return isWithin(ratio, tolerance) ? present : Math.ceil(ratio * readyPods);
}

/** Of several metrics the largest proposal. Where some are invalid, only a rise is believed: undefined otherwise. */
export function combinedProposal(proposals: readonly (number | undefined)[], present: number): number | undefined {
  const valid = proposals.filter((proposal) => proposal !== undefined);
  if (valid.length === 0) return undefined;
  const most = Math.max(...valid);
  return valid.length < proposals.length && most < present ? undefined : most;
}

function isWithin(ratio: number, { up, down }: Tolerance): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}
