/** The flags of `profile` and the files they lead to, checked together. */

import { type PipelineFile, readPipelineFile } from '../../files/pipeline/pipeline-file.js';
import { Problems } from '../../files/problems.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { shownPath } from '../../files/system/read-text.js';
import type { Hardware } from '../../model/hardware.js';
import type { QuietLimits } from '../../model/measured/disturbance.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames } from '../../model/notation/offered-value.js';
import { parsePercent } from '../../model/notation/quantity.js';
import type { Pipeline } from '../../model/pipeline.js';
import { PROFILE_CURVES, type ProfileCurve } from '../../model/profile.js';
import type { Slo } from '../../model/slo.js';
import { DEFAULT_QUIET } from '../../profiler/quiet-blocks.js';
import { parseLatency, parsePercentile, parseWhole } from '../inputs/flag-values.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { parseBatchSizes, parseForeign, parseNamed, parseTarget, type TargetAddress } from './flag-values.js';
import type { ProfileFlags } from './flags.js';

const DEFAULT_PERCENTILE = 99;

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
export function readProfileRequest(pipelineFile: string, flags: ProfileFlags, io: CliIo): ProfileRequest {
  const problems = new Problems();
  const value = <T>(parse: () => T) => problems.attempt(parse);
  const target = value(() => parseTarget(flags.target));
  const batchSizes = value(() => parseBatchSizes(flags.batchSizes));
  const budgetMs = value(() => parseLatency(flags.budget, '--budget'));
  const latencyMs = flags.slo === undefined ? undefined : value(() => parseLatency(flags.slo!, '--slo'));
  const percentile =
    flags.percentile === undefined ? undefined : value(() => parsePercentile(flags.percentile!, '--percentile'));
  const duty = value(() => parsePercent(flags.duty, '--duty'));
  if (duty !== undefined && (duty < 0.01 || duty > 0.99))
    problems.add(`--duty = ${flags.duty}, must be from 1% to 99%`);
  const foreignCpus = value(() => parseForeign(flags.foreign));
  const seed = value(() => parseWhole(flags.seed, '--seed', 0));
  const samples = value(() => parseWhole(flags.queries, '--queries', 1));
  const replicas = value(() =>
    parseNamed(flags.replicas ?? [], '--replicas', (text) => parseWhole(text, '--replicas', 1)),
  );

  const file = value(() => readPipelineFile(pathFrom(io, pipelineFile)));
  const hardware = file && value(() => readHardwareFile(file.hardwarePath));
  const names = file?.pipeline.stages.map(({ name }) => name) ?? [];
  if (file !== undefined) {
    for (const name of [...(flags.stage ?? []), ...(replicas?.keys() ?? [])]) {
      if (names.includes(name)) continue;
      problems.add(`${name} is no stage${didYouMean(name, names) || `: ${formatNames(names)}`}`);
    }
  }
  const as = target && hardware && value(() => hardwareFor(flags.as, { target, hardware, problems }));
  const objective = latencyMs ?? file?.slo?.latencyMs;
  if (flags.usable && objective === undefined && file !== undefined) {
    problems.add(`--usable needs an objective: give --slo, or slo in ${shownPath(file.path)}`);
  }
  if (flags.slo !== undefined && !flags.usable) problems.add('--slo is the objective of --usable, which is missing');
  const output = file && outputOf(flags.output, file, { io, problems });
  problems.throwIfAny('FLAG');

  return {
    file: file!,
    stages: flags.stage ?? names,
    pipeline: file!.pipeline,
    hardware: hardware!,
    target: target!,
    as: as!,
    batchSizes: batchSizes!,
    curves: flags.curve === 'both' ? PROFILE_CURVES : [flags.curve],
    budgetMs: budgetMs!,
    ...(flags.usable
      ? { slo: { latencyMs: objective!, percentile: percentile ?? file!.slo?.percentile ?? DEFAULT_PERCENTILE } }
      : {}),
    duty: duty!,
    replicas: replicas!,
    quiet:
      foreignCpus === Number.POSITIVE_INFINITY
        ? { foreignCpus, stolenCpus: foreignCpus }
        : { ...DEFAULT_QUIET, foreignCpus: foreignCpus! },
    outputPath: output!,
    seed: seed!,
    samples: samples!,
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
  problems.add(`--as is missing, must name the kind of hardware that is measured: ${formatNames(names)}`);
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
