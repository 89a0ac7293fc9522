/**
 * Runs scaling policies over one trace, each in a closed loop with its own simulated pipeline: same arrivals, same
 * routes, same start, same bounds. The trace is read twice, once for what somebody who knows it would do, and once for
 * all policies together, block by block, so memory does not grow with it.
 */
import { InputError } from '../errors.js';
import type { Scenario } from '../model/scenario.js';
import type { Slo } from '../model/slo.js';
import type { ArrivalSource } from '../model/trace.js';
import { fixedPolicy } from '../policies/fixed.js';
import type { Policy, PolicyKind, StageView, TargetChoice } from '../policies/policy.js';
import { type Schedule, schedulePolicy } from '../policies/schedule.js';
import { binWidthUs } from '../replay/bin-width.js';
import { ClosedLoop } from '../replay/closed-loop.js';
import { scheduleCost } from '../replay/outcome.js';
import { type Schedules, schedulesOf } from '../replay/schedules.js';
import { CHECK_INTERVAL_MS } from '../tuner/tuner-session.js';
import { msFromUs } from '../units.js';
import { type Compared, comparedOf, type RunPolicy } from './compared.js';
import { Explanation } from './explained.js';
import { type StartingPlan, SWEPT_FACTORS, type Targets } from './starting-plan.js';
import { steadyState } from './steady-state.js';

const BLOCK = 4096;
const INTERVAL = { intervalMs: CHECK_INTERVAL_MS };

/** Policies that need to know the trace; what they do comes from `schedulesOf`. */
export const FORESEEING = ['peak', 'clairvoyant'] as const;

/** A policy by name, with the user's parameters. */
export interface NamedPolicy {
  readonly name: string;
  /** Undefined for the policies of `FORESEEING`. */
  readonly kind: PolicyKind<unknown> | undefined;
  readonly own: unknown;
}

export interface CompareInput extends Pick<Scenario, 'pipeline' | 'seed'> {
  readonly slo: Slo;
  readonly plans: readonly StartingPlan[];
  readonly policies: readonly NamedPolicy[];
  readonly targets: Targets;
  /** In [0, 1): by which part of a tick first ticks are put off. */
  readonly phase: number;
  /** Policy whose ticks are told, in the first plan and at its first target. */
  readonly explain?: string | undefined;
  /** Opens the trace at its start. */
  open(): ArrivalSource;
}

/** How far a comparison is. */
export interface CompareState {
  readonly phase: 'deciding' | 'steady state' | 'simulating';
  readonly queries: number;
}

/** @throws InputError when the trace is empty */
export function* compare(input: CompareInput): Generator<CompareState, Compared> {
  const { pipeline, seed, slo, plans, explain } = input;
  const runs: RunPolicy[] = [];
  let lastUs = 0;
  let explanation: Explanation | undefined;
  for (const plan of plans) {
    const deciding = schedulesOf(plan.tunerPlan({}), input.open(), INTERVAL);
    let step = deciding.next();
    for (; !step.done; step = deciding.next()) yield { phase: 'deciding', queries: step.value };
    const known = step.value;
    if (known.arrivals === 0) throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
    lastUs = known.lastUs;
    yield { phase: 'steady state', queries: 0 };
    const binUs = binWidthUs(lastUs);
    const reference = scheduleCost({
      views: plan.views,
      schedule: bounded(plan.views, known.clairvoyant),
      lastUs,
      binUs,
    });
    for (const { policy, start, ...of } of policiesFor(input, plan, known)) {
      const isExplained = of.policyName === explain && explanation === undefined;
      if (isExplained) explanation = new Explanation(plan.views.map(({ stage }) => stage));
      const told = isExplained ? explanation : undefined;
      const views = plan.views.map((view, s) => ({ ...view, replicas: withinBounds(view, start[s]!) }));
      const loop = new ClosedLoop({
        ...{ name: of.policyName, policy, pipeline, setups: plan.setups, views, seed, slo, lastUs },
        binUs,
        onTick: told && ((tick) => told.take(tick)),
      });
      runs.push({ plan, policy: of.policyName, factor: of.factor, reference, loop });
    }
  }
  const block = new Float64Array(BLOCK);
  const source = input.open();
  let queries = 0;
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    for (const { loop } of runs) {
      for (const _ of loop.take(block.subarray(0, count))) yield { phase: 'simulating', queries };
    }
    queries += count;
    yield { phase: 'simulating', queries };
  }
  const { rows, curves } = comparedOf(runs, { endMs: msFromUs(lastUs) });
  return {
    ...{ queries, spanMs: msFromUs(lastUs), slo, targets: input.targets, rows },
    ...(curves.length > 0 && { curves }),
    ...(explanation && { explained: { policy: explain!, spans: explanation.result() } }),
  };
}

