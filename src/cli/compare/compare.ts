import { type CompareState, compare } from '../../compare/compare.js';
import { startingPlan } from '../../compare/starting-plan.js';
import { InputError } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { openTraceFile } from '../../files/trace/trace-file.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { comparedDocument } from '../../report/page/documents.js';
import { comparedJson, formatCompared } from '../../report/tune/compare-report.js';
import { msFromS } from '../../units.js';
import { scaledSource } from '../../workload/reshape.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import { firstArrivalMs } from '../inputs/first-arrival.js';
import { openTraceOrRead, readNamedFiles, readTraceAt } from '../inputs/named-files.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { defaultsOfPlan, inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, stoppable } from '../io/drive.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { writePage } from '../io/write-page.js';
import { coarseReading } from './coarse-names.js';
import type { CompareFlags } from './flags.js';
import { coarsePlan, readPlans } from './plans.js';
import { chosenPolicies } from './policies.js';

/** Policies that look at the pipeline tick up to ten times a second, arrivals or not. */
const LONGEST_LEAD_MS = msFromS(86_400);

/** Runs the policies over the trace and prints the scoreboard. */
export async function compareOn(traceFile: string, flags: CompareFlags, io: CliIo, problems: Problems): Promise<void> {
  const policies = chosenPolicies(flags, io, problems);
  const plans = flags.plans === undefined ? undefined : readPlans(flags.plans, io, problems);
  if (plans === undefined) {
    readNamedFiles({ ...flags, trace: traceFile }, {}, { io, problems });
    throw problems.asError('INPUT');
  }
  const first = plans[0]!;
  const defaults = defaultsOfPlan(first.plan, first.path);
  const planning = planningTrace(flags, { ...defaults, name: first.name }, { io, problems });
  const read = readScenario({
    io,
    flags: { ...flags, trace: traceFile },
    defaults: { ...defaults, pipelinePath: defaults.pipelinePath ?? pathFrom(io, DEFAULT_PIPELINE) },
    problems,
    readTrace: (path) => {
      openTraceOrRead(path, 1, problems).close();
      return path;
    },
    needsSlo: true,
    configuration: first.plan.stages,
  });
  const { paths, trace: tracePath, slo, ...scenario } = read;
  const leadMs = firstArrivalMs(tracePath);
  if (leadMs > LONGEST_LEAD_MS) {
    const lead = formatDuration(leadMs);
    throw new InputError(
      'TRACE_LEAD',
      `${shownPath(tracePath)}: the first query arrives ${lead} after the trace's zero, must be at most ${formatDuration(LONGEST_LEAD_MS)}`,
      'Every policy would tick all that time. Make the stamps count from the start: infer-plan trace import',
    );
  }
  warnOfChanges(first.plan, first.path, paths, io);
  const open: (() => void)[] = [];
  const opened = (path: string, scale = 1) => {
    const source = openTraceFile(path);
    open.push(() => source.close());
    return scale === 1 ? source : scaledSource(source, scale);
  };
  const openPlanning = planning && (() => opened(planning.path, planning.scale));
  const planned = (flags.plans ?? []).map((name) => {
    if (coarseReading(name) === undefined) return plans.find((one) => one.name === name)!;
    return coarsePlan(name, { ...scenario, slo: slo!, trace: readTraceAt(planning!.path, planning!.scale) });
  });
  const steps = compare({
    ...scenario,
    slo: slo!, // needsSlo
    plans: planned.map((plan) => startingPlan(plan, scenario, { ...flags, openPlanning })),
    policies,
    targets: flags.targets,
    phase: flags.phase,
    explain: flags.explain,
    open: () => opened(tracePath),
  });
  try {
    const show = ({ phase, queries }: CompareState) => `${phase}: ${queries} queries`;
    const { result } = await drive(stoppable(steps), io, { limitMs: Number.POSITIVE_INFINITY, show });
    if (result === undefined) throw new InputError('INTERRUPTED', 'interrupted: the comparison is not complete');
    const { seed, serviceModel } = scenario;
    const provenance = { tool: toolName(), seed, serviceModel, inputs: inputFiles(paths, io.cwd) };
    const title = `Policies for ${first.plan.pipeline} over ${shownPath(tracePath)}`;
    io.stdout(flags.json ? comparedJson(result, provenance) : formatCompared(title, result, reportStyle(io)));
    await writePage(flags.report, () => comparedDocument(title, result), io);
  } finally {
    for (const close of open) close();
  }
}

/** The traffic that targets are matched on and coarse-grained plans are made for; a problem where they need one and there is none. */
function planningTrace(
  { targets, plans = [], planningTrace: given }: Pick<CompareFlags, 'targets' | 'plans' | 'planningTrace'>,
  { tracePath, traceScale = 1, name }: { tracePath?: string; traceScale?: number; name: string },
  { io, problems }: { io: CliIo; problems: Problems },
): { readonly path: string; readonly scale: number } | undefined {
  if (targets === 'shipped' && !plans.some((plan) => coarseReading(plan) !== undefined)) return undefined;
  const path = given === undefined ? tracePath : pathFrom(io, given);
  if (path === undefined) {
    problems.add(`${name}: names no trace to plan and match targets on: add --planning-trace FILE`);
    return undefined;
  }
  problems.attempt(() => openTraceFile(path).close());
  return { path, scale: given === undefined ? traceScale : 1 };
}
