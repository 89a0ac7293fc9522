/** Reads what `plan` and `simulate` share: flags first, then every file they lead to, and reports all problems at once. */
import { InputError } from '../../errors.js';
import { type PipelineFile, readPipelineFile, samplesPathOf } from '../../files/pipeline/pipeline-file.js';
import type { Problems } from '../../files/problems.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { readProfileFiles } from '../../files/profile/profile-file.js';
import { readSamplesFiles } from '../../files/profile/samples-file.js';
import { fileExists } from '../../files/system/file-exists.js';
import { shownPath } from '../../files/system/read-text.js';
import { checkConfiguration } from '../../model/check-configuration.js';
import { checkCoverage } from '../../model/check-coverage.js';
import type { Configuration } from '../../model/configuration.js';
import type { Hardware } from '../../model/hardware.js';
import type { Pipeline } from '../../model/pipeline.js';
import type { Profile, ServiceModel } from '../../model/profile.js';
import type { Slo } from '../../model/slo.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { parseLatency, parsePercentile, parseWhole } from './flag-values.js';
import type { InputFlags } from './options.js';

const DEFAULT_PERCENTILE = 99;
const DEFAULT_SEED = 1;

/** What holds where no flag says otherwise; what is missing here too comes from the pipeline file. Paths are absolute. */
export interface InputDefaults {
  readonly pipelinePath: string;
  readonly profilePaths?: readonly string[];
  readonly hardwarePath?: string;
  readonly tracePath?: string;
  readonly slo?: Slo;
  readonly serviceModel?: ServiceModel;
  readonly seed?: number;
}

export interface Inputs<Trace> {
  readonly pipeline: Pipeline;
  readonly profiles: readonly Profile[];
  readonly hardware: readonly Hardware[];
  readonly trace: Trace;
  readonly slo?: Slo;
  readonly serviceModel: ServiceModel;
  readonly seed: number;
  readonly paths: InputPaths;
}

/** Absolute paths of the files behind a result. */
export interface InputPaths {
  readonly pipeline: string;
  readonly profiles: readonly string[];
  readonly samples: readonly string[];
  readonly hardware: string;
  readonly trace: string;
}

export interface InputRequest<Trace> {
  readonly io: CliIo;
  readonly flags: InputFlags;
  readonly defaults: InputDefaults;
  /** May hold what the command found wrong with its own flags already. */
  readonly problems: Problems;
  readonly readTrace: (path: string) => Trace;
  /** Whether the command can do nothing without an objective. */
  readonly needsSlo: boolean;
  /** Must fit the pipeline, and is all that profiles and hardware must cover; without it they must cover the whole pipeline. */
  readonly configuration?: Configuration;
}

/** Throws one InputError with every problem of every flag and file. */
export function loadInputs<Trace>(request: InputRequest<Trace>): Inputs<Trace> {
  const { flags, defaults, problems, readTrace } = request;
  const value = <T>(text: string | undefined, flag: string, parse: (text: string, flag: string) => T) =>
    text === undefined ? undefined : problems.attempt(() => parse(text, flag));
  const latencyMs = value(flags.slo, '--slo', parseLatency);
  const percentile = value(flags.percentile, '--percentile', parsePercentile);
  const seed = value(flags.seed, '--seed', (text, flag) => parseWhole(text, flag, 0)) ?? defaults.seed ?? DEFAULT_SEED;
  const serviceModel = flags.serviceTime ?? defaults.serviceModel ?? 'mean';

  const file = problems.attempt(() => readPipelineFile(defaults.pipelinePath));
  const paths = file && problems.attempt(() => inputPaths(request, file, serviceModel));
  const profiles = paths && problems.attempt(() => readProfileFiles(paths.profiles));
  const measured = profiles && problems.attempt(() => readSamplesFiles(paths.samples, profiles));
  const hardware = paths && problems.attempt(() => readHardwareFile(paths.hardware));
  const trace = paths && problems.attempt(() => readTrace(paths.trace));
  const slo = sloOf({ latencyMs, percentile, otherwise: defaults.slo ?? file?.slo });
  const isMissing = slo === undefined && flags.slo === undefined && file !== undefined;
  if (isMissing && (request.needsSlo || percentile !== undefined)) {
    problems.add(`--slo is missing, and ${shownPath(file.path)} states no slo`);
  }
  if (file !== undefined && measured !== undefined && hardware !== undefined) {
    const given = { pipeline: file.pipeline, profiles: measured, hardware, serviceModel, names: namesOf(paths!) };
    for (const line of checkTogether(given, request.configuration)) problems.add(line);
  }
  problems.throwIfAny('INPUT');
  return {
    pipeline: file!.pipeline,
    profiles: measured!,
    hardware: hardware!,
    trace: trace!,
    ...(slo === undefined ? {} : { slo }),
    serviceModel,
    seed,
    paths: paths!,
  };
}

/** One line per problem between files. */
function checkTogether(given: Parameters<typeof checkCoverage>[0], configuration?: Configuration): string[] {
  if (configuration === undefined) return checkCoverage(given);
  const misfits = checkConfiguration({ ...given, configuration });
  if (misfits.length > 0) return misfits;
  const inUse = new Set(configuration.map(({ hardware }) => hardware));
  return checkCoverage({ ...given, profiles: given.profiles.filter(({ hardware }) => inUse.has(hardware)) });
}

function inputPaths<Trace>(
  { io, flags, defaults }: InputRequest<Trace>,
  file: PipelineFile,
  serviceModel: ServiceModel,
): InputPaths {
  const given = (path: string | undefined) => (path === undefined ? undefined : pathFrom(io, path));
  const profiles = flags.profiles?.map((path) => pathFrom(io, path)) ?? defaults.profilePaths ?? file.profilePaths;
  const trace = given(flags.trace) ?? defaults.tracePath ?? file.tracePath;
  if (trace === undefined) {
    throw new InputError('TRACE_MISSING', `${shownPath(file.path)}: trace is missing, and there is no --trace`);
  }
  return {
    pipeline: file.path,
    profiles,
    samples: serviceModel === 'empirical' ? profiles.map(samplesPathOf).filter(fileExists) : [],
    hardware: given(flags.hardware) ?? defaults.hardwarePath ?? file.hardwarePath,
    trace,
  };
}

/** The objective of the flags, of the file where they leave it open. */
export function sloOf({ latencyMs, percentile, otherwise }: SloParts): Slo | undefined {
  if (latencyMs === undefined) {
    return otherwise === undefined || percentile === undefined ? otherwise : { ...otherwise, percentile };
  }
  return { latencyMs, percentile: percentile ?? otherwise?.percentile ?? DEFAULT_PERCENTILE };
}

interface SloParts {
  readonly latencyMs: number | undefined;
  readonly percentile: number | undefined;
  readonly otherwise: Slo | undefined;
}

function namesOf({ pipeline, profiles, hardware }: InputPaths): {
  pipeline: string;
  profiles: string;
  hardware: string;
} {
  return {
    pipeline: shownPath(pipeline),
    profiles: profiles.map(shownPath).join(', '),
    hardware: shownPath(hardware),
  };
}