/** Whether the pass over the arrivals has made the policy's decisions: they are the tuner's own. */
function isDecided(name: string, own: unknown, { kind }: TargetChoice): boolean {
  return name === 'inferline' && own === undefined && kind === 'shipped';
}

function withinBounds({ fewestReplicas, mostReplicas }: StageView, replicas: number): number {
  return Math.min(mostReplicas, Math.max(fewestReplicas, replicas));
}

/** A schedule as a closed loop would follow it. */
function bounded(views: readonly StageView[], { start, changes }: Schedule): Schedule {
  const within = (replicas: readonly number[]) => replicas.map((count, s) => withinBounds(views[s]!, count));
  return { start: within(start), changes: changes.map((change) => ({ ...change, replicas: within(change.replicas) })) };
}

interface Made {
  // biome-ignore lint/suspicious/noExplicitAny: a state goes back to the policy it came from, unread
  readonly policy: Policy<any>;
  readonly policyName: string;
  readonly factor: number | undefined;
  readonly start: readonly number[];
}

/** Every policy at every target. */
function policiesFor(
  input: CompareInput,
  plan: StartingPlan,
  { peak, clairvoyant, tuned }: Pick<Schedules, 'peak' | 'clairvoyant' | 'tuned'>,
): Made[] {
  const { pipeline, seed, slo, policies, targets, phase } = input;
  const { views, setups, tunerPlan, openPlanning } = plan;
  const planned = views.map(({ replicas }) => replicas);
  const { latencyMs: sloMs } = slo;
  const needsSteady = targets !== 'shipped' && policies.some(({ kind }) => kind?.hasTarget);
  const steady =
    needsSteady && openPlanning !== undefined ? steadyState({ pipeline, setups, views, seed, slo }, openPlanning) : [];
  const choices: readonly TargetChoice[] =
    targets === 'shipped'
      ? [{ kind: 'shipped' }]
      : (targets === 'matched' ? [1] : SWEPT_FACTORS).map((factor) => ({ kind: 'matched', factor, steady }));
  const knowing = (name: string): Made => {
    const schedule = name === 'peak' ? peak : clairvoyant;
    const policy = name === 'peak' ? fixedPolicy(peak.start) : schedulePolicy(name, clairvoyant, INTERVAL);
    return { policy, policyName: name, factor: undefined, start: schedule.start };
  };
  return policies.flatMap(({ name, kind, own }) => {
    if (kind === undefined) return [knowing(name)];
    return (kind.hasTarget ? choices : choices.slice(0, 1)).map((target): Made => {
      if (isDecided(name, own, target) && name !== input.explain)
        return { policy: schedulePolicy(name, tuned, INTERVAL), policyName: name, factor: undefined, start: planned };
      const policy = kind.make({ own, stages: views, target, sloMs, phase, tunerPlan });
      const factor = target.kind === 'matched' && kind.hasTarget ? target.factor : undefined;
      return { policy, policyName: name, factor, start: planned };
    });
  });
}
