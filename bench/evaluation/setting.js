/** What the experiments share: a pipeline, a plan for some traffic, and a comparison of policies from it. */

import { compare, FORESEEING } from '../../dist/compare/compare.js';
import { startingPlan } from '../../dist/compare/starting-plan.js';
import { sourceOf } from '../../dist/model/trace.js';
import { planConfiguration } from '../../dist/planner/plan-configuration.js';
import { POLICY_KINDS } from '../../dist/policies/catalogue.js';

/** The cheapest plan that holds on the planning trace alone, as the paper's; undefined when none does. */
export function planOn(input) {
  const { feasible, plan } = planConfiguration(input, { search: 'exact' });
  return feasible ? plan : undefined;
}

/** Policies by name; those that the build does not have are left out. */
export function policiesNamed(names) {
  return names.flatMap((name) => {
    const kind = POLICY_KINDS.find((one) => one.name === name);
    return kind === undefined && !FORESEEING.includes(name) ? [] : [{ name, kind, own: undefined }];
  });
}

export const EVERY_POLICY = policiesNamed([...POLICY_KINDS.map(({ name }) => name), ...FORESEEING]);

/**
 * Runs policies from plans (`{ name, plan }`) over arrivals (a function that opens them), to the end.
 * @returns the scoreboard and the rest (`Compared`)
 */
export function compared({
  scenario,
  plans,
  policies,
  open,
  targets = 'shipped',
  activationMs,
  phase = 0,
  slo,
  maxReplicas,
}) {
  const openPlanning = () => sourceOf(scenario.trace);
  const steps = compare({
    pipeline: scenario.pipeline,
    seed: scenario.seed,
    slo: slo ?? scenario.slo,
    plans: plans.map((one) => startingPlan(one, scenario, { activationMs, maxReplicas, openPlanning })),
    policies,
    targets,
    phase,
    open,
  });
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** What a table shows of a row. */
export function scoreOf({ plan, policy, factor, lateRatio, costRatio, flips, slowestRecoveryMs, outcome }) {
  const { misses, allowedMisses, sloAttainment, costUsd, meanUsdPerHour, changes, latency } = outcome;
  return {
    ...{ plan, policy, factor, lateRatio, costRatio, flips, slowestRecoveryMs, misses, sloAttainment, costUsd },
    ...{ meanUsdPerHour, changes, holds: misses <= allowedMisses, p99Ms: latency.p99Ms },
  };
}
