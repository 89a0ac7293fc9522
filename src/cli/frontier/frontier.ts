import { EXIT } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { frontierInSteps } from '../../planner/frontier/frontier.js';
import { frontierDocument } from '../../report/page/frontier-page.js';
import { formatFrontier, formatFrontierState, frontierJson } from '../../report/plan/frontier-report.js';
import { formatFrontierWarnings } from '../../report/plan/promise-report.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import { readTraceAt } from '../inputs/named-files.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, stoppedText } from '../io/drive.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { writePage } from '../io/write-page.js';
import { limitProblems, limitsOf } from '../plan/limits.js';
import type { FrontierFlags } from './flags.js';

/**
 * Plans for a range of objectives, prints cost against objective, and writes nothing; exit code 3 when none can be met.
 */
export async function frontier(
  pipelineFile: string,
  flags: FrontierFlags,
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const sinceMs = io.nowMs();
  const limits = limitsOf(flags);
  const { rangeMs: latenciesMs = [], timeLimitMs } = flags;
  const {
    paths: _,
    traceScale: __,
    slo,
    ...inputs
  } = readScenario({
    io,
    flags: { ...flags, sloMs: latenciesMs.at(-1) },
    defaults: { pipelinePath: pathFrom(io, pipelineFile) },
    problems,
    readTrace: readTraceAt,
    needsSlo: true,
    check: (known) => limitProblems(flags, known),
  });
  const validation = flags.validate
    ? outOfSampleTest(inputs.trace, { seed: inputs.seed, holdOut: flags.holdOut })
    : undefined;
  const input = { ...inputs, ...limits, slo: slo!, trace: validation?.planning ?? inputs.trace };
  const steps = frontierInSteps(input, { latenciesMs, validation });
  const { result, ...end } = await drive(steps, io, {
    sinceMs,
    limitMs: timeLimitMs * latenciesMs.length,
    show: formatFrontierState,
  });
  io.stderr(stoppedText(end, 'the best plans so far'));
  const { name } = inputs.pipeline;
  const style = reportStyle(io);
  io.stdout(flags.json ? frontierJson(result, name) : formatFrontier(result, name, style));
  io.stderr(formatFrontierWarnings(result));
  await writePage(flags.report, () => frontierDocument(result, name), io);
  if (result.points.every(({ feasible }) => !feasible)) io.setExitCode(EXIT.infeasible);
}
