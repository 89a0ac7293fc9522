import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problems } from '../../files/problems.js';
import { refuseExisting, writeAllOrNone } from '../../files/starter/new-files.js';
import { starterFiles } from '../../files/starter/starter-files.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import { writeTraceFile } from '../../files/trace/trace-writer.js';
import { formatStarter, starterJson } from '../../report/init/starter-report.js';
import { drawArrivals } from '../../workload/arrival-process.js';
import { constant } from '../../workload/curve.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { type InitFlags, pipelineName, TEMPLATES } from './flags.js';
import { askAnswers } from './questions.js';

const USUAL_SLO_MS = 200;
const SHIPPED = fileURLToPath(new URL('../../../', import.meta.url));

/** Writes a pipeline that plans at once, into a folder that has none of its files. */
export async function init(folder: string, flags: InitFlags, io: CliIo, problems: Problems): Promise<void> {
  const target = pathFrom(io, folder);
  const paths = {
    pipeline: join(target, 'pipeline.yaml'),
    hardware: join(target, 'hardware.yaml'),
    profiles: join(target, 'profiles.csv'),
    trace: join(target, 'trace.csv'),
  };
  problems.attempt(() => refuseExisting(Object.values(paths)));
  if (flags.template === undefined && io.ask === undefined)
    problems.add(`--template is missing: add --template ${TEMPLATES.join('|')}`);
  problems.throwIfAny('FLAG');

  const otherwise = nameFrom(target);
  const isAsking = flags.template === undefined;
  const given = { ...flags, name: flags.name ?? otherwise };
  const asked = isAsking
    ? await askAnswers({ ...io, ask: io.ask! }, { ...given, sloMs: flags.sloMs ?? USUAL_SLO_MS })
    : {};
  const { template, name, sloMs, rateQps, cv, durationMs, seed } = { ...given, ...asked };
  const texts = starterFiles(
    {
      template: join(SHIPPED, 'templates', `${template}.yaml`),
      profiles: [join(SHIPPED, 'profiles/published.csv'), join(SHIPPED, 'profiles/measured.csv')],
      hardware: join(SHIPPED, 'profiles/hardware.yaml'),
    },
    { name, ...(sloMs === undefined ? {} : { sloMs }) },
  );
  const source = drawArrivals({ rateQps: constant(rateQps), cv: constant(cv) }, { seed, bound: { durationMs } });
  // The pipeline comes last: where it stands, all that it names does.
  await writeAllOrNone([
    { path: paths.hardware, write: (path) => writeFileAtomically(path, texts.hardware) },
    { path: paths.profiles, write: (path) => writeFileAtomically(path, texts.profiles) },
    { path: paths.trace, write: (path) => writeTraceFile(path, source) },
    { path: paths.pipeline, write: (path) => writeFileAtomically(path, texts.pipeline) },
  ]);
  const shown = relative(resolve(io.cwd), target);
  const starter = { template: template!, name, folder: shown === '' ? '.' : shown };
  io.stdout(flags.json ? starterJson(starter) : formatStarter(starter));
}

/** The folder's own name where a pipeline can have it. */
function nameFrom(folder: string): string {
  try {
    return pipelineName.parse(basename(folder), '--name');
  } catch {
    return 'pipeline';
  }
}
