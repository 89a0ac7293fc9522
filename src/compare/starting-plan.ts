/** What a comparison starts from, and how it chooses targets. */
import { InputError } from '../errors.js';
import { checkConfiguration, inPipelineOrder } from '../model/check-configuration.js';
import type { Configuration } from '../model/configuration.js';
import type { Plan } from '../model/plan/plan.js';
import { mostReplicas, type ReplicaLimits } from '../model/plan/replica-limits.js';
import type { Scenario } from '../model/scenario.js';
import type { ArrivalSource } from '../model/trace.js';
import type { StageView, TunerChoices } from '../policies/policy.js';
import { MOST_REPLICAS, stageViews } from '../replay/stage-views.js';
import { wideSetups } from '../replay/wide-setups.js';
import type { StageSetup } from '../simulation/pipeline-run.js';
import { NO_LIMITS } from '../tuner/tuner-limits.js';
import { inStageOrder, type TunerPlan, tunerPlan } from '../tuner/tuner-plan.js';

/** How targets are chosen; `swept` runs every policy with each factor of `SWEPT_FACTORS`. */
export const TARGETS = ['shipped', 'matched', 'swept'] as const;
/** One of `TARGETS`. */
export type Targets = (typeof TARGETS)[number];

/** Multiples of the matched target, from many replicas to few. */
export const SWEPT_FACTORS = [0.4, 0.5, 0.63, 0.8, 1, 1.25, 1.6] as const;

/** A configuration to start from, with what the tuner needs of its plan. */
export interface StartingPlan {
  readonly name: string;
  readonly configuration: Configuration;
  readonly setups: readonly StageSetup[];
  /** In the order of the pipeline; bounds included. */
  readonly views: readonly StageView[];
  readonly tunerPlan: (choices: TunerChoices) => TunerPlan;
  /** The traffic that the plan was made for; needed unless targets are shipped. */
  readonly openPlanning: (() => ArrivalSource) | undefined;
}

/** What replaces the hardware file's and the plan's figures. */
export interface StartOptions {
  /** Time from asking for a replica to its first batch, of every stage. */
  readonly activationMs?: number | undefined;
  /** Most replicas under every policy. Default: the hardware's inventory, or no limit. */
  readonly maxReplicas?: ReplicaLimits | undefined;
  /** Whether the last replica may go. */
  readonly scaleToZero?: boolean;
  /** The traffic that the plan was made for; needed unless targets are shipped. */
  readonly openPlanning?: (() => ArrivalSource) | undefined;
}

/**
 * What every policy starts from, of a plan for the scenario's pipeline.
 * @throws InputError when the plan does not fit the pipeline and its profiles
 */
export function startingPlan(
  { name, plan }: { readonly name: string; readonly plan: Plan },
  scenario: Scenario,
  options: StartOptions = {},
): StartingPlan {
  const { pipeline, hardware } = scenario;
  const misfits = checkConfiguration({ ...scenario, configuration: plan.stages });
  if (misfits.length > 0)
    throw new InputError(
      'INPUT',
      misfits.map((line) => `${name}: ${line}`),
    );
  const configuration = inPipelineOrder(pipeline, plan.stages);
  const setups = wideSetups({ ...scenario, configuration });
  const ordered = inStageOrder(plan, pipeline);
  const { activationMs, maxReplicas = {}, scaleToZero = false, openPlanning } = options;
  const most = (stage: string, kind: string) => {
    const given = mostReplicas(maxReplicas, stage);
    return given < Number.POSITIVE_INFINITY ? given : hardware.find((one) => one.name === kind)?.inventory;
  };
  const limits = {
    ...NO_LIMITS,
    inventory: Object.fromEntries(hardware.flatMap((one) => (one.inventory ? [[one.name, one.inventory]] : []))),
    mostReplicas: Object.fromEntries(
      pipeline.stages.flatMap((stage) => {
        const given = mostReplicas(maxReplicas, stage.name);
        return given < Number.POSITIVE_INFINITY ? [[stage.name, given]] : [];
      }),
    ),
  };
  const activationDelaysMs = Object.fromEntries(
    pipeline.stages.flatMap((stage) => {
      const delayMs = activationMs ?? stage.activationDelayMs;
      return delayMs === undefined ? [] : [[stage.name, delayMs]];
    }),
  );
  const tuned: StartingPlan['tunerPlan'] = (choices) =>
    tunerPlan(ordered, { hardware, limits, activationDelaysMs, ...choices });
  const views = stageViews(tuned({}), setups).map((view) => ({
    ...view,
    fewestReplicas: scaleToZero ? 0 : 1,
    mostReplicas: Math.max(view.replicas, most(view.stage, view.hardware) ?? MOST_REPLICAS),
  }));
  return { name, configuration, setups, views, tunerPlan: tuned, openPlanning };
}
