/** The configuration that a command works with: that of a plan, changed by --stage, or one given by --stage alone. */
import { InputError } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { fileExists } from '../../files/system/file-exists.js';
import type { Configuration } from '../../model/configuration.js';
import type { Plan } from '../../model/plan/plan.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { readNamedFiles } from './named-files.js';
import { type ChoiceFlags, DEFAULT_PIPELINE, DEFAULT_PLAN, type InputFlags } from './options.js';
import { changedSince, defaultsOfPlan } from './provenance.js';
import type { ScenarioDefaults, ScenarioPaths } from './scenario.js';

export interface Chosen {
  /** Absent where --stage gives everything. */
  readonly plan?: Plan;
  readonly planPath?: string;
  readonly configuration: Configuration;
  /** For `readScenario`. */
  readonly defaults: ScenarioDefaults;
}

/** Reads the plan and the choices. Throws InputError, with what `problems` holds, when the plan cannot be read. */
export function readChosen(
  planFile: string | undefined,
  flags: ChoiceFlags & Pick<InputFlags, 'profiles' | 'hardware' | 'trace'>,
  io: CliIo,
  problems: Problems,
): Chosen {
  const found = problems.attempt(() => ({ planPath: planPathOf(planFile, flags, io) }));
  if (found === undefined) throw problems.asError('INPUT');
  const { planPath } = found;
  const plan = planPath && problems.attempt(() => readPlanFile(planPath));
  if (planPath && !plan) {
    readNamedFiles(flags, {}, { io, problems });
    throw problems.asError('INPUT');
  }
  const planned = plan && planPath ? defaultsOfPlan(plan, planPath) : {};
  const pipelinePath = flags.pipeline
    ? pathFrom(io, flags.pipeline)
    : (planned.pipelinePath ?? pathFrom(io, DEFAULT_PIPELINE));
  return {
    ...(plan && planPath ? { plan, planPath } : {}),
    configuration: whatIf(plan ? plan.stages : [], flags.stage ?? []),
    defaults: { ...planned, pipelinePath },
  };
}

/** Warns of inputs that are no longer those the plan was made from. */
export function warnOfChanges(plan: Plan, planPath: string, paths: ScenarioPaths, io: CliIo): void {
  for (const path of changedSince(plan, planPath, paths)) {
    io.stderr(`warning: ${path} has changed since the plan was made\n`);
  }
}

/** The plan to start from: the one named; none when a pipeline is named instead; else the plan of this folder. */
function planPathOf(planFile: string | undefined, flags: ChoiceFlags, io: CliIo): string | undefined {
  if (planFile !== undefined) return pathFrom(io, planFile);
  if (flags.pipeline !== undefined) return undefined;
  const path = pathFrom(io, DEFAULT_PLAN);
  if (fileExists(path)) return path;
  if (flags.stage !== undefined) return undefined;
  throw new InputError(
    'FILE',
    `${DEFAULT_PLAN}: no such file`,
    'Make one with `infer-plan plan`, or name every stage with --stage.',
  );
}

/** The planned choices, those of --stage in place of the plan's or, where a stage is not in the plan, after them. */
function whatIf(planned: Plan['stages'], choices: Configuration): Configuration {
  const kept = planned.filter(({ stage }) => !choices.some((choice) => choice.stage === stage));
  const bare = kept.map(({ stage, hardware, maxBatchSize, replicas }) => ({ stage, hardware, maxBatchSize, replicas }));
  return [...bare, ...choices];
}
