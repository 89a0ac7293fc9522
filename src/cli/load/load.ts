import { EXIT } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { recordsFile } from '../../files/records-file.js';
import type { LineFile } from '../../files/system/line-file.js';
import { shownPath } from '../../files/system/read-text.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import { waitUntilReady } from '../../load/endpoint-readiness.js';
import type { LoadResult } from '../../load/load-result.js';
import { queryBodies } from '../../load/query-bodies.js';
import { openQueryModule } from '../../load/query-module.js';
import { type LoadRequest, runLoad } from '../../load/run-load.js';
import {
  formatLoad,
  formatLoadSecond,
  lateWarning,
  loadJson,
  loadSecondHeading,
  notSentWarning,
} from '../../report/load-report.js';
import { loadDocument } from '../../report/page/load-page.js';
import { usFromMs } from '../../units.js';
import { cutSource } from '../../workload/reshape.js';
import { inputFiles, toolName } from '../inputs/provenance.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { isStandardOutput, openLines } from '../io/output-file.js';
import { writePage } from '../io/write-page.js';
import type { LoadFlags } from './flags.js';
import { readLoadInputs } from './inputs.js';

/** Loads the endpoint, tells what happens each second, prints the result and writes the files that were asked for. */
export async function load(
  pipeline: string | undefined,
  flags: LoadFlags,
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const inputs = readLoadInputs(pipeline, flags, io, problems);
  const { model, slo, seed, queriesPath, timeoutMs, limitInFlight, queries } = inputs;
  const { url } = flags;
  const drawInputs = queriesPath && (await openQueryModule(queriesPath, shownPath(queriesPath)));
  const body = queryBodies({ ...(drawInputs && { inputs: drawInputs }), seed, queries });
  await waitUntilReady({ url, model, limitMs: inputs.waitMs });

  const interrupt = io.catchInterrupt();
  const request = { url, model, body, timeoutMs, limitInFlight, isStopped: () => interrupt.isAsked };
  let result: LoadResult;
  try {
    if (inputs.warmUpMs > 0) {
      io.stderr('warming up\n');
      await runLoad({
        ...request,
        arrivals: cutSource(inputs.arrivals(), { fromUs: 0, toUs: usFromMs(inputs.warmUpMs) }),
      });
    }
    io.stderr(loadSecondHeading(io.columns));
    result = await withRecords(flags.records === undefined ? undefined : openLines(flags.records, io), {
      ...request,
      arrivals: inputs.arrivals(),
      ...(slo === undefined ? {} : { slo }),
      onSecond: (second) => io.stderr(formatLoadSecond(second, io.columns)),
    });
  } finally {
    interrupt.release();
  }
  if (result.failures.notSent > 0) io.stderr(notSentWarning(result, limitInFlight));
  io.stderr(lateWarning(result));

  const json = loadJson(result, { tool: toolName(), seed, url, model, inputs: inputFiles(inputs.paths, io.cwd) });
  const { output, records } = flags;
  if (isStandardOutput(output)) io.stdout(json);
  else if (output !== undefined) writeFileAtomically(pathFrom(io, output), json);
  const print = isStandardOutput(output) || isStandardOutput(records) ? io.stderr : io.stdout;
  print(flags.json ? json : formatLoad(result, reportStyle(io)));
  await writePage(flags.report, () => loadDocument(result), io);
  if (flags.check && result.slo?.holds !== true) io.setExitCode(EXIT.infeasible);
}

/** Runs the load and writes its queries to `lines`, or to nowhere; on failure no file is left. */
async function withRecords(lines: LineFile | undefined, request: LoadRequest): Promise<LoadResult> {
  if (lines === undefined) return await runLoad(request);
  const records = recordsFile(lines);
  try {
    const result = await runLoad({ ...request, onEnd: records.add });
    records.finish();
    return result;
  } catch (error) {
    records.discard();
    throw error;
  }
}
