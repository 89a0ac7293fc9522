import { EXIT, InputError } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { openTraceFile } from '../../files/trace/trace-file.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import { isQuickToCheck } from '../../replay/change-check.js';
import { type ReplayState, replay } from '../../replay/replay.js';
import { formatReplay, replayJson } from '../../report/tune/replay-report.js';
import { inStageOrder, tunerPlan } from '../../tuner/tuner-plan.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import type { InputFlags } from '../inputs/options.js';
import { defaultsOfPlan, inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, stoppable } from '../io/drive.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { SimulateFlags } from '../simulate/flags.js';
import { type TunerFlags, tunerChoices } from './tuner-options.js';

export interface ReplayFlags extends InputFlags, Partial<TunerFlags> {
  readonly replay?: string;
  readonly check?: true;
}

/** `simulate --tuner`: the outcome with the tuner alone, of a whole plan. */
export async function simulateTuned(planFile: string | undefined, flags: SimulateFlags, io: CliIo): Promise<void> {
  const problems = new Problems();
  if (flags.stage !== undefined) problems.add('--tuner tunes a plan as it is, must come without --stage');
  if (flags.pipeline !== undefined) problems.add('--tuner needs the envelope of a plan, must come without --pipeline');
  if (flags.records !== undefined) problems.add('--tuner writes no records, must come without --records');
  problems.throwIfAny('FLAG');
  await tuneReplay(planFile ?? 'plan.yaml', flags, io, { isAlone: true });
}

/**
 * Replays a trace under the tuner and prints the outcome; beside it the baselines, unless the tuner is wanted alone.
 */
export async function tuneReplay(
  planFile: string,
  flags: ReplayFlags,
  io: CliIo,
  { isAlone = false }: { isAlone?: boolean } = {},
): Promise<void> {
  const problems = new Problems();
  const choices = tunerChoices({ rules: 'guarded', interval: '100ms', ...flags }, problems);
  const planPath = pathFrom(io, planFile);
  const plan = problems.attempt(() => readPlanFile(planPath));
  if (plan === undefined) return problems.throwIfAny('INPUT');
  const defaults = defaultsOfPlan(plan, planPath);
  const {
    paths,
    trace: tracePath,
    slo,
    ...inputs
  } = readScenario({
    io,
    flags: { ...flags, ...(flags.replay === undefined ? {} : { trace: flags.replay }) },
    defaults: { ...defaults, pipelinePath: defaults.pipelinePath ?? pathFrom(io, 'pipeline.yaml') },
    problems,
    readTrace: (path) => {
      openTraceFile(path).close();
      return path;
    },
    needsSlo: true,
    configuration: plan.stages,
  });
  warnOfChanges(plan, planPath, paths, io);
  const { pipeline, hardware, profiles, serviceModel, seed } = inputs;
  const configuration = inPipelineOrder(pipeline, plan.stages);
  const limits = choices.limits({ stages: plan.stages.map(({ stage }) => stage), hardware });
  const { rules } = flags;
  const open: (() => void)[] = [];
  const tuned = tunerPlan(inStageOrder(plan, pipeline), {
    hardware,
    limits,
    ...(rules === undefined ? {} : { rules }),
  });
  const steps = replay({
    plan: tuned,
    checksChanges: flags.checkChange ?? isQuickToCheck(tuned),
    pipeline,
    configuration,
    profiles,
    hardware,
    serviceModel,
    seed,
    slo: slo!, // needsSlo
    intervalMs: choices.intervalMs!,
    isAlone,
    open: () => {
      const source = openTraceFile(tracePath);
      open.push(() => source.close());
      return source;
    },
  });
  try {
    const show = ({ phase, queries }: ReplayState) => `${phase}: ${queries} queries`;
    const { result } = await drive(stoppable(steps), io, { limitMs: Number.POSITIVE_INFINITY, show });
    if (result === undefined) throw new InputError('INTERRUPTED', 'interrupted: the replay is not complete');
    const style = { terminal: io.isTerminal, color: io.color };
    const title = `Tuning ${plan.pipeline} over ${shownPath(tracePath)}`;
    const provenance = { tool: toolName(), seed, serviceModel, inputs: inputFiles(paths, io.cwd) };
    if (flags.check && result.outcomes[0]!.misses > result.outcomes[0]!.allowedMisses) io.setExitCode(EXIT.infeasible);
    io.stdout(flags.json ? replayJson(result, provenance) : formatReplay(title, result, style));
  } finally {
    for (const close of open) close();
  }
}
