/** Reads what `tune` needs: the plan and its inputs, the limits, and where to set replicas and read arrivals. */
import { dirname, join } from 'node:path';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { inStageOrder } from '../../tuner/tuner-plan.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import { unknownLimits } from '../inputs/limit-names.js';
import { readNamedFiles } from '../inputs/named-files.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { readPortToken } from '../inputs/port-token.js';
import { defaultsOfPlan } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { readEnds } from './ends.js';
import type { TuneFlags } from './flags.js';
import { tunerLimits } from './limits.js';
import { pipelineFileName } from './pipeline-file-name.js';

export type Tuning = ReturnType<typeof readTuning>;

/** @throws InputError with every problem of the flags and files */
export function readTuning(planFile: string, flags: TuneFlags, io: CliIo, problems: Problems) {
  const { handHoldMs, speed, intervalMs, metricsPort: port } = flags;
  const ends = problems.attempt(() => readEnds(flags, io));
  const token = readPortToken(flags, io, problems);
  const planPath = pathFrom(io, planFile);
  const read = problems.attempt(() => readPlanFile(planPath));
  if (read === undefined) {
    readNamedFiles(flags, {}, { io, problems });
    throw problems.asError('INPUT');
  }
  const defaults = defaultsOfPlan(read, planPath);
  const inputs = readScenario({
    io,
    flags,
    defaults: { ...defaults, pipelinePath: defaults.pipelinePath ?? pathFrom(io, DEFAULT_PIPELINE) },
    problems,
    needsSlo: false,
    configuration: read.stages,
    check: (known) => unknownLimits(flags, known),
  });
  const { paths, hardware } = inputs;
  const plan = inStageOrder(read, inputs.pipeline);
  warnOfChanges(plan, planPath, paths, io);
  const limits = tunerLimits(flags, { ...plan, pipeline: inputs.pipeline, hardware });
  const journalPath =
    flags.journal === undefined
      ? join(dirname(planPath), pipelineFileName(plan.pipeline, '.tune.journal'))
      : pathFrom(io, flags.journal);
  return {
    ...inputs,
    plan,
    planPath,
    limits,
    journalPath,
    port,
    token,
    ends: ends!,
    handHoldMs,
    speed,
    intervalMs,
  };
}
