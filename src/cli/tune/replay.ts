import { EXIT, InputError } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { openTraceFile } from '../../files/trace/trace-file.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { isQuickToCheck } from '../../replay/change-check.js';
import { type ReplayState, replay } from '../../replay/replay.js';
import { replayDocument } from '../../report/page/documents.js';
import { formatReplay, replayJson } from '../../report/tune/replay-report.js';
import { limitsTooLow } from '../../tuner/limits-too-low.js';
import { inStageOrder, tunerPlan } from '../../tuner/tuner-plan.js';
import { msFromS } from '../../units.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import { firstArrivalMs } from '../inputs/first-arrival.js';
import { unknownLimits } from '../inputs/limit-names.js';
import { openTraceOrRead, readNamedFiles } from '../inputs/named-files.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { defaultsOfPlan, inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, stoppable } from '../io/drive.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { writePage } from '../io/write-page.js';
import type { TuneFlags } from './flags.js';
import { tunerChoices, tunerLimits } from './limits.js';

/** A trace that begins later has stamps of another kind than milliseconds from its start. */
const LONG_LEAD_MS = msFromS(3600);
const LEAD_COUNTS = 'costs and shares of the time count what comes before it';

/** Replays a trace under the tuner and prints the outcome beside those of the baselines. */
export async function tuneReplay(
  planFile: string,
  flags: TuneFlags & { replay: string },
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const planPath = pathFrom(io, planFile);
  const plan = problems.attempt(() => readPlanFile(planPath));
  if (plan === undefined) {
    readNamedFiles({ ...flags, trace: flags.replay }, {}, { io, problems });
    throw problems.asError('INPUT');
  }
  const defaults = defaultsOfPlan(plan, planPath);
  const {
    paths,
    trace: tracePath,
    slo,
    ...inputs
  } = readScenario({
    io,
    flags: { ...flags, trace: flags.replay },
    defaults: { ...defaults, pipelinePath: defaults.pipelinePath ?? pathFrom(io, DEFAULT_PIPELINE) },
    problems,
    readTrace: (path) => {
      openTraceOrRead(path, 1, problems).close();
      return path;
    },
    needsSlo: true,
    configuration: plan.stages,
    check: (known) => unknownLimits(flags, known),
  });
  warnOfChanges(plan, planPath, paths, io);
  const { pipeline, hardware, profiles, serviceModel, seed } = inputs;
  const configuration = inPipelineOrder(pipeline, plan.stages);
  const limits = tunerLimits(flags, { ...plan, pipeline, hardware });
  const open: (() => void)[] = [];
  const tuned = tunerPlan(inStageOrder(plan, pipeline), {
    hardware,
    ...tunerChoices(flags, pipeline),
    limits,
  });
  for (const text of limitsTooLow(tuned.stages, tuned.limits)) io.stderr(`warning: ${text}\n`);
  const leadMs = firstArrivalMs(tracePath);
  if (leadMs > LONG_LEAD_MS)
    io.stderr(`warning: the first query arrives ${formatDuration(leadMs)} after the trace's zero: ${LEAD_COUNTS}\n`);
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
    intervalMs: flags.intervalMs,
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
    const style = reportStyle(io);
    const title = `Tuning ${plan.pipeline} over ${shownPath(tracePath)}`;
    const provenance = { tool: toolName(), seed, serviceModel, inputs: inputFiles(paths, io.cwd) };
    if (flags.check && result.outcomes[0]!.misses > result.outcomes[0]!.allowedMisses) io.setExitCode(EXIT.infeasible);
    io.stdout(flags.json ? replayJson(result, provenance) : formatReplay(title, result, style));
    await writePage(flags.report, () => replayDocument(title, result), io);
  } finally {
    for (const close of open) close();
  }
}
