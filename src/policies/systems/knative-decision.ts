/**
 * One decision of Knative's pod autoscaler (serving 0.51, pkg/autoscaler/scaling/autoscaler.go): from the averages of
 * the stable and the panic window to the pods it wants.
 *
 * Panic compares with ready pods, not with those asked for: while pods start slowly it goes on, and it ends a stable
 * window after the last tick over the threshold. In panic nothing is removed.
 * Worked: 1 ready, target 7, averages 40 and 40: both want ⌈5.7⌉ = 6. 6 ÷ 1 is over 2, so panic begins, and 6 stay for
 * at least a stable window.
 */

export interface KnativeSpec {
  readonly target: number;
  /** What one pod takes in all; the target is a share of it. For the burst capacity only. */
  readonly total: number;
  readonly stableWindowS: number;
  readonly panicWindowS: number;
  /** Ratio of wanted to ready pods from which panic begins. */
  readonly panicThreshold: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  readonly scaleDownDelayS: number;
  readonly activationScale: number;
  readonly targetBurstCapacity: number;
  readonly isReachable: boolean;
}

/** Seconds between two decisions. */
export const KNATIVE_TICK_S = 2;

export interface KnativeState {
  /** Start of the panic or its last extension; undefined outside of it. */
  readonly panicS: number | undefined;
  readonly mostInPanic: number;
  /** What was wanted at the ticks of the scale-down delay, the oldest first. */
  readonly wanted: readonly { readonly atS: number; readonly pods: number }[];
}

/** A revision that starts with more than one pod begins in panic. */
export function knativeStart(readyPods: number, nowS: number): KnativeState {
  const isMore = readyPods > 1;
  return { panicS: isMore ? nowS : undefined, mostInPanic: isMore ? readyPods : 0, wanted: [] };
}

export interface KnativeDecision {
  readonly pods: number;
  readonly excessBurstCapacity: number;
  /** What the metric alone asks for, and the rule that made it another number. */
  readonly proposal: number;
  readonly limitedBy: string | undefined;
  readonly state: KnativeState;
}

export function knativeDecision(
  spec: KnativeSpec,
  state: KnativeState,
  seen: { readonly nowS: number; readonly readyPods: number; readonly stable: number; readonly panic: number },
): KnativeDecision {
  const { nowS, stable, panic } = seen;
  const ready = Math.max(1, seen.readyPods);
  const up = Math.ceil(spec.maxScaleUpRate * ready);
  const down = spec.isReachable ? Math.floor(ready / spec.maxScaleDownRate) : 0;
  const wantStable = Math.ceil(stable / spec.target);
  const wantPanic = Math.ceil(panic / spec.target);
  const within = (want: number) => {
    const clamped = Math.min(Math.max(want, down), up);
    return spec.activationScale > 1 && want > 0 ? Math.max(clamped, spec.activationScale) : clamped;
  };
  const isOver = wantPanic / ready >= spec.panicThreshold;
  const isPast = state.panicS !== undefined && state.panicS + spec.stableWindowS < nowS;
  const panicS = isOver ? nowS : isPast ? undefined : state.panicS;
  let pods = within(wantStable);
  let mostInPanic = 0;
  if (panicS !== undefined) {
    mostInPanic = Math.max(state.mostInPanic, pods, within(wantPanic));
    pods = mostInPanic;
  }
  const slots = Math.ceil(spec.scaleDownDelayS / KNATIVE_TICK_S);
  const isDelayed = spec.scaleDownDelayS > 0 && spec.isReachable;
  const oldestS = nowS - slots * KNATIVE_TICK_S;
  const wanted = isDelayed ? [...state.wanted.filter(({ atS }) => atS > oldestS), { atS: nowS, pods }] : [];
  const delayed = isDelayed ? Math.max(...wanted.map((one) => one.pods)) : pods;
  const limitedBy =
    delayed !== pods
      ? 'scale-down-delay'
      : panicS !== undefined && pods > wantStable
        ? 'panic'
        : pods < wantStable
          ? 'max-scale-up-rate'
          : pods > wantStable
            ? 'max-scale-down-rate'
            : undefined;
  const burst = spec.targetBurstCapacity;
  const excess = burst > 0 ? Math.floor(seen.readyPods * spec.total - burst - panic) : burst;
  return {
    pods: delayed,
    excessBurstCapacity: burst > 0 ? excess : burst < 0 ? -1 : 0,
    proposal: wantStable,
    limitedBy,
    state: { panicS, mostInPanic, wanted },
  };
}
