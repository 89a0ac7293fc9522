/**
 * A `spec` of a HorizontalPodAutoscaler, or of KEDA's ScaledObject: bounds, target, `behavior`. Of metrics only the
 * target is read, since the policy's name says which metric it is.
 */
import type { HpaOwn } from '../../policies/hpa.js';
import type { ScalingRules } from '../../policies/systems/hpa-decision.js';
import { type Entry, fields, integerWithin, items, numberWithin, oneOf } from '../entry.js';

const MOST_REPLICAS = 1_000_000;
const LONGEST_WINDOW_S = 3600;
const LONGEST_PERIOD_S = 1800;
const LONGEST_S = 86_400;
const DOWNSCALE_S = 300;
const PERIOD_S = 15;

/** Kubernetes' rules for a direction whose block leaves them out. */
const UP: ScalingRules = {
  stabilizationS: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodS: PERIOD_S },
    { type: 'Percent', value: 100, periodS: PERIOD_S },
  ],
};

export function readHpa(entry: Entry): HpaOwn {
  const field = fields(entry, [], [
    ...['minReplicas', 'maxReplicas', 'targetCPUUtilizationPercentage', 'averageValue', 'tolerance'],
    ...['downscaleStabilization', 'behavior'],
  ] as const) as Record<string, Entry | undefined>;
  return { ...bounds(field.minReplicas, field.maxReplicas), ...common(field), ...targets(field) };
}

/** KEDA: `threshold` of the trigger, and the HPA's behavior beside it. */
export function readKeda(entry: Entry): HpaOwn {
  const field = fields(entry, [], [
    ...['minReplicaCount', 'maxReplicaCount', 'threshold', 'pollingInterval', 'cooldownPeriod'],
    ...['tolerance', 'downscaleStabilization', 'behavior'],
  ] as const) as Record<string, Entry | undefined>;
  const seconds = (one: Entry) => integerWithin(one, 0, LONGEST_S);
  return {
    ...bounds(field.minReplicaCount, field.maxReplicaCount),
    ...common(field),
    ...(field.threshold && { target: positive(field.threshold) }),
    ...(field.pollingInterval && { pollingS: seconds(field.pollingInterval) }),
    ...(field.cooldownPeriod && { cooldownS: seconds(field.cooldownPeriod) }),
  };
}

function bounds(least: Entry | undefined, most: Entry | undefined): HpaOwn {
  return {
    ...(least && { minReplicas: integerWithin(least, 0, MOST_REPLICAS) }),
    ...(most && { maxReplicas: integerWithin(most, 1, MOST_REPLICAS) }),
  };
}

function targets(field: Record<string, Entry | undefined>): HpaOwn {
  const { targetCPUUtilizationPercentage: percent, averageValue } = field;
  if (percent) return { target: integerWithin(percent, 1, 1000) };
  return averageValue ? { target: positive(averageValue) } : {};
}

function common({ tolerance, downscaleStabilization, behavior }: Record<string, Entry | undefined>): HpaOwn {
  const both = tolerance && share(tolerance);
  const own = behavior && fields(behavior, [], ['scaleUp', 'scaleDown']);
  const windowS = downscaleStabilization ? integerWithin(downscaleStabilization, 0, LONGEST_WINDOW_S) : DOWNSCALE_S;
  const down: ScalingRules = {
    stabilizationS: windowS,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodS: PERIOD_S }],
  };
  const up = own?.scaleUp && rules(own.scaleUp, UP);
  const lower = own?.scaleDown && rules(own.scaleDown, down);
  return {
    ...(downscaleStabilization && { downscaleStabilizationS: windowS }),
    ...(own && { behavior: { up: up?.rules ?? UP, down: lower?.rules ?? down } }),
    ...((both !== undefined || own) && { tolerance: optional(up?.tolerance ?? both, lower?.tolerance ?? both) }),
  };
}

function optional(up: number | undefined, down: number | undefined): NonNullable<HpaOwn['tolerance']> {
  return { ...(up !== undefined && { up }), ...(down !== undefined && { down }) };
}

function rules(entry: Entry, otherwise: ScalingRules): { rules: ScalingRules; tolerance: number | undefined } {
  const field = fields(entry, [], ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance']);
  const { stabilizationWindowSeconds: window, selectPolicy, policies } = field;
  return {
    tolerance: field.tolerance && share(field.tolerance),
    rules: {
      stabilizationS: window ? integerWithin(window, 0, LONGEST_WINDOW_S) : otherwise.stabilizationS,
      selectPolicy: selectPolicy ? oneOf(selectPolicy, ['Max', 'Min', 'Disabled']) : otherwise.selectPolicy,
      policies: policies ? items(policies, 'policies').map(policy) : otherwise.policies,
    },
  };
}

function policy(entry: Entry): ScalingRules['policies'][number] {
  const field = fields(entry, ['type', 'value', 'periodSeconds']);
  return {
    type: oneOf(field.type, ['Pods', 'Percent']),
    value: integerWithin(field.value, 1, MOST_REPLICAS),
    periodS: integerWithin(field.periodSeconds, 1, LONGEST_PERIOD_S),
  };
}

/** A share; text as in Kubernetes' quantities, too. */
function share(entry: Entry): number {
  const { value } = entry;
  const given = typeof value === 'string' ? { ...entry, value: Number(value) } : entry;
  return numberWithin(given, (found) => found >= 0 && found <= 10, 'a share of the target such as 0.1');
}

function positive(entry: Entry): number {
  const { value } = entry;
  const given = typeof value === 'string' ? { ...entry, value: Number(value) } : entry;
  return numberWithin(given, (found) => found > 0, 'more than 0');
}
