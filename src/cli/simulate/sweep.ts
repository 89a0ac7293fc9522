import { EXIT } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import { formatSimulationSweep, simulationSweepJson } from '../../report/plan/simulation-sweep-report.js';
import { simulate } from '../../simulation/simulate.js';
import { readChosen, warnOfChanges } from '../inputs/chosen-configuration.js';
import { openTraceOrRead } from '../inputs/named-files.js';
import { inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { type CliIo, reportStyle } from '../io/io.js';
import type { SimulateFlags } from './flags.js';

/** Simulates the configuration at each multiple of the trace's traffic. */
export function simulateSweep(
  planFile: string | undefined,
  flags: SimulateFlags & { sweep: readonly number[] },
  io: CliIo,
  problems: Problems,
): void {
  const { plan, planPath, configuration, defaults } = readChosen(planFile, flags, io, problems);
  const {
    paths,
    trace: tracePath,
    ...inputs
  } = readScenario({
    io,
    flags,
    defaults,
    problems,
    readTrace: (path) => {
      openTraceOrRead(path, 1, problems).close();
      return path;
    },
    needsSlo: flags.check,
    configuration,
  });
  if (plan && planPath) warnOfChanges(plan, planPath, paths, io);
  const ordered = inPipelineOrder(inputs.pipeline, configuration);
  const points = flags.sweep.map((scale) => {
    const arrivals = openTraceOrRead(tracePath, scale, problems);
    try {
      return { scale, result: simulate({ ...inputs, configuration: ordered, arrivals }) };
    } finally {
      arrivals.close();
    }
  });
  const { seed, serviceModel } = inputs;
  const provenance = { tool: toolName(), seed, serviceModel, inputs: inputFiles(paths, io.cwd) };
  io.stdout(flags.json ? simulationSweepJson(points, provenance) : formatSimulationSweep(points, reportStyle(io)));
  if (flags.check && points.some(({ result }) => result.slo?.holds === false)) io.setExitCode(EXIT.infeasible);
}
