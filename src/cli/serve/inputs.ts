/** Reads what a pipeline is served from: the configuration, and for stages that are emulated their profiles and hardware. */
import { dirname } from 'node:path';
import { type PipelineFile, readPipelineFile, samplesPathOf } from '../../files/pipeline/pipeline-file.js';
import type { Problems } from '../../files/problems.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { readProfileFiles } from '../../files/profile/profile-file.js';
import { readSamplesFiles } from '../../files/profile/samples-file.js';
import { fileExists } from '../../files/system/file-exists.js';
import { shownPath } from '../../files/system/read-text.js';
import { checkConfiguration, inPipelineOrder } from '../../model/check-configuration.js';
import { checkCoverage } from '../../model/check-coverage.js';
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import type { Hardware } from '../../model/hardware.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../../model/notation/offered-value.js';
import { parseDuration } from '../../model/notation/quantity.js';
import type { Pipeline, Stage } from '../../model/pipeline.js';
import type { Profile, ServiceModel } from '../../model/profile.js';
import { streamKey } from '../../random.js';
import type { RuntimeOptions, RuntimeStage } from '../../serving/runtime.js';
import { serviceTimes } from '../../simulation/service-times.js';
import { readChosen } from '../inputs/chosen-configuration.js';
import { parseWhole } from '../inputs/flag-values.js';
import type { InputDefaults } from '../inputs/planning-inputs.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ServeFlags } from './flags.js';

const DEFAULT_SEED = 1;

interface Request {
  readonly flags: Pick<
    ServeFlags,
    'pipeline' | 'stage' | 'hardware' | 'profiles' | 'serviceTime' | 'seed' | 'emulate' | 'activationDelay'
  >;
  readonly io: CliIo;
  /** May hold what the command found wrong with its own flags already. */
  readonly problems: Problems;
}

/** Throws one InputError with every problem of every flag and file. */
export function loadServing(
  planFile: string | undefined,
  { flags, io, problems }: Request,
): Pick<RuntimeOptions, 'pipeline' | 'stages' | 'folder' | 'seed'> {
  const { configuration, defaults } = readChosen(planFile, flags, io, problems);
  const asked = flags.seed;
  const given = asked === undefined ? undefined : problems.attempt(() => parseWhole(asked, '--seed', 0));
  const seed = given ?? defaults.seed ?? DEFAULT_SEED;
  const serviceModel = flags.serviceTime ?? defaults.serviceModel ?? 'mean';
  const delay = flags.activationDelay;
  const delayMs = delay === undefined ? undefined : problems.attempt(() => parseDuration(delay, '--activation-delay'));
  const file = problems.attempt(() => readPipelineFile(defaults.pipelinePath));
  if (file === undefined) problems.throwIfAny('INPUT');
  const { pipeline } = file!;

  const isEmulated = (stage: Stage) => flags.emulate === true || stage.module === undefined;
  const emulated = { ...pipeline, stages: pipeline.stages.filter(isEmulated) };
  for (const line of checkModules(pipeline, configuration, isEmulated)) problems.add(line);
  const measured =
    emulated.stages.length === 0
      ? { profiles: [], hardware: [] }
      : readMeasured({ flags, io, problems, file: file!, defaults, serviceModel, emulated, configuration });
  problems.throwIfAny('INPUT');

  const ordered = inPipelineOrder(pipeline, configuration);
  const stages = pipeline.stages.map((stage, s): RuntimeStage => {
    const chosen = ordered[s]!;
    if (!isEmulated(stage)) return { ...chosen, emulated: null };
    return { ...chosen, emulated: emulationOf(stage, chosen, { ...measured, serviceModel, seed, delayMs }) };
  });
  return { pipeline, stages, folder: dirname(file!.path), seed };
}

