/**
 * Reads the scenario that a command asks about, and the trace and objective that come with it: first the flags, then
 * every file that they name. All problems are reported at once.
 */
import {
  filesNamedIn,
  type PipelineFile,
  readPipelineFile,
  samplesPathOf,
} from '../../files/pipeline/pipeline-file.js';
import { Problems } from '../../files/problems.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { readProfileFiles } from '../../files/profile/profile-file.js';
import { readSamplesFiles } from '../../files/profile/samples-file.js';
import { fileExists } from '../../files/system/file-exists.js';
import { shownPath } from '../../files/system/read-text.js';
import { checkConfiguration } from '../../model/check-configuration.js';
import { checkCoverage } from '../../model/check-coverage.js';
import { checkTraceItems } from '../../model/check-pipeline.js';
import type { Configuration } from '../../model/configuration.js';
import type { Hardware } from '../../model/hardware.js';
import type { Pipeline, Stage } from '../../model/pipeline.js';
import type { Profile, ServiceModel } from '../../model/profile.js';
import type { Scenario } from '../../model/scenario.js';
import type { Slo } from '../../model/slo.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { readNamedFiles } from './named-files.js';
import { chooseObjective } from './objective.js';
import { DEFAULT_SEED, DEFAULT_SERVICE_TIME, type InputFlags } from './options.js';

/**
 * What holds where no flag says otherwise. What is missing here too comes from the pipeline file. Paths are absolute.
 */
export interface ScenarioDefaults {
  readonly pipelinePath: string;
  readonly profilePaths?: readonly string[];
  readonly hardwarePath?: string;
  readonly tracePath?: string;
  /** Multiple of its traffic. */
  readonly traceScale?: number;
  readonly slo?: Slo;
  readonly serviceModel?: ServiceModel;
  readonly seed?: number;
}

/** Absolute paths of the files that were read. */
export interface ScenarioPaths {
  readonly pipeline: string;
  readonly profiles: readonly string[];
  readonly samples: readonly string[];
  readonly hardware: string;
  /** Absent where the command reads no trace. */
  readonly trace?: string;
}

export interface ReadScenario<Trace> extends Scenario {
  readonly trace: Trace;
  /** Multiple of the traffic of the file that `trace` is. */
  readonly traceScale: number;
  readonly slo?: Slo;
  readonly paths: ScenarioPaths;
  /** Module that draws the inputs of queries, where the pipeline file names one. */
  readonly queriesPath?: string;
}

/** What could be read: undefined where its file could not. */
export interface Known {
  readonly pipeline: Pipeline | undefined;
  readonly hardware: readonly Hardware[] | undefined;
  readonly profiles: readonly Profile[] | undefined;
}

export interface ScenarioRequest<Trace> {
  readonly io: CliIo;
  readonly flags: InputFlags;
  readonly defaults: ScenarioDefaults;
  /** May hold what the command found wrong with its own flags. */
  readonly problems: Problems;
  /** Absent where the command needs no trace. */
  readonly readTrace?: (path: string, scale: number) => Trace;
  /** Whether the command can do nothing without an objective. */
  readonly needsSlo: boolean;
  /**
   * Must fit the pipeline. Profiles and hardware then need to cover it alone, and not all that the pipeline could run
   * on.
   */
  readonly configuration?: Configuration;
  /**
   * Whether the command needs profiles of a stage; by default of all. Where it needs none, neither profiles nor
   * hardware are read.
   */
  readonly needsProfile?: (stage: Stage) => boolean;
  /** What else must hold: one line per problem. */
  readonly check?: (known: Known) => readonly string[];
}

