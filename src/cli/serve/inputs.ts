/**
 * Reads what a pipeline is served from: the configuration, and for stages that are emulated their profiles and
 * hardware.
 */
import { dirname } from 'node:path';
import type { Problems } from '../../files/problems.js';
import { fileExists } from '../../files/system/file-exists.js';
import { shownPath } from '../../files/system/read-text.js';
import type { Pipeline, Stage } from '../../model/pipeline.js';
import type { RuntimeOptions } from '../../serving/runtime.js';
import { checkModules, runtimeStages } from '../../serving/runtime-stages.js';
import { readChosen } from '../inputs/chosen-configuration.js';
import { readScenario } from '../inputs/scenario.js';
import type { CliIo } from '../io/io.js';
import type { ServeFlags } from './flags.js';

interface Request {
  readonly flags: Pick<
    ServeFlags,
    'pipeline' | 'stage' | 'hardware' | 'profiles' | 'serviceTime' | 'seed' | 'emulate' | 'activationDelayMs'
  >;
  readonly io: CliIo;
  /** May hold what the command found wrong with its own flags. */
  readonly problems: Problems;
}

/** Throws one InputError with every problem of every flag and file. */
export function readServing(
  planFile: string | undefined,
  { flags, io, problems }: Request,
): Pick<RuntimeOptions, 'pipeline' | 'stages' | 'folder' | 'seed'> {
  const { configuration, defaults } = readChosen(planFile, flags, io, problems);
  const { activationDelayMs } = flags;
  const isEmulated = (stage: Stage) => flags.emulate || stage.module === undefined;
  const { paths, ...scenario } = readScenario({
    io,
    flags,
    defaults,
    problems,
    needsSlo: false,
    configuration,
    needsProfile: isEmulated,
    check: ({ pipeline }) =>
      pipeline === undefined
        ? []
        : [...checkModules(pipeline, configuration, isEmulated), ...absentModules(pipeline, isEmulated)],
  });
  const { pipeline, seed } = scenario;
  const stages = runtimeStages(scenario, { configuration, isEmulated, activationDelayMs });
  return { pipeline, stages, folder: dirname(paths.pipeline), seed };
}

/** One line for each module that is no file. */
function absentModules({ stages }: Pipeline, isEmulated: (stage: Stage) => boolean): string[] {
  return stages
    .filter((stage) => !isEmulated(stage) && !fileExists(stage.module!))
    .map(({ name, module }) => `stage ${name}: module = ${shownPath(module!)}, must be a file`);
}
