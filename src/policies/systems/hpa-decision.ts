/**
 * From a proposal to the replicas that Kubernetes' Horizontal Pod Autoscaler sets (1.37,
 * pkg/controller/podautoscaler/horizontal.go): stabilisation, then limits.
 *
 * Without `behavior`: the highest proposal of the last 300 s, then at most max(2n, 4). That maximum also drives up: after
 * a spike cut short by the limit the next ticks still climb to its peak. With `behavior`, even an empty one: the present
 * number, raised to the lowest proposal of the up window and lowered to the highest of the down window, then limited by
 * policies that count from the start of their period.
 * Worked: 2 replicas, proposal 8: 4, then 8 at the next tick. Proposal 2 from 600 s on: 8 until 900 s.
 */

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodS: number;
}

export interface ScalingRules {
  readonly stabilizationS: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
}

export interface HpaSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Used where there is no `behavior`. */
  readonly downscaleStabilizationS: number;
  readonly behavior: { readonly up: ScalingRules; readonly down: ScalingRules } | undefined;
}

export interface Dated {
  readonly atS: number;
  readonly replicas: number;
}

export interface HpaState {
  /** Proposals before stabilisation; undefined before the first tick. */
  readonly proposals: readonly Dated[] | undefined;
  /** Replicas added and removed. */
  readonly added: readonly Dated[];
  readonly removed: readonly Dated[];
  /** Whether the autoscaler itself went to zero, and not a hand. */
  readonly isScaledToZero: boolean;
}

export const HPA_START: HpaState = { proposals: undefined, added: [], removed: [], isScaledToZero: false };

/** What a scale-up may reach within a tick, without `behavior`. */
const UP_FACTOR = 2;
const UP_LEAST = 4;
/** Longest window and period that the API takes. */
const LONGEST_S = 3600;

export interface HpaDecision {
  readonly replicas: number;
  readonly limitedBy: string | undefined;
  readonly state: HpaState;
}

/**
 * @param seen `proposal` undefined: the metrics are invalid, and nothing changes. `present`: replicas of the scale
 * target's spec.
 */
export function hpaDecision(
  spec: HpaSpec,
  state: HpaState,
  seen: { readonly nowS: number; readonly present: number; readonly proposal: number | undefined },
): HpaDecision {
  const { nowS, present, proposal } = seen;
  const { minReplicas: least, maxReplicas: most } = spec;
  const proposals = state.proposals ?? [{ atS: nowS, replicas: present }];
  const started = { ...state, proposals };
  if (present === 0 && !(least === 0 && state.isScaledToZero))
    return { replicas: 0, limitedBy: 'scaling disabled at 0', state: started };
  if (present > most) return changed(started, seen, most, 'maxReplicas');
  if (present < least) return changed(started, seen, least, 'minReplicas');
  if (proposal === undefined) return { replicas: present, limitedBy: 'metrics invalid', state: started };
  const kept = proposals.filter(({ atS }) => nowS - atS <= LONGEST_S);
  const recorded = { ...started, proposals: [...kept, { atS: nowS, replicas: proposal }] };
  const stable = stabilised(spec, kept, seen, proposal);
  const limited =
    spec.behavior === undefined ? plainLimit(spec, present, stable) : behaviorLimit(spec, state, seen, stable);
  const limitedBy =
    limited !== stable
      ? limited > stable
        ? 'scaleDown policies or minReplicas'
        : 'scaleUp limit or maxReplicas'
      : stable !== proposal
        ? 'stabilization window'
        : undefined;
  return changed(recorded, seen, limited, limitedBy);
}

function stabilised(
  { behavior, downscaleStabilizationS }: HpaSpec,
  proposals: readonly Dated[],
  { nowS, present }: { readonly nowS: number; readonly present: number },
  proposal: number,
): number {
  if (behavior === undefined) {
    const recent = proposals.filter(({ atS }) => atS >= nowS - downscaleStabilizationS);
    return Math.max(proposal, ...recent.map(({ replicas }) => replicas));
  }
  const within = (windowS: number) =>
    proposals.filter(({ atS }) => atS > nowS - windowS).map(({ replicas }) => replicas);
  const lowest = Math.min(proposal, ...within(behavior.up.stabilizationS));
  const highest = Math.max(proposal, ...within(behavior.down.stabilizationS));
  return Math.min(Math.max(present, lowest), highest);
}

function plainLimit({ minReplicas, maxReplicas }: HpaSpec, present: number, wanted: number): number {
  const up = Math.max(UP_FACTOR * present, UP_LEAST);
  return Math.max(minReplicas, Math.min(wanted, maxReplicas, up));
}

function behaviorLimit(
  { minReplicas, maxReplicas, behavior }: HpaSpec,
  { added, removed }: HpaState,
  { nowS, present }: { readonly nowS: number; readonly present: number },
  wanted: number,
): number {
  const changeIn = (events: readonly Dated[], periodS: number) =>
    events.reduce((sum, { atS, replicas }) => (atS > nowS - periodS ? sum + replicas : sum), 0);
  /** Replicas at the start of a policy's period. */
  const startOf = ({ periodS }: ScalingPolicy) => present - changeIn(added, periodS) + changeIn(removed, periodS);
  const { up, down } = behavior!;
  if (wanted > present) {
    const limits = up.policies.map((policy) => {
      const start = startOf(policy);
      return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
    });
    const select = up.selectPolicy === 'Min' ? Math.min : Math.max;
    const limit = up.selectPolicy === 'Disabled' ? present : Math.max(present, select(...limits));
    return Math.min(wanted, maxReplicas, limit);
  }
  if (wanted < present) {
    const limits = down.policies.map((policy) => {
      const start = startOf(policy);
      return policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100));
    });
    const select = down.selectPolicy === 'Min' ? Math.max : Math.min;
    const limit = down.selectPolicy === 'Disabled' ? present : Math.min(present, select(...limits));
    return Math.max(wanted, minReplicas, limit);
  }
  return wanted;
}

function changed(
  state: HpaState,
  { nowS, present }: { readonly nowS: number; readonly present: number },
  replicas: number,
  limitedBy: string | undefined,
): HpaDecision {
  const by = replicas - present;
  const recent = (events: readonly Dated[]) => events.filter(({ atS }) => nowS - atS <= LONGEST_S);
  return {
    replicas,
    limitedBy,
    state: {
      ...state,
      added: by > 0 ? [...recent(state.added), { atS: nowS, replicas: by }] : state.added,
      removed: by < 0 ? [...recent(state.removed), { atS: nowS, replicas: -by }] : state.removed,
      isScaledToZero: replicas === 0,
    },
  };
}
