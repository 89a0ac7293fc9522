import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../errors.js';
import type { Intake } from '../../files/intake/intake.js';
import type { Problems } from '../../files/problems.js';
import { type NeededKind, neededHardwareText, shippedKinds, unpriced } from '../../files/starter/hardware-text.js';
import { intakePipelineText, intakeProfilesText } from '../../files/starter/intake-files.js';
import { refuseExisting, writeAllOrNone } from '../../files/starter/new-files.js';
import { INTAKE_SOURCES, type IntakeKindName, MEASURED_KINDS, readIntake } from '../../files/starter/read-intake.js';
import { shownPath } from '../../files/system/read-text.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import { writeTraceFile } from '../../files/trace/trace-writer.js';
import { checkPipeline } from '../../model/check-pipeline.js';
import { sourceOf } from '../../model/trace.js';
import { formatIntake, intakeJson } from '../../report/init/intake-report.js';
import { drawArrivals } from '../../workload/arrival-process.js';
import { constant } from '../../workload/curve.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { type InitFlags, pipelineName } from './flags.js';

const USUAL_SLO_MS = 200;
/** For the check, in place of a probability that the source does not tell: many of them stay below 1. */
const STAND_IN = 1e-6;
const SHIPPED_HARDWARE = fileURLToPath(new URL('../../../profiles/hardware.yaml', import.meta.url));

/** Writes a pipeline made of the files of a running system. */
export async function initFrom(
  kind: IntakeKindName,
  source: string,
  flags: InitFlags,
  { io, problems }: { io: CliIo; problems: Problems },
): Promise<void> {
  const target = pathFrom(io, flags.output ?? '.');
  const path = (name: string) => join(target, name);
  const files = ['pipeline.yaml', 'hardware.yaml', 'profiles.csv', 'trace.csv'].map(path);
  problems.attempt(() => refuseExisting(files));
  const hardware = flags.on ?? [];
  if (hardware.length === 0) problems.add(onMissing());
  if (MEASURED_KINDS.includes(kind) && hardware.length > 1)
    problems.add('--on is given twice, must be the one kind of hardware that was measured');
  problems.throwIfAny('FLAG');

  const from = pathFrom(io, source);
  const intake = readIntake(kind, from, {
    hardware: hardware[0]!,
    batchSize: flags.batch ?? 1,
    ...(flags.pick === undefined ? {} : { pick: flags.pick }),
    ...(flags.name === undefined ? {} : { model: flags.name }),
  });
  refuseBroken(intake, shownPath(from));
  const kinds = neededKinds(intake, hardware);
  const name = flags.name ?? named(intake.name) ?? intake.stages[0]!.stage.name;
  const words = `${INTAKE_SOURCES[kind]}, ${shownPath(from)}`;
  const profiles = intakeProfilesText(intake);
  const { rateQps, cv, durationMs, seed } = flags;
  const arrivals =
    intake.arrivalsUs === undefined
      ? drawArrivals({ rateQps: constant(rateQps), cv: constant(cv) }, { seed, bound: { durationMs } })
      : sourceOf({ arrivalsUs: intake.arrivalsUs });
  const pipeline = intakePipelineText(intake, { name, sloMs: flags.sloMs ?? USUAL_SLO_MS, source: words });
  await writeAllOrNone([
    {
      path: path('hardware.yaml'),
      write: (at) => writeFileAtomically(at, neededHardwareText(SHIPPED_HARDWARE, kinds)),
    },
    ...(profiles === undefined
      ? []
      : [{ path: path('profiles.csv'), write: (at: string) => writeFileAtomically(at, profiles) }]),
    { path: path('trace.csv'), write: (at) => writeTraceFile(at, arrivals) },
    { path: path('pipeline.yaml'), write: (at) => writeFileAtomically(at, pipeline) },
  ]);
  const shown = relative(resolve(io.cwd), target);
  const report = {
    name,
    folder: shown === '' ? '.' : shown,
    source: words,
    intake,
    unpriced: unpriced(SHIPPED_HARDWARE, kinds),
    ...(intake.arrivalsUs === undefined ? { drawnRateQps: rateQps } : {}),
  };
  io.stdout(flags.json ? intakeJson(report) : formatIntake(report, reportStyle(io)));
}

function onMissing(): string {
  const shipped = shippedKinds(SHIPPED_HARDWARE).map(({ name }) => String(name));
  return `--on is missing: add --on HARDWARE, what the stages run on: ${shipped.join(', ')}, or another name, whose price you then fill in`;
}

/** A name that a pipeline can have. */
function named(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return pipelineName.parse(name, '--name');
  } catch {
    return undefined;
  }
}

/** What the source speaks of as it is, unless the user said where the stages run. */
function neededKinds({ kinds }: Intake, hardware: readonly string[]): readonly NeededKind[] {
  const kind = kinds[0]?.kind ?? 'cpu';
  const shipped = new Map(shippedKinds(SHIPPED_HARDWARE).map((one) => [String(one.name), one.kind]));
  return hardware.map((name) => ({ name, kind: (shipped.get(name) as NeededKind['kind'] | undefined) ?? kind }));
}

/** Names and edges that no pipeline file can hold, by stage. */
function refuseBroken({ stages }: Intake, shown: string): void {
  const known = stages.map(({ stage }) => ({
    ...stage,
    parents: stage.parents.map((edge) => (Number.isNaN(edge.probability) ? { ...edge, probability: STAND_IN } : edge)),
  }));
  const problems = checkPipeline(known).map(({ path, text }) => `${shown}: ${path.join('.')} ${text}`);
  if (problems.length > 0) throw new InputError('INTAKE', problems);
}
