import { InputError } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import { diffJson, formatDiff } from '../../report/plan/diff-report.js';
import { simulate } from '../../simulation/simulate.js';
import { readChosen, warnOfChanges } from '../inputs/chosen-configuration.js';
import { openTraceOrRead } from '../inputs/named-files.js';
import { readScenario } from '../inputs/scenario.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import type { DiffFlags } from './flags.js';

/** Prints what differs between two plans, both simulated on one trace, as the first plan multiplies it. */
export function diff(planFiles: readonly string[], flags: DiffFlags, io: CliIo, problems: Problems): void {
  if (planFiles.length !== 2)
    problems.add(`plans = ${planFiles.length} ${planFiles.length === 1 ? 'file' : 'files'}, must be two`);
  problems.throwIfAny('FLAG');
  const chosen = planFiles.map((file) => readChosen(file, { pipeline: undefined, stage: undefined }, io, problems));
  const tracePath = flags.trace === undefined ? chosen[0]!.defaults.tracePath : pathFrom(io, flags.trace);
  if (tracePath === undefined) throw new InputError('FLAG', `${planFiles[0]}: names no trace: add --trace FILE`);
  const traceScale = (flags.trace === undefined ? chosen[0]!.defaults.traceScale : undefined) ?? 1;
  const sides = chosen.map(({ plan, planPath, configuration, defaults }) => {
    const { paths, trace, slo, ...inputs } = readScenario({
      io,
      flags: {},
      defaults: { ...defaults, tracePath, traceScale },
      problems,
      readTrace: (path, scale) => openTraceOrRead(path, scale, problems),
      needsSlo: false,
      configuration,
    });
    if (plan && planPath) warnOfChanges(plan, planPath, paths, io);
    const ordered = inPipelineOrder(inputs.pipeline, configuration);
    const simulation = simulate({ ...inputs, ...(slo && { slo }), configuration: ordered, arrivals: trace });
    trace.close();
    return { plan: shownPath(planPath!), simulation };
  });
  const compared = { trace: shownPath(tracePath), before: sides[0]!, after: sides[1]! };
  io.stdout(flags.json ? diffJson(compared) : formatDiff(compared, reportStyle(io)));
}