/** Throws one InputError with every problem of every flag and file. */
export function readScenario<Trace = undefined>(request: ScenarioRequest<Trace>): ReadScenario<Trace> {
  const { flags, defaults, problems, readTrace, needsProfile } = request;
  const { sloMs: latencyMs, percentile } = flags;
  const seed = flags.seed ?? defaults.seed ?? DEFAULT_SEED;
  // Another trace than the plan's is taken as it is.
  const traceScale = flags.scale ?? (flags.trace === undefined ? defaults.traceScale : undefined) ?? 1;
  const serviceModel = flags.serviceTime ?? defaults.serviceModel ?? DEFAULT_SERVICE_TIME;

  const file = problems.attempt(() => readPipelineFile(defaults.pipelinePath));
  if (file === undefined) {
    readOthers(request);
    throw problems.asError('INPUT');
  }
  const paths = choosePaths(request, file, serviceModel);
  const profiled = file.pipeline.stages.filter(needsProfile ?? (() => true));
  const isMeasured = profiled.length > 0;
  const rows = isMeasured ? problems.attempt(() => readProfileFiles(paths.profiles)) : undefined;
  const profiles = rows && problems.attempt(() => readSamplesFiles(paths.samples, rows));
  const hardware = isMeasured ? problems.attempt(() => readHardwareFile(paths.hardware)) : undefined;
  const tracePath = paths.trace;
  if (readTrace !== undefined && tracePath === undefined)
    problems.add(`${shownPath(file.path)}: trace is missing, and there is no --trace`);
  const trace =
    tracePath === undefined || !readTrace ? undefined : problems.attempt(() => readTrace(tracePath, traceScale));
  const slo = chooseObjective({ latencyMs, percentile, otherwise: defaults.slo ?? file.slo });
  if (slo === undefined && (request.needsSlo || percentile !== undefined)) {
    problems.add(`--slo is missing, and ${shownPath(file.path)} states no slo`);
  }
  // A trace that is read block by block is never held as a whole.
  if (isWhole(trace))
    for (const line of checkTraceItems(file.pipeline, trace.arrivalsUs.length))
      problems.add(`${shownPath(tracePath!)}: ${line}`);
  for (const line of request.check?.({ pipeline: file.pipeline, hardware, profiles }) ?? []) problems.add(line);
  if (profiles !== undefined && hardware !== undefined) {
    const pipeline = { ...file.pipeline, stages: profiled };
    const given = { pipeline, profiles, hardware, serviceModel, names: shownNames(paths) };
    for (const line of checkTogether(given, partFor(profiled, request))) problems.add(line);
  } else if (request.configuration !== undefined && needsProfile === undefined) {
    for (const line of checkConfiguration({ ...file, configuration: request.configuration })) problems.add(line);
  }
  problems.throwIfAny('INPUT');
  warnOfPipeline(file, request.io);
  const { pipeline, queriesPath } = file;
  return {
    pipeline,
    profiles: profiles ?? [],
    hardware: hardware ?? [],
    trace: trace as Trace,
    traceScale,
    ...(slo === undefined ? {} : { slo }),
    serviceModel,
    seed,
    paths,
    ...(queriesPath === undefined ? {} : { queriesPath }),
  };
}

function isWhole(trace: unknown): trace is ArrivalTrace {
  return typeof trace === 'object' && trace !== null && 'arrivalsUs' in trace;
}

/** Says what a valid pipeline file leaves open. */
export function warnOfPipeline({ warnings }: PipelineFile, io: CliIo): void {
  for (const line of warnings) io.stderr(`warning: ${line}\n`);
}

/**
 * Reads what a pipeline file with problems names all the same, so that the problems of every file are reported at once.
 */
function readOthers<Trace>(request: ScenarioRequest<Trace>): void {
  const { io, flags, defaults, problems, readTrace, needsProfile } = request;
  const named = new Problems().attempt(() => filesNamedIn(defaults.pipelinePath)) ?? {};
  const { profilePaths, hardwarePath, tracePath } = { ...named, ...defaults };
  const traced = readTrace === undefined ? { ...flags, trace: undefined } : flags;
  // Where only some stages need profiles, a broken file does not say whether any does.
  const measured = needsProfile === undefined ? traced : { ...traced, profiles: undefined, hardware: undefined };
  const hardware = readNamedFiles(
    measured,
    {
      ...(needsProfile === undefined && { profilePaths, hardwarePath }),
      ...(readTrace !== undefined && { tracePath }),
    },
    { io, problems },
  );
  for (const line of request.check?.({ pipeline: undefined, hardware, profiles: undefined }) ?? []) problems.add(line);
}

/** The choices that profiles must cover: all of them, unless the command needs profiles of some stages alone. */
function partFor<Trace>(
  profiled: readonly Stage[],
  { configuration, needsProfile }: ScenarioRequest<Trace>,
): Configuration | undefined {
  if (needsProfile === undefined) return configuration;
  return configuration?.filter(({ stage }) => profiled.some(({ name }) => name === stage));
}

/** One line per problem between files. */
function checkTogether(given: Parameters<typeof checkCoverage>[0], configuration?: Configuration): string[] {
  if (configuration === undefined) return checkCoverage(given);
  const misfits = checkConfiguration({ ...given, configuration });
  if (misfits.length > 0) return misfits;
  const inUse = new Set(configuration.map(({ hardware }) => hardware));
  return checkCoverage({ ...given, profiles: given.profiles.filter(({ hardware }) => inUse.has(hardware)) });
}

function choosePaths<Trace>(
  { io, flags, defaults, readTrace }: ScenarioRequest<Trace>,
  file: PipelineFile,
  serviceModel: ServiceModel,
): ScenarioPaths {
  const given = (path: string | undefined) => (path === undefined ? undefined : pathFrom(io, path));
  const profiles = flags.profiles?.map((path) => pathFrom(io, path)) ?? defaults.profilePaths ?? file.profilePaths;
  const trace = readTrace && (given(flags.trace) ?? defaults.tracePath ?? file.tracePath);
  return {
    pipeline: file.path,
    profiles,
    samples: serviceModel === 'empirical' ? profiles.map(samplesPathOf).filter(fileExists) : [],
    hardware: given(flags.hardware) ?? defaults.hardwarePath ?? file.hardwarePath,
    ...(trace === undefined ? {} : { trace }),
  };
}

/** The files as error lines show them. */
function shownNames({ pipeline, profiles, hardware }: ScenarioPaths) {
  return {
    pipeline: shownPath(pipeline),
    profiles: profiles.map(shownPath).join(', '),
    hardware: shownPath(hardware),
  };
}
