import { dirname } from 'node:path';
import { EXIT } from '../../errors.js';
import { formatPlan } from '../../files/plan/plan-file.js';
import { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import { readTraceFile } from '../../files/trace/trace-file.js';
import { parseDuration } from '../../model/notation/quantity.js';
import type { Plan } from '../../model/plan/plan.js';
import { planInSteps } from '../../planner/plan-configuration.js';
import { formatPlanResult, formatSearchState, planJson } from '../../report/plan/plan-report.js';
import { formatTraceWarning } from '../../report/plan/promise-report.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import { parseWhole } from '../inputs/flag-values.js';
import { inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario, type ScenarioPaths } from '../inputs/scenario.js';
import { drive } from '../io/drive.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { PlanFlags } from './flags.js';
import { checkInventory, parseLimits, refuseConflicts } from './limits.js';
import { packSolverOf } from './packing.js';
import { openSearchHelper } from './second-process.js';

const STANDARD_OUTPUT = '-';

/** Plans, prints the result, and writes the plan file if there is a plan. */
export async function plan(pipelineFile: string, flags: PlanFlags, io: CliIo): Promise<void> {
  const problems = new Problems();
  const limits = parseLimits(flags, problems);
  refuseConflicts(flags, problems);
  const { top } = flags;
  const most = top && problems.attempt(() => parseWhole(top, '--top', 1));
  const limitMs = problems.attempt(() => parseDuration(flags.timeLimit, '--time-limit'));
  const toStdout = flags.output === STANDARD_OUTPUT;
  if (toStdout && flags.json) problems.add('--output = -, must be a file together with --json');
  const { paths, slo, ...inputs } = readScenario({
    io,
    flags,
    defaults: { pipelinePath: pathFrom(io, pipelineFile) },
    problems,
    readTrace: readTraceFile,
    needsSlo: true,
  });
  checkInventory(limits, inputs.hardware);

  const packing = flags.pack ? await packSolverOf(inputs.hardware, paths.hardware) : undefined;
  const validation = flags.validate ? outOfSampleTest(inputs.trace, inputs) : undefined;
  const input = { ...inputs, slo: slo!, ...limits }; // needsSlo
  const { helper, close } = openSearchHelper(input, { isValidated: flags.validate });
  const steps = planInSteps(
    { ...input, trace: validation?.planning ?? input.trace },
    {
      search: flags.search,
      compareGreedy: flags.compareGreedy === true,
      validation,
      packing,
      top: most || undefined,
      explain: flags.explain === true,
      helper,
    },
  );
  const { result, ending } = await drive(steps, io, {
    limitMs: limitMs!,
    show: formatSearchState,
  }).finally(close);
  if (ending !== 'complete') io.stderr(`Stopped by the ${ending}: the best plan so far\n`);
  if (!result.feasible) io.setExitCode(EXIT.infeasible);
  const planPath = pathFrom(io, toStdout ? 'plan.yaml' : flags.output);
  const traced = result.feasible ? { ...result, plan: withProvenance(result.plan, paths, planPath) } : result;
  const style = { terminal: io.isTerminal, color: io.color, explain: flags.explain === true };
  const report = flags.json ? planJson(traced, slo!) : formatPlanResult(traced, slo!, style);
  if (toStdout) io.stderr(report);
  else io.stdout(report);
  if (!traced.feasible) return;
  const { validated } = traced.plan;
  const warning = validated && formatTraceWarning(validated);
  if (warning) io.stderr(warning);
  if (toStdout) io.stdout(formatPlan(traced.plan));
  else {
    writeFileAtomically(planPath, formatPlan(traced.plan));
    io.stderr(`Wrote ${shownPath(planPath)}\n`);
  }
}

function withProvenance(made: Plan, paths: ScenarioPaths, planPath: string): Plan {
  const inputs = inputFiles(paths, dirname(planPath));
  return { ...made, provenance: { ...made.provenance, tool: toolName(), inputs } };
}
