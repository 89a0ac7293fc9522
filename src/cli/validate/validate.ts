import { fileURLToPath } from 'node:url';
import { openEngineLog } from '../../backends/local/engine-log.js';
import { startServedPipeline } from '../../backends/local/served-pipeline.js';
import { BackendError } from '../../errors.js';
import { emulatedServices } from '../../fidelity/hand-over.js';
import { predictAndCompare } from '../../fidelity/predict-and-compare.js';
import { slownessIn } from '../../fidelity/slowness.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { waitUntilReady } from '../../load/endpoint-readiness.js';
import { queryBodies } from '../../load/query-bodies.js';
import { openQueryModule } from '../../load/query-module.js';
import type { LoggedBatch } from '../../model/measured/logged-batch.js';
import { fidelityJson, formatFidelity } from '../../report/fidelity-report.js';
import { fidelityDocument } from '../../report/page/fidelity-page.js';
import { msFromS } from '../../units.js';
import { warnOfChanges } from '../inputs/chosen-configuration.js';
import { readPortToken } from '../inputs/port-token.js';
import { inputFiles, toolName } from '../inputs/provenance.js';
import { type CliIo, type Interrupt, reportStyle } from '../io/io.js';
import { writePage } from '../io/write-page.js';
import type { ValidateFlags } from './flags.js';
import { readValidateInputs, serveArguments, type ValidateInputs } from './inputs.js';
import { measureRuns, PIECE_US } from './measure-runs.js';
import { type Pacing, pacingOf } from './pace-between.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/infer-plan.js', import.meta.url));
const START_LIMIT_MS = msFromS(120);

/** Serves, replays, simulates, and prints the two beside each other. */
export async function validate(
  planFile: string | undefined,
  flags: ValidateFlags,
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const token = readPortToken({}, io, problems);
  const validation = readValidateInputs(planFile, flags, io, problems);
  const { inputs, trace, configuration, isEmulated, reprofile, seeds, plan, planPath } = validation;
  const { serviceModel, seed, paths, queriesPath } = inputs;
  if (plan && planPath) warnOfChanges(plan, planPath, paths, io);
  const drawInputs = queriesPath && (await openQueryModule(queriesPath, shownPath(queriesPath)));
  const queries = trace.arrivalsUs.length;
  const body = queryBodies({ ...(drawInputs && { inputs: drawInputs }), seed, queries });

  const interrupt = io.catchInterrupt();
  try {
    const { runs, costs } = await measured(validation, { body, token, interrupt }, io);
    const result = predictAndCompare(inputs, {
      trace,
      configuration,
      costs,
      runs,
      isEmulated,
      ...(reprofile && { pieceUs: PIECE_US }),
      seeds,
    });
    const provenance = { tool: toolName(), seed, serviceModel, inputs: inputFiles(paths, io.cwd) };
    const style = reportStyle(io);
    io.stdout(flags.json ? fidelityJson(result, provenance) : formatFidelity(result, style));
    await writePage(flags.report, () => fidelityDocument({ ...result, ...result.comparison }), io);
  } finally {
    interrupt.release();
  }
}

/** Everything that happens in real time: the engine runs from here to the end of the last run, and not longer. */
async function measured(
  validation: ValidateInputs,
  {
    body,
    token,
    interrupt,
  }: { body: (query: number) => Uint8Array; token: string | undefined; interrupt: Pick<Interrupt, 'isAsked'> },
  io: CliIo,
) {
  const { inputs, trace, configuration, runs, attempts, calibrationMs, reprofile } = validation;
  io.stderr('starting the engine\n');
  const args = serveArguments(validation);
  const served = await startServedPipeline({ program: PROGRAM, args, cwd: io.cwd, limitMs: START_LIMIT_MS });
  const log = openEngineLog(served.url, { token });
  let pacing: Pacing | undefined;
  try {
    await waitUntilReady({ url: served.url, model: inputs.pipeline.name, limitMs: START_LIMIT_MS });
    if (reprofile) pacing = pacingOf(validation, { url: served.url, body, token });
    const load = { url: served.url, model: inputs.pipeline.name, body, isStopped: () => interrupt.isAsked };
    const { slo } = inputs;
    const services = emulatedServices({ ...inputs, configuration });
    const inRun = (batches: readonly LoggedBatch[]) => slownessIn(batches, { ...inputs, configuration });
    const done = await measureRuns(
      {
        load,
        log,
        pid: served.pid,
        trace,
        runs,
        attempts,
        calibrationMs,
        configuration,
        services,
        slownessIn: inRun,
        ...(pacing && { pacing }),
        ...(slo && { slo }),
      },
      io,
    );
    if (done.runs.length === 0) throw new BackendError('INTERRUPTED', 'stopped before a run was complete');
    return done;
  } finally {
    await pacing?.close();
    await log.close();
    await served.stop();
  }
}
