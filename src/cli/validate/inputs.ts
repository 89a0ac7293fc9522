/**
 * Reads what `validate` needs: flags, plan or configuration, pipeline and trace, with all problems reported at once.
 */

import { readPipelineFile, samplesPathOf } from '../../files/pipeline/pipeline-file.js';
import { Problems } from '../../files/problems.js';
import { fileExists } from '../../files/system/file-exists.js';
import { isStandardInput } from '../../files/system/standard-input.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import type { Configuration } from '../../model/configuration.js';
import { formatDuration } from '../../model/notation/quantity.js';
import type { Plan } from '../../model/plan/plan.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { usFromMs } from '../../units.js';
import { readChosen } from '../inputs/chosen-configuration.js';
import { readTraceAt } from '../inputs/named-files.js';
import { type ReadScenario, readScenario } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ValidateFlags } from './flags.js';

/** For so many runs that count, at most twice as many are made, unless told otherwise. */
const ATTEMPTS_PER_RUN = 2;
/** Where stages' real outputs decide, one simulated draw of the branches is one of many: so many are averaged. */
const SIMULATED_SEEDS = 10;

/** What `validate` asks: a configuration, served and measured, beside what the estimator predicts of it. */
export interface ValidateInputs {
  readonly inputs: ReadScenario<ArrivalTrace>;
  /** What is replayed: the trace, or the part of it that was asked for. */
  readonly trace: ArrivalTrace;
  readonly configuration: Configuration;
  /** Whether no stage has a module. */
  readonly isEmulated: boolean;
  readonly plan?: Plan;
  readonly planPath?: string;
  readonly runs: number;
  /** Real runs at most, disturbed ones too. */
  readonly attempts: number;
  readonly calibrationMs: number;
  /** Whether the stages are profiled again within every run. */
  readonly reprofile: boolean;
  readonly seeds: readonly number[];
}

/** Throws one InputError with every problem of every flag and file. */
export function readValidateInputs(
  planFile: string | undefined,
  flags: ValidateFlags,
  io: CliIo,
  problems: Problems,
): ValidateInputs {
  const { runs, attempts = ATTEMPTS_PER_RUN * runs, durationMs = Number.POSITIVE_INFINITY, calibrationMs } = flags;
  if (attempts < runs) problems.add(`--attempts = ${attempts}, must be at least the ${runs} of --runs`);
  const { plan, planPath, configuration, defaults } = readChosen(planFile, flags, io, problems);
  // What is wrong with the file is reported when the scenario is read.
  const file = new Problems().attempt(() => readPipelineFile(defaults.pipelinePath));
  const given = flags.profiles?.map((path) => pathFrom(io, path));
  const profilePaths = given ?? defaults.profilePaths ?? file?.profilePaths ?? [];
  const hasSamples = profilePaths.length > 0 && profilePaths.map(samplesPathOf).every(fileExists);
  const inputs = readScenario({
    io,
    flags,
    defaults: hasSamples ? { ...defaults, serviceModel: 'empirical' } : defaults,
    problems,
    readTrace: readTraceAt,
    needsSlo: false,
    configuration,
  });
  const arrivalsUs = inputs.trace.arrivalsUs.filter((us) => us < usFromMs(durationMs));
  if (arrivalsUs.length === 0)
    problems.add(`--duration = ${formatDuration(durationMs)}, must be longer than the time to the first arrival`);
  const { pipeline, profiles, hardware } = inputs.paths;
  if ([pipeline, ...profiles, hardware].some(isStandardInput))
    problems.add('validate serves the pipeline in a process of its own: pipeline, profiles and hardware cannot be -');
  const bare = inputs.pipeline.stages.find(({ module }) => module === undefined);
  if (flags.reprofile && bare !== undefined) {
    problems.add(`--reprofile needs a module in every stage, and ${bare.name} has none`);
  }
  if (flags.reprofile && calibrationMs === 0) {
    problems.add('--reprofile needs a --calibration longer than 0s: its queries bring the stages what is measured');
  }
  problems.throwIfAny('INPUT');
  const isEmulated = inputs.pipeline.stages.every(({ module }) => module === undefined);
  return {
    inputs,
    trace: { arrivalsUs },
    configuration: inPipelineOrder(inputs.pipeline, configuration),
    isEmulated,
    ...(plan && planPath ? { plan, planPath } : {}),
    runs,
    attempts,
    calibrationMs,
    reprofile: flags.reprofile,
    // An emulated engine draws as the estimator does from the same seed.
    seeds: isEmulated ? [inputs.seed] : Array.from({ length: SIMULATED_SEEDS }, (_, n) => inputs.seed + n),
  };
}

/** The command line that serves exactly this, on any free port. */
export function serveArguments({ inputs, configuration }: ValidateInputs): string[] {
  const { paths, seed, serviceModel } = inputs;
  return [
    'serve',
    ...['--pipeline', paths.pipeline],
    ...configuration.flatMap(({ stage, hardware, maxBatchSize, replicas }) => [
      '--stage',
      `${stage}=${hardware}:${maxBatchSize}:${replicas}`,
    ]),
    ...['--profiles', ...paths.profiles],
    ...['--hardware', paths.hardware],
    ...['--service-time', serviceModel],
    ...['--seed', String(seed)],
    ...['--port', '0'],
  ];
}
