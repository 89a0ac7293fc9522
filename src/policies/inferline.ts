/** The tuner as a policy: the session that replay and live loop share, told the time by the loop's ticks. */
import { type Change, firstState, type TunerDecision, type TunerState } from '../tuner/decision.js';
import { atLeastOne, type TunerPlan, type TunerRules } from '../tuner/tuner-plan.js';
import { CHECK_INTERVAL_MS, type ReviewChange, TunerSession } from '../tuner/tuner-session.js';
import { usFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, TunerChoices } from './policy.js';

export interface InferlineOptions {
  readonly plan: TunerPlan;
  readonly intervalMs?: number;
  /** Reviews a change before it is made. */
  readonly review?: ReviewChange | undefined;
  readonly onChange?: (change: Change) => void;
  /** Called with what each check decided, or with what so many skipped checks repeat. */
  readonly onDecision?: (decision: TunerDecision, checks: number) => void;
}

/** Options of `tune`, in its own words. */
export interface InferlineOwn extends TunerChoices {
  readonly intervalMs?: number;
}

/** The tuner under each of its rule sets. */
export const INFERLINE_KINDS: readonly PolicyKind<InferlineOwn>[] = [
  inferlineKind('inferline', 'guarded', "this tool's tuner, with its default rules"),
  inferlineKind('inferline-lean', 'lean', 'the same, quicker to remove: rules lean'),
  inferlineKind('inferline-paper', 'inferline', "the paper's rules alone"),
];

function inferlineKind(name: string, rules: TunerRules, summary: string): PolicyKind<InferlineOwn> {
  return {
    name,
    summary,
    hasTarget: true,
    make({ own: { intervalMs, ...choices } = {}, target, tunerPlan }) {
      const plan = tunerPlan({ rules, ...choices });
      const factor = target.kind === 'matched' ? target.factor : 1;
      return inferlinePolicy({
        plan: factor === 1 ? plan : planAt(plan, factor),
        ...(intervalMs !== undefined && { intervalMs }),
      });
    },
  };
}

/** The plan as if n ÷ factor replicas had been planned for the same traffic. */
function planAt(plan: TunerPlan, factor: number): TunerPlan {
  const stages = plan.stages.map((stage) => {
    const replicas = atLeastOne(stage.replicas / factor);
    return { ...stage, replicas, provisioningRatio: (stage.provisioningRatio * stage.replicas) / replicas };
  });
  const visited = stages.filter(({ scaleFactor }) => scaleFactor > 0);
  return { ...plan, stages, leastProvisioningRatio: Math.min(...visited.map((stage) => stage.provisioningRatio)) };
}

interface InferlineState {
  readonly session: TunerSession;
  /** Of the last tick's change; empty when it made none. */
  reasons: readonly StageReason[];
}

/** The tuner of `options.plan`. It starts with the replicas of the stages, which may differ from the plan's. */
export function inferlinePolicy(options: InferlineOptions): Policy<InferlineState> {
  const { plan, intervalMs = CHECK_INTERVAL_MS, review, onChange, onDecision } = options;
  return {
    name: 'inferline',
    tickMs: intervalMs,
    firstTickMs: intervalMs,
    sees: 'arrivals',
    start(stages) {
      const replicas = stages.map((stage) => stage.replicas);
      const state: InferlineState = {
        reasons: [],
        session: new TunerSession({
          plan,
          state: firstState(replicas, 0),
          startUs: 0,
          intervalMs,
          review,
          onIdle: () => {},
          ...(onDecision && { onDecision }),
          onChange: (change, after) => {
            state.reasons = reasonsOf(plan, change, after);
            onChange?.(change);
          },
        }),
      };
      return state;
    },
    decide({ state, nowMs, arrivals }) {
      const { session } = state;
      state.reasons = [];
      for (const arrivalUs of arrivals.arrivalsUs) session.arrive(arrivalUs);
      session.settle(usFromMs(nowMs));
      return {
        replicas: session.state.replicas,
        reasons: state.reasons,
        state,
        ...(session.isIdle && { restsUntilMs: Number.POSITIVE_INFINITY }),
      };
    },
  };
}

function reasonsOf(
  { stages }: TunerPlan,
  { window, changes, reason }: Change,
  { replicas }: TunerState,
): StageReason[] {
  return stages.map(({ stage }, s) => {
    const change = changes.find((one) => one.stage === stage);
    return {
      metric: `queries/s, ${reason}`,
      value: window.rateQps,
      proposal: change?.asked ?? replicas[s],
      ...(change?.limitedBy && { limitedBy: change.limitedBy }),
    };
  });
}
