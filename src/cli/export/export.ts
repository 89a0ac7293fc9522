import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { exportPlan } from '../../export/export-plan.js';
import { exportText } from '../../files/export/export-text.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { makeFolder } from '../../files/starter/new-files.js';
import { shownPath } from '../../files/system/read-text.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatJson } from '../../report/json.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { defaultsOfPlan } from '../inputs/provenance.js';
import { type Known, readScenario } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { isStandardOutput } from '../io/output-file.js';
import type { ExportFlags } from './flags.js';

const EXPORT_VERSION = 1;

/** Writes a plan as the files of another system, or prints them where they are one file. */
export function exportFiles(planFile: string, flags: ExportFlags, io: CliIo, problems: Problems): void {
  const planPath = pathFrom(io, planFile);
  const plan = problems.attempt(() => readPlanFile(planPath));
  if (plan === undefined) throw problems.asError('INPUT');
  const { to, image, tritonBackend, port, namespace, importPath, prometheus, selector, output, json } = flags;
  const recorded = defaultsOfPlan(plan, planPath);
  const { pipeline, hardware, paths } = readScenario({
    io,
    flags: flags.hardware === undefined ? {} : { hardware: flags.hardware },
    defaults: {
      ...recorded,
      pipelinePath: pipelinePathOf(flags, io) ?? recorded.pipelinePath ?? pathFrom(io, DEFAULT_PIPELINE),
    },
    problems,
    needsSlo: false,
    configuration: plan.stages,
    check: (known) => [
      ...strangersIn('--image', image, known),
      ...strangersIn('--triton-backend', tritonBackend, known),
    ],
  });
  warnOfChanges(plan, planPath, paths, io);
  const answers = {
    port,
    ...(image && { images: image }),
    ...(tritonBackend && { tritonBackends: tritonBackend }),
    ...(namespace && { namespace }),
    ...(importPath && { importPath }),
    ...(prometheus && { prometheus }),
    ...(selector && { selector }),
  };
  const { files, warnings } = exportPlan(to!, { plan, pipeline, hardware, answers });
  for (const warning of warnings) io.stderr(`Note: ${warning}.\n`);
  const written = files.map((file) => ({ path: file.path, text: exportText(file) }));
  if (json) {
    io.stdout(formatJson({ version: EXPORT_VERSION, system: to, files: written, warnings }));
    return;
  }
  if (isStandardOutput(output)) {
    if (written.length > 1) {
      throw new InputError('FLAG', `--output = -, must be a folder: ${to} takes ${written.length} files`);
    }
    io.stdout(written[0]!.text);
    return;
  }
  for (const { path, text } of written) {
    const target = join(pathFrom(io, output), path);
    makeFolder(join(target, '..'));
    writeFileAtomically(target, text);
    io.stdout(`Wrote ${shownPath(target)}\n`);
  }
}

function pipelinePathOf({ pipeline }: ExportFlags, io: CliIo): string | undefined {
  return pipeline === undefined ? undefined : pathFrom(io, pipeline);
}

function strangersIn(
  option: string,
  given: Readonly<Record<string, string>> | undefined,
  { pipeline }: Known,
): string[] {
  if (pipeline === undefined) return [];
  const stages = pipeline.stages.map(({ name }) => name);
  return Object.keys(given ?? {})
    .filter((name) => name !== '' && !stages.includes(name))
    .map((name) => `${option} = ${name}=…, must name a stage${didYouMean(name, stages) || `: ${stages.join(', ')}`}`);
}
