import { EXIT, InputError } from '../../errors.js';
import { fileExists } from '../../files/file-exists.js';
import { readPlanFile } from '../../files/plan-file.js';
import { Problems } from '../../files/problems.js';
import { openRecordsFile, type RecordsFile } from '../../files/records-file.js';
import { openTraceFile } from '../../files/trace-file.js';
import { inPipelineOrder } from '../../model/check-configuration.js';
import type { Configuration } from '../../model/configuration.js';
import type { Plan } from '../../model/plan.js';
import { formatSimulation, simulationJson } from '../../report/simulation-report.js';
import { simulate } from '../../simulation/simulate.js';
import type { SimulationResult } from '../../simulation/simulation-result.js';
import { parseStageChoice } from '../flag-values.js';
import { type CliIo, pathFrom } from '../io.js';
import { loadInputs } from '../load-inputs.js';
import { changedSince, defaultsOfPlan, inputFiles, toolName } from '../provenance.js';
import type { SimulateFlags } from './simulate.js';

/** Simulates, prints the result, and writes the records that were asked for. */
export function simulateCommand(planFile: string | undefined, flags: SimulateFlags, io: CliIo): void {
  const problems = new Problems();
  const choices = (flags.stage ?? []).flatMap(
    (text) => problems.attempt(() => parseStageChoice(text, '--stage')) ?? [],
  );
  const planPath = planPathOf(planFile, flags, io);
  const plan = planPath && problems.attempt(() => readPlanFile(planPath));
  if (planPath && !plan) problems.throwIfAny('INPUT'); // without its plan nothing else can be looked up
  const planned = plan && planPath ? defaultsOfPlan(plan, planPath) : {};
  const configuration = whatIf(plan ? plan.stages : [], choices);
  const { paths, trace, ...inputs } = loadInputs({
    io,
    flags,
    defaults: {
      ...planned,
      pipelinePath: flags.pipeline
        ? pathFrom(io, flags.pipeline)
        : (planned.pipelinePath ?? pathFrom(io, 'pipeline.yaml')),
    },
    problems,
    readTrace: openTraceFile,
    needsSlo: flags.check === true,
    configuration,
  });
  if (plan && planPath) {
    for (const path of changedSince(plan, planPath, paths)) {
      io.stderr(`warning: ${path} has changed since the plan was made\n`);
    }
  }

  const ordered = inPipelineOrder(inputs.pipeline, configuration);
  const result = withRecords(flags.records && pathFrom(io, flags.records), (onEnd) =>
    simulate({ ...inputs, configuration: ordered, arrivals: trace, ...(onEnd && { onEnd }) }),
  );
  trace.close();
  if (flags.json) {
    const { seed, serviceModel } = inputs;
    io.stdout(simulationJson(result, { tool: toolName(), seed, serviceModel, inputs: inputFiles(paths, io.cwd) }));
  } else io.stdout(formatSimulation(result, { terminal: io.isTerminal, color: io.color }));
  if (flags.check && result.slo?.holds === false) io.setExitCode(EXIT.infeasible);
}

/** The plan to start from: the one named; none when a pipeline is named instead; else the plan of this folder. */
function planPathOf(planFile: string | undefined, flags: SimulateFlags, io: CliIo): string | undefined {
  if (planFile !== undefined) return pathFrom(io, planFile);
  if (flags.pipeline !== undefined) return undefined;
  const path = pathFrom(io, 'plan.yaml');
  if (fileExists(path)) return path;
  if (flags.stage !== undefined) return undefined;
  throw new InputError(
    'FILE',
    'plan.yaml: no such file',
    'Make one with `infer-plan plan`, or name every stage with --stage.',
  );
}

/** The planned choices, those of --stage in place of the plan's or, where a stage is not in the plan, after them. */
function whatIf(planned: Plan['stages'], choices: Configuration): Configuration {
  const kept = planned.filter(({ stage }) => !choices.some((choice) => choice.stage === stage));
  const bare = kept.map(({ stage, hardware, maxBatchSize, replicas }) => ({ stage, hardware, maxBatchSize, replicas }));
  return [...bare, ...choices];
}

/** Runs a simulation that writes its queries to `path`, or to nowhere; on failure no file is left. */
function withRecords(
  path: string | undefined,
  run: (onEnd?: RecordsFile['add']) => SimulationResult,
): SimulationResult {
  if (!path) return run();
  const records = openRecordsFile(path);
  try {
    const result = run(records.add);
    records.finish();
    return result;
  } catch (error) {
    records.discard();
    throw error;
  }
}