/** Stages that nobody knows; and what must hold of those with a module: configured, and with parents that really make items. */
function checkModules(
  pipeline: Pipeline,
  configuration: Configuration,
  isEmulated: (stage: Stage) => boolean,
): string[] {
  const names = pipeline.stages.map(({ name }) => name);
  const unknown = configuration.filter(({ stage }) => !names.includes(stage));
  const lines = unknown.map(({ stage }) => {
    const nearest = didYouMean(stage, names) || `: ${formatNames(names)}`;
    return `configuration: stage = ${formatOffered(stage)}, must be a stage of ${pipeline.name}${nearest}`;
  });
  const broken = pipeline.stages
    .filter((stage) => !isEmulated(stage))
    .flatMap(({ name, parents, module }) => {
      const given = configuration.filter(({ stage }) => stage === name).length;
      const count =
        given === 1
          ? []
          : [
              given === 0
                ? `configuration: stage ${name} is missing`
                : `configuration: stage = ${name}, must be given once`,
            ];
      const missing = fileExists(module!) ? [] : [`stage ${name}: module = ${shownPath(module!)}, must be a file`];
      const idle = pipeline.stages.filter(
        (stage) => isEmulated(stage) && parents.some(({ from }) => from === stage.name),
      );
      const starved = idle.map(
        (parent) => `stage ${name} has a module, so its parent ${parent.name} must have one too`,
      );
      return [...count, ...missing, ...starved];
    });
  return [...lines, ...broken];
}

interface Measured {
  readonly profiles: readonly Profile[];
  readonly hardware: readonly Hardware[];
}

function readMeasured(
  given: Request & {
    readonly file: PipelineFile;
    readonly defaults: InputDefaults;
    readonly serviceModel: ServiceModel;
    readonly emulated: Pipeline;
    readonly configuration: Configuration;
  },
): Measured {
  const { flags, io, problems, file, defaults, serviceModel, emulated } = given;
  const paths = flags.profiles?.map((path) => pathFrom(io, path)) ?? defaults.profilePaths ?? file.profilePaths;
  const hardwarePath = flags.hardware ? pathFrom(io, flags.hardware) : (defaults.hardwarePath ?? file.hardwarePath);
  const rows = problems.attempt(() => readProfileFiles(paths));
  const samples = serviceModel === 'empirical' ? paths.map(samplesPathOf).filter(fileExists) : [];
  const profiles = rows && problems.attempt(() => readSamplesFiles(samples, rows));
  const hardware = problems.attempt(() => readHardwareFile(hardwarePath));
  if (profiles === undefined || hardware === undefined) return { profiles: [], hardware: [] };

  const names = emulated.stages.map(({ name }) => name);
  const configuration = given.configuration.filter(({ stage }) => names.includes(stage));
  const misfits = checkConfiguration({ pipeline: emulated, profiles, hardware, configuration });
  for (const line of misfits) problems.add(line);
  if (misfits.length > 0) return { profiles, hardware };
  const inUse = new Set(configuration.map((choice) => choice.hardware));
  const used = profiles.filter((profile) => inUse.has(profile.hardware));
  const files = {
    pipeline: shownPath(file.path),
    profiles: paths.map(shownPath).join(', '),
    hardware: shownPath(hardwarePath),
  };
  for (const line of checkCoverage({ pipeline: emulated, profiles: used, hardware, serviceModel, names: files })) {
    problems.add(line);
  }
  return { profiles, hardware };
}

function emulationOf(
  stage: Stage,
  chosen: StageConfiguration,
  given: Measured & { serviceModel: ServiceModel; seed: number; delayMs: number | undefined },
): NonNullable<RuntimeStage['emulated']> {
  const { profiles, hardware, serviceModel, seed, delayMs } = given;
  const profile = profiles.find((row) => row.model === stage.model && row.hardware === chosen.hardware)!;
  const { activationDelayMs } = hardware.find(({ name }) => name === chosen.hardware)!;
  const service = serviceTimes({
    profile,
    maxBatchSize: profile.rows.at(-1)!.batchSize,
    serviceModel,
    streamKey: streamKey(seed, 'service', stage.name),
  });
  return { service, activationDelayMs: delayMs ?? activationDelayMs };
}
