/** What `tune` is told before it drives anything: the plan, its inputs, the limits, and where replicas are set and arrivals are read. */
import { dirname, join } from 'node:path';
import { InputError } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import { Problems } from '../../files/problems.js';
import { parseDuration } from '../../model/notation/quantity.js';
import { inStageOrder } from '../../tuner/tuner-plan.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import { parseWhole } from '../inputs/flag-values.js';
import { defaultsOfPlan } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import { readEnds } from './ends.js';
import type { TuneFlags } from './flags.js';
import { tunerChoices } from './tuner-options.js';

const LARGEST_PORT = 65_535;
const FACTOR = /^\d+(\.\d+)?x?$/;

export type Tuning = ReturnType<typeof readTuning>;

/** @throws InputError with every problem of the flags and files */
export function readTuning(planFile: string, flags: TuneFlags, io: CliIo) {
  const problems = new Problems();
  const choices = tunerChoices(flags, problems);
  const value = <T>(parse: () => T) => problems.attempt(parse);
  const ends = value(() => readEnds(flags, io));
  const handHoldMs = value(() => parseDuration(flags.handHold, '--hand-hold'));
  const speed = value(() => parseSpeed(flags.speed));
  const { metricsPort } = flags;
  const port = metricsPort === undefined ? undefined : value(() => parseWhole(metricsPort, '--metrics-port', 0));
  if (port !== undefined && port > LARGEST_PORT)
    problems.add(`--metrics-port = ${port}, must be at most ${LARGEST_PORT}`);
  if (flags.apply && flags.dryRun) problems.add('--apply acts and --dry-run does not, must be one of them');
  const planPath = pathFrom(io, planFile);
  const read = value(() => readPlanFile(planPath));
  if (read === undefined) throw problems.asError('INPUT');
  const defaults = defaultsOfPlan(read, planPath);
  const inputs = readScenario({
    io,
    flags,
    defaults: { ...defaults, pipelinePath: defaults.pipelinePath ?? pathFrom(io, 'pipeline.yaml') },
    problems,
    needsSlo: false,
    configuration: read.stages,
  });
  const { paths, hardware } = inputs;
  const plan = inStageOrder(read, inputs.pipeline);
  warnOfChanges(plan, planPath, paths, io);
  const limits = choices.limits({ stages: plan.stages.map(({ stage }) => stage), hardware });
  const journalPath =
    flags.journal === undefined
      ? join(dirname(planPath), `${plan.pipeline}.tune.journal`)
      : pathFrom(io, flags.journal);
  return {
    ...inputs,
    plan,
    planPath,
    limits,
    journalPath,
    port,
    ends: ends!,
    handHoldMs: handHoldMs!,
    speed: speed!,
    intervalMs: choices.intervalMs!,
  };
}

function parseSpeed(text: string): number {
  const speed = FACTOR.test(text) ? Number.parseFloat(text) : 0;
  if (!(speed > 0)) throw new InputError('FLAG', `--speed = ${text}, must be a factor more than 0, such as 60x`);
  return speed;
}
