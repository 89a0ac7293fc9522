import { EXIT } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { type RecordsFile, recordsFile } from '../../files/records-file.js';
import type { LineFile } from '../../files/system/line-file.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import { simulationDocument } from '../../report/page/documents.js';
import { formatSimulation, simulationJson } from '../../report/simulation-report.js';
import { LatencyCurve } from '../../simulation/latency-curve.js';
import type { EndedQueries } from '../../simulation/pipeline-run.js';
import { simulate } from '../../simulation/simulate.js';
import type { SimulationResult } from '../../simulation/simulation-result.js';
import { readChosen, warnOfChanges } from '../inputs/chosen-configuration.js';
import { openTraceOrRead } from '../inputs/named-files.js';
import { inputFiles, toolName } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { type CliIo, reportStyle } from '../io/io.js';
import { isStandardOutput, openLines } from '../io/output-file.js';
import { writePage } from '../io/write-page.js';
import type { SimulateFlags } from './flags.js';

/** Simulates, prints the result, and writes the records that were asked for. */
export async function simulatePlan(
  planFile: string | undefined,
  flags: SimulateFlags,
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const { plan, planPath, configuration, defaults } = readChosen(planFile, flags, io, problems);
  const { paths, trace, traceScale, ...inputs } = readScenario({
    io,
    flags,
    defaults,
    problems,
    readTrace: (path, scale) => openTraceOrRead(path, scale, problems),
    needsSlo: flags.check,
    configuration,
  });
  if (plan && planPath) warnOfChanges(plan, planPath, paths, io);

  const ordered = inPipelineOrder(inputs.pipeline, configuration);
  const curve = flags.report === undefined ? undefined : new LatencyCurve();
  const result = withRecords(flags.records === undefined ? undefined : openLines(flags.records, io), (add) => {
    const takers = [add, curve?.take].filter((one) => one !== undefined);
    const onEnd = (ended: EndedQueries) => {
      for (const take of takers) take(ended);
    };
    return simulate({ ...inputs, configuration: ordered, arrivals: trace, ...(takers.length > 0 && { onEnd }) });
  });
  trace.close();
  const print = isStandardOutput(flags.records) ? io.stderr : io.stdout;
  if (flags.json) {
    const { seed, serviceModel } = inputs;
    print(
      simulationJson(result, {
        tool: toolName(),
        seed,
        serviceModel,
        ...(traceScale !== 1 && { traceScale }),
        inputs: inputFiles(paths, io.cwd),
      }),
    );
  } else print(formatSimulation(result, reportStyle(io), traceScale));
  const { pipeline } = inputs;
  const shown = () => simulationDocument({ pipeline, result, ...(curve && { latencies: curve.points() }) });
  await writePage(flags.report, shown, io);
  if (flags.check && result.slo?.holds === false) io.setExitCode(EXIT.infeasible);
}

/** Runs a simulation that writes its queries to `lines`, or to nowhere; on failure no file is left. */
function withRecords(
  lines: LineFile | undefined,
  run: (onEnd?: RecordsFile['add']) => SimulationResult,
): SimulationResult {
  if (lines === undefined) return run();
  const records = recordsFile(lines);
  try {
    const result = run(records.add);
    records.finish();
    return result;
  } catch (error) {
    records.discard();
    throw error;
  }
}
