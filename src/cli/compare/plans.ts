/** The plans that a comparison starts from, read from their files. */
import { InputError } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { formatDuration } from '../../model/notation/quantity.js';
import type { Plan } from '../../model/plan/plan.js';
import { coarseConfiguration, planOfConfiguration } from '../../planner/coarse/coarse-plan.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { coarseReading } from './coarse-names.js';

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
