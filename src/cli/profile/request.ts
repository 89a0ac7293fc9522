/** The flags of `profile` and the files they lead to, checked together. */

import { filesNamedIn, type PipelineFile, readPipelineFile } from '../../files/pipeline/pipeline-file.js';
import { Problems } from '../../files/problems.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { shownPath } from '../../files/system/read-text.js';
import { checkWritable } from '../../files/system/write-file.js';
import type { Hardware } from '../../model/hardware.js';
import type { QuietLimits } from '../../model/measured/disturbance.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames } from '../../model/notation/offered-value.js';
import type { Pipeline } from '../../model/pipeline.js';
import { PROFILE_CURVES, type ProfileCurve } from '../../model/profile.js';
import type { Slo } from '../../model/slo.js';
import { DEFAULT_QUIET } from '../../profiler/quiet-blocks.js';
import { chooseObjective } from '../inputs/objective.js';
import { warnOfPipeline } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { TargetAddress } from './flag-values.js';
import type { ProfileFlags } from './flags.js';

export interface ProfileRequest {
  readonly file: PipelineFile;
  /** With the stages that are to be measured alone. */
  readonly stages: readonly string[];
  readonly pipeline: Pipeline;
  readonly hardware: readonly Hardware[];
  readonly target: TargetAddress;
  /** Kind of hardware that the rows are for. */
  readonly as: string;
  readonly batchSizes: readonly number[];
  readonly curves: readonly ProfileCurve[];
  readonly budgetMs: number;
  readonly slo?: Slo;
  readonly duty: number;
  readonly replicas: ReadonlyMap<string, number>;
  readonly quiet: QuietLimits;
  readonly outputPath: string;
  readonly seed: number;
  readonly samples: number;
}

/** Throws one InputError with every problem. */
export function readProfileRequest(
  pipelineFile: string,
  flags: ProfileFlags,
  io: CliIo,
  problems: Problems,
): ProfileRequest {
  const { target, sloMs, percentile, duty, foreign: foreignCpus, seed, replicas } = flags;
  const path = pathFrom(io, pipelineFile);
  const file = problems.attempt(() => readPipelineFile(path));
  const { hardwarePath } = file ?? new Problems().attempt(() => filesNamedIn(path)) ?? {};
  const hardware = hardwarePath === undefined ? undefined : problems.attempt(() => readHardwareFile(hardwarePath));
  const names = file?.pipeline.stages.map(({ name }) => name) ?? [];
  if (file !== undefined) {
    for (const name of [...(flags.only ?? []), ...(replicas?.keys() ?? [])]) {
      if (names.includes(name)) continue;
      problems.add(`${name} is no stage${didYouMean(name, names) || `: ${formatNames(names)}`}`);
    }
  }
  const as = hardware && target && problems.attempt(() => hardwareFor(flags.as, { target, hardware, problems }));
  const objective = sloMs ?? file?.slo?.latencyMs;
  if (flags.usable && objective === undefined && file !== undefined) {
    problems.add(`--usable needs an objective: add --slo 100ms, or slo to ${shownPath(file.path)}`);
  }
  const output = file && outputOf(flags.output, file, { io, problems });
  if (output !== undefined && flags.output === undefined) problems.attempt(() => checkWritable(output));
  if (flags.writeRouting && file !== undefined) problems.attempt(() => checkWritable(file.path));
  problems.throwIfAny('FLAG');
  warnOfPipeline(file!, io);

  return {
    file: file!,
    stages: flags.only ?? names,
    pipeline: file!.pipeline,
    hardware: hardware!,
    target,
    as: as!,
    batchSizes: flags.batchSizes,
    curves: flags.curve === 'both' ? PROFILE_CURVES : [flags.curve],
    budgetMs: flags.budgetMs,
    ...(flags.usable ? { slo: chooseObjective({ latencyMs: sloMs, percentile, otherwise: file!.slo })! } : {}),
    duty,
    replicas: replicas ?? new Map(),
    quiet:
      foreignCpus === Number.POSITIVE_INFINITY
        ? { foreignCpus, stolenCpus: foreignCpus }
        : { ...DEFAULT_QUIET, foreignCpus },
    outputPath: output!,
    seed,
    samples: flags.queries,
  };
}

/** The kind that is named; without a name the only one on the target's cloud machine, or the only one there is. */
function hardwareFor(
  given: string | undefined,
  { target, hardware, problems }: { target: TargetAddress; hardware: readonly Hardware[]; problems: Problems },
): string | undefined {
  const names = hardware.map(({ name }) => name);
  if (given !== undefined) {
    if (!names.includes(given)) {
      const nearest = didYouMean(given, names) || `: ${formatNames(names)}`;
      problems.add(`--as = ${given}, must be in the hardware file${nearest}`);
    }
    return given;
  }
  const fitting = target.kind === 'ec2' ? hardware.filter(({ instance }) => instance === target.address) : hardware;
  if (fitting.length === 1) return fitting[0]!.name;
  problems.add(`--as is missing: add the kind of hardware that is measured, of ${formatNames(names)}`);
  return undefined;
}

function outputOf(
  given: string | undefined,
  file: PipelineFile,
  { io, problems }: { io: CliIo; problems: Problems },
): string | undefined {
  if (given !== undefined) return pathFrom(io, given);
  if (file.profilePaths.length === 1) return file.profilePaths[0];
  const shown = file.profilePaths.map(shownPath).join(', ');
  problems.add(`--output is missing, and ${shownPath(file.path)} has several profiles: ${shown}`);
  return undefined;
}
