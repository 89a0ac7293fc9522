import { basename } from 'node:path';
import { InputError } from '../../errors.js';
import { readPipelineFile } from '../../files/pipeline/pipeline-file.js';
import type { Problems } from '../../files/problems.js';
import { readProfileFiles } from '../../files/profile/profile-file.js';
import { fileExists } from '../../files/system/file-exists.js';
import { readTextFile, shownPath } from '../../files/system/read-text.js';
import { camelCased, formatJson } from '../../report/json.js';
import type { Document } from '../../report/page/document.js';
import {
  comparedDocument,
  joined,
  planDocument,
  replayDocument,
  simulationDocument,
} from '../../report/page/documents.js';
import { fidelityDocument } from '../../report/page/fidelity-page.js';
import { frontierDocument } from '../../report/page/frontier-page.js';
import { loadDocument } from '../../report/page/load-page.js';
import { curvesOf, profileDocument } from '../../report/page/profile-page.js';
import { documentText } from '../../report/page/text.js';
import { readChosen, warnOfChanges } from '../inputs/chosen-configuration.js';
import { openTraceOrRead } from '../inputs/named-files.js';
import { readScenario } from '../inputs/scenario.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { writePage } from '../io/write-page.js';
import type { ReportFlags } from './flags.js';
import { shownConfiguration } from './shown-configuration.js';

const DOCUMENT_VERSION = 1;
type Values = Readonly<Record<string, unknown>>;

/** Makes the page, or prints what would stand on it. */
export async function report(
  files: readonly string[],
  flags: ReportFlags,
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const documents = files.flatMap((file) => problems.attempt(() => [documentOf(file, io, problems)]) ?? []);
  problems.throwIfAny('INPUT');
  const document = joined(documents);
  try {
    if (flags.json) io.stdout(formatJson({ version: DOCUMENT_VERSION, ...document }));
    else if (flags.text) io.stdout(documentText(document, reportStyle(io)));
    else await writePage(flags.output, () => document, io);
  } catch (error) {
    throw ofDamage(error, files.join(', '));
  }
}

/** A result is taken as a command printed it. One that was changed by hand shows where a value is not what it was. */
function ofDamage(error: unknown, shown: string): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  return new InputError('REPORT', `${shown}: not a whole result of infer-plan: ${error.message}`);
}

function documentOf(file: string, io: CliIo, problems: Problems): Document {
  const path = pathFrom(io, file);
  if (/\.ya?ml$/.test(path)) return planPage(file, io, problems);
  if (path.endsWith('.csv')) return profileDocument(`Profiles, ${basename(path)}`, readProfileFiles([path]));
  try {
    return resultPage(path, io);
  } catch (error) {
    throw ofDamage(error, shownPath(path));
  }
}

function planPage(file: string, io: CliIo, problems: Problems): Document {
  const { plan, planPath, configuration, defaults } = readChosen(
    file,
    { pipeline: undefined, stage: undefined },
    io,
    problems,
  );
  const { paths, trace, ...scenario } = readScenario({
    io,
    flags: {},
    defaults,
    problems,
    readTrace: (path, scale) => openTraceOrRead(path, scale, problems),
    needsSlo: false,
    configuration,
  });
  warnOfChanges(plan!, planPath!, paths, io);
  try {
    return planDocument(plan!, shownConfiguration(scenario, configuration, trace));
  } finally {
    trace.close();
  }
}

/** What other commands print with --json, told apart by the keys that only one of them has. */
function resultPage(path: string, io: CliIo): Document {
  const shown = shownPath(path);
  const result = readResult(path);
  const made = `of ${basename(path)}`;
  if (has(result, 'outcomes', 'decisions')) return replayDocument(`Replay ${made}`, result as never);
  if (has(result, 'rows', 'targets')) return comparedDocument(`Policies ${made}`, result as never);
  if (has(result, 'points', 'pipeline')) return frontierDocument(result as never, String(result.pipeline));
  if (has(result, 'seconds', 'sendLag')) return loadDocument(result as never);
  if (has(result, 'figures', 'runs')) return fidelityDocument(result as never);
  if (has(result, 'rows', 'measuredAt')) return profileDocument(`Profile ${made}`, curvesOf(result.rows as never));
  if (has(result, 'latency', 'stages', 'costUsdPerHour')) {
    const pipeline = pipelineOf(result, io);
    return simulationDocument({ result: result as never, ...(pipeline && { pipeline }) });
  }
  throw new InputError(
    'REPORT',
    `${shown}: no result that a page can show, must be the JSON of simulate, frontier, tune --replay, compare, load, validate or profile`,
    'A plan is shown from its plan.yaml.',
  );
}

function readResult(path: string): Values {
  const text = readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError('REPORT', `${shownPath(path)}: not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('REPORT', `${shownPath(path)}: no result: must be one JSON object`);
  }
  return camelCased(value) as Values;
}

function has(result: Values, ...keys: readonly string[]): boolean {
  return keys.every((key) => Object.hasOwn(result, key));
}

/** The pipeline that a result was made from, where its file is still there with the same stages. */
function pipelineOf({ provenance, stages }: Values, io: CliIo) {
  const inputs = (provenance as { inputs?: readonly { role: string; path: string }[] } | undefined)?.inputs;
  const named = inputs?.find(({ role }) => role === 'pipeline')?.path;
  const path = named === undefined ? undefined : pathFrom(io, named);
  if (path === undefined || !fileExists(path)) return undefined;
  const { pipeline } = readPipelineFile(path);
  const shown = new Set((stages as readonly { stage: string }[]).map(({ stage }) => stage));
  return pipeline.stages.length === shown.size && pipeline.stages.every(({ name }) => shown.has(name))
    ? pipeline
    : undefined;
}
