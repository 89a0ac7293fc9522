import { EXIT } from '../../errors.js';
import { Problems } from '../../files/problems.js';
import { readTraceFile } from '../../files/trace/trace-file.js';
import { parseDuration } from '../../model/notation/quantity.js';
import { frontierInSteps } from '../../planner/frontier/frontier.js';
import { formatFrontier, formatFrontierState, frontierJson } from '../../report/plan/frontier-report.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import { parseRange } from '../inputs/flag-values.js';
import { readScenario } from '../inputs/scenario.js';
import { drive } from '../io/drive.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { PlanFlags } from './flags.js';
import { checkInventory, parseLimits, refuseBesideFrontier } from './limits.js';

/** Plans for a range of objectives, prints cost against objective, and writes nothing; exit code 3 when none can be met. */
export async function frontier(pipelineFile: string, flags: PlanFlags, io: CliIo): Promise<void> {
  const problems = new Problems();
  refuseBesideFrontier(flags, problems);
  const limits = parseLimits(flags, problems);
  const latenciesMs = problems.attempt(() => parseRange(flags.frontier!, '--frontier'));
  const limitMs = problems.attempt(() => parseDuration(flags.timeLimit, '--time-limit'));
  const {
    paths: _,
    slo,
    ...inputs
  } = readScenario({
    io,
    flags: latenciesMs === undefined ? flags : { ...flags, slo: `${latenciesMs.at(-1)}ms` },
    defaults: { pipelinePath: pathFrom(io, pipelineFile) },
    problems,
    readTrace: readTraceFile,
    needsSlo: true,
  });
  checkInventory(limits, inputs.hardware);
  const validation = flags.validate ? outOfSampleTest(inputs.trace, inputs) : undefined;
  const input = { ...inputs, ...limits, slo: slo!, trace: validation?.planning ?? inputs.trace };
  const steps = frontierInSteps(input, { latenciesMs: latenciesMs!, validation });
  const { result, ending } = await drive(steps, io, {
    limitMs: limitMs! * latenciesMs!.length,
    show: formatFrontierState,
  });
  if (ending !== 'complete') io.stderr(`Stopped by the ${ending}: the best plans so far\n`);
  const { name } = inputs.pipeline;
  const style = { terminal: io.isTerminal, color: io.color };
  io.stdout(flags.json ? frontierJson(result, name) : formatFrontier(result, name, style));
  if (result.points.every(({ feasible }) => !feasible)) io.setExitCode(EXIT.infeasible);
}
