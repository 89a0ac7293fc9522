import { EXIT } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { planInSteps } from '../../planner/plan-configuration.js';
import { formatSearchState } from '../../report/plan/plan-report.js';
import { formatPlanSweep, planSweepJson, type SweptPlan } from '../../report/plan/plan-sweep-report.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import { scaledTrace } from '../../workload/reshape.js';
import { readTraceAt } from '../inputs/named-files.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, type Ending, stoppedText } from '../io/drive.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import type { PlanFlags } from './flags.js';
import { limitProblems, limitsOf } from './limits.js';
import { openSearchHelpers } from './second-process.js';

/** Plans for each multiple of the traffic, prints what each costs, and writes no plan. */
export async function planSweep(
  pipelineFile: string,
  flags: PlanFlags & { sweep: readonly number[] },
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const { slo, trace, ...inputs } = readScenario({
    io,
    flags,
    defaults: { pipelinePath: pathFrom(io, pipelineFile) },
    problems,
    readTrace: readTraceAt,
    needsSlo: true,
    check: (known) => limitProblems(flags, known),
  });
  const points: SweptPlan[] = [];
  let ending: Ending = 'complete';
  for (const scale of flags.sweep) {
    const scaled = scaledTrace(trace, scale);
    const test = flags.validate ? outOfSampleTest(scaled, { seed: inputs.seed, holdOut: flags.holdOut }) : undefined;
    const input = { ...inputs, slo: slo!, ...limitsOf(flags), trace: test?.planning ?? scaled }; // needsSlo
    const { helpers, close } = openSearchHelpers(input, { isValidated: flags.validate, jobs: flags.jobs });
    const steps = planInSteps(input, { search: flags.search, validation: test, helpers });
    const { result, ...end } = await drive(steps, io, {
      limitMs: flags.timeLimitMs,
      show: (state, elapsedMs) => `${scale}x: ${formatSearchState(state, elapsedMs)}`,
    }).finally(close);
    io.stderr(stoppedText(end, `the best so far at ${scale}x`));
    points.push({ scale, result });
    ending = end.ending;
    if (ending === 'interrupt') break;
  }
  const { name } = inputs.pipeline;
  io.stdout(flags.json ? planSweepJson(points, name, slo!) : formatPlanSweep(points, name, slo!, reportStyle(io)));
  if (points.every(({ result }) => !result.feasible)) io.setExitCode(EXIT.infeasible);
}
