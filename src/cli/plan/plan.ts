import { dirname } from 'node:path';
import { EXIT } from '../../errors.js';
import { formatPlan } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import type { Plan } from '../../model/plan/plan.js';
import { sourceOf } from '../../model/trace.js';
import { planInSteps } from '../../planner/plan-configuration.js';
import { planDocument } from '../../report/page/documents.js';
import { formatPlanResult, formatSearchState, planJson } from '../../report/plan/plan-report.js';
import { formatWarnings } from '../../report/plan/promise-report.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import { readTraceAt } from '../inputs/named-files.js';
import { DEFAULT_PLAN } from '../inputs/options.js';
import { inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario, type ScenarioPaths } from '../inputs/scenario.js';
import { drive, stoppedText } from '../io/drive.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { isStandardOutput } from '../io/output-file.js';
import { writePage } from '../io/write-page.js';
import { shownConfiguration } from '../report/shown-configuration.js';
import type { PlanFlags } from './flags.js';
import { limitProblems, limitsOf } from './limits.js';
import { packSolverOf } from './packing.js';
import { openSearchHelpers } from './second-process.js';

/** Plans, prints the result, and writes the plan file if there is a plan. */
export async function plan(pipelineFile: string, flags: PlanFlags, io: CliIo, problems: Problems): Promise<void> {
  const sinceMs = io.nowMs();
  const limits = limitsOf(flags);
  const toStdout = isStandardOutput(flags.output);
  const { paths, slo, traceScale, ...inputs } = readScenario({
    io,
    flags,
    defaults: { pipelinePath: pathFrom(io, pipelineFile) },
    problems,
    readTrace: readTraceAt,
    needsSlo: true,
    check: (known) => limitProblems(flags, known),
  });

  const packing = flags.pack ? await packSolverOf(inputs.hardware, paths.hardware) : undefined;
  const { seed } = inputs;
  const test = flags.validate ? outOfSampleTest(inputs.trace, { seed, holdOut: flags.holdOut }) : undefined;
  const input = { ...inputs, slo: slo!, ...limits, trace: test?.planning ?? inputs.trace }; // needsSlo
  const { helpers, close } = openSearchHelpers(input, { isValidated: flags.validate, jobs: flags.jobs });
  const steps = planInSteps(input, {
    search: flags.search,
    compareGreedy: flags.compareGreedy,
    validation: test,
    packing,
    top: flags.top,
    explain: flags.explain,
    helpers,
  });
  const { result, ...end } = await drive(steps, io, {
    sinceMs,
    limitMs: flags.timeLimitMs,
    show: formatSearchState,
  }).finally(close);
  io.stderr(stoppedText(end, result.feasible ? 'the best plan so far' : 'no plan so far'));
  if (!result.feasible) io.setExitCode(EXIT.infeasible);
  const planPath = pathFrom(io, toStdout ? DEFAULT_PLAN : flags.output);
  const traced = result.feasible
    ? { ...result, plan: withProvenance(result.plan, { paths, traceScale, planPath }) }
    : result;
  const style = { ...reportStyle(io), explain: flags.explain };
  const report = flags.json ? planJson(traced, slo!) : formatPlanResult(traced, slo!, style);
  if (toStdout) io.stderr(report);
  else io.stdout(report);
  io.stderr(formatWarnings(traced));
  if (!traced.feasible) return;
  const shown = () => shownConfiguration({ ...input, slo }, traced.plan.stages, sourceOf(input.trace));
  if (toStdout) io.stdout(formatPlan(traced.plan));
  else {
    writeFileAtomically(planPath, formatPlan(traced.plan));
    io.stderr(`Wrote ${shownPath(planPath)}\n`);
  }
  await writePage(flags.report, () => planDocument(traced.plan, shown()), io);
}

function withProvenance(
  made: Plan,
  { paths, traceScale, planPath }: { paths: ScenarioPaths; traceScale: number; planPath: string },
): Plan {
  const inputs = inputFiles(paths, dirname(planPath));
  const scaled = traceScale === 1 ? {} : { traceScale };
  return { ...made, provenance: { ...made.provenance, ...scaled, tool: toolName(), inputs } };
}
