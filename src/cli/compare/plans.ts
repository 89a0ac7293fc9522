/** The plans that a comparison starts from, read from their files. */
import type { StartingPlan } from '../../compare/starting-plan.js';
import { InputError } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { checkConfiguration, inPipelineOrder } from '../../model/check-configuration.js';
import { formatDuration } from '../../model/notation/quantity.js';
import type { Plan } from '../../model/plan/plan.js';
import { mostReplicas } from '../../model/plan/replica-limits.js';
import type { Scenario } from '../../model/scenario.js';
import type { ArrivalSource } from '../../model/trace.js';
import { coarseConfiguration, planOfConfiguration } from '../../planner/coarse/coarse-plan.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { MOST_REPLICAS, stageViews } from '../../replay/stage-views.js';
import { wideSetups } from '../../replay/wide-setups.js';
import { NO_LIMITS } from '../../tuner/tuner-limits.js';
import { inStageOrder, tunerPlan } from '../../tuner/tuner-plan.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { coarseReading } from './coarse-names.js';
import type { CompareFlags } from './flags.js';

/** A plan of a file, not yet held against the pipeline. */
export interface ReadPlan {
  readonly name: string;
  readonly path: string;
  readonly plan: Plan;
}

/** The plans of files. @returns undefined when the first plan, which says what pipeline is meant, cannot be read */
export function readPlans(names: readonly string[], io: CliIo, problems: Problems): readonly ReadPlan[] | undefined {
  if (names[0] !== undefined && coarseReading(names[0]) !== undefined)
    problems.add(`--plans = ${names[0]}, must begin with a plan file, which says what is planned`);
  const read = names.flatMap((name) => {
    if (coarseReading(name) !== undefined) return [];
    const path = pathFrom(io, name);
    const plan = problems.attempt(() => readPlanFile(path));
    return [plan && { name, path, plan }];
  });
  if (read[0] === undefined) return undefined;
  const found = read.filter((one) => one !== undefined);
  for (const { name, plan } of found) {
    const { pipeline } = found[0]!.plan;
    if (plan.pipeline !== pipeline) problems.add(`${name}: plans ${plan.pipeline}, must plan ${pipeline} as the first`);
  }
  return found;
}

/**
 * A coarse-grained plan for the planning trace.
 * @throws InputError when no batch size meets the objective
 */
export function coarsePlan(name: string, input: PlanningInput): ReadPlan {
  const found = coarseConfiguration(input, coarseReading(name)!);
  if (found === undefined) {
    const { latencyMs } = input.slo;
    throw new InputError('PLANS', `--plans = ${name}: no batch size meets ${formatDuration(latencyMs)} end to end`);
  }
  return { name, path: name, plan: planOfConfiguration(input, found.configuration, name) };
}

/** Throws InputError when a plan does not fit the pipeline and its profiles. */
export function startingPlan(
  { name, path, plan }: ReadPlan,
  scenario: Scenario,
  flags: Pick<CompareFlags, 'activationMs' | 'maxReplicas' | 'scaleToZero'>,
  openPlanning: (() => ArrivalSource) | undefined,
): StartingPlan {
  const { pipeline, hardware } = scenario;
  const misfits = checkConfiguration({ ...scenario, configuration: plan.stages });
  if (misfits.length > 0)
    throw new InputError(
      'INPUT',
      misfits.map((line) => `${shownPath(path)}: ${line}`),
    );
  const configuration = inPipelineOrder(pipeline, plan.stages);
  const setups = wideSetups({ ...scenario, configuration });
  const ordered = inStageOrder(plan, pipeline);
  const { activationMs, maxReplicas = {}, scaleToZero } = flags;
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
