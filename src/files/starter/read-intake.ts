/** Reads the files of a running system, by the kind of system. */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { InputError } from '../../errors.js';
import type { Intake } from '../intake/intake.js';
import { kserveIntake } from '../intake/kserve.js';
import { loadExportIntake } from '../intake/load-export.js';
import { type MeasuredOn, modelAnalyzerIntake, perfAnalyzerIntake } from '../intake/model-analyzer.js';
import { rayServeIntake } from '../intake/ray-serve.js';
import { otelIntake } from '../intake/spans/otel.js';
import { type TritonModel, tritonIntake } from '../intake/triton.js';
import { fileExists } from '../system/file-exists.js';
import { readTextFile, shownPath } from '../system/read-text.js';
import { systemProblem } from '../system/system-problem.js';
import { readYamlFile } from '../yaml-file.js';

/** Systems and tools whose files become a pipeline. */
export const INTAKE_KINDS = ['otel', 'triton', 'kserve', 'ray', 'model-analyzer', 'perf-analyzer', 'aiperf'] as const;
export type IntakeKindName = (typeof INTAKE_KINDS)[number];

/** What each kind reads, in words. */
export const INTAKE_SOURCES: Readonly<Record<IntakeKindName, string>> = {
  otel: 'traces of OpenTelemetry or Jaeger',
  triton: 'a model repository of Triton',
  kserve: 'a KServe InferenceGraph',
  ray: 'a Ray Serve configuration',
  'model-analyzer': 'a table of Model Analyzer',
  'perf-analyzer': 'measurements of perf_analyzer',
  aiperf: 'a summary of AIPerf or genai-perf',
};

/** The kinds that bring service times, which were measured on some hardware. */
export const MEASURED_KINDS: readonly IntakeKindName[] = ['otel', 'model-analyzer', 'perf-analyzer', 'aiperf'];

const CONFIG_MIB = 1;
const TRACES_MIB = 256;
const MOST_MODELS = 1000;

/** What the files do not say. */
export interface IntakeQuestion extends Omit<MeasuredOn, 'model'> {
  readonly pick?: string;
  readonly model?: string;
}

/** @throws InputError for files of another kind, by name and place */
export function readIntake(kind: IntakeKindName, path: string, question: IntakeQuestion): Intake {
  const shown = shownPath(path);
  const on = { ...question, model: question.model ?? modelFrom(path) };
  switch (kind) {
    case 'otel':
      return otelIntake(shown, readTextFile(path, TRACES_MIB), on.hardware);
    case 'triton':
      return tritonIntake(shown, tritonModels(path), question.pick);
    case 'kserve':
      return kserveIntake(graphIn(path), shown);
    case 'ray':
      return rayServeIntake(readYamlFile(path).value, shown, question.pick);
    case 'model-analyzer':
      return modelAnalyzerIntake(shown, readTextFile(path), on);
    case 'perf-analyzer':
      return isJson(path)
        ? loadExportIntake(shown, readJson(path), on)
        : perfAnalyzerIntake(shown, readTextFile(path), on);
    case 'aiperf':
      return loadExportIntake(shown, readJson(path), on);
  }
}

/** A folder with a config.pbtxt is a model, or one with a version, whose configuration Triton completes. */
function tritonModels(repository: string): readonly TritonModel[] {
  const shown = shownPath(repository);
  let names: readonly string[];
  try {
    if (!statSync(repository).isDirectory()) {
      throw new InputError('FILE', `${shown}: is a file, must be the folder of a model repository`);
    }
    names = readdirSync(repository).sort();
  } catch (error) {
    throw error instanceof InputError ? error : systemProblem(error, shown);
  }
  const models = names.filter(
    (name) => fileExists(join(repository, name, 'config.pbtxt')) || hasVersion(join(repository, name)),
  );
  if (models.length > MOST_MODELS) {
    throw new InputError('INTAKE', `${shown}: ${models.length} models, must be at most ${MOST_MODELS}`);
  }
  return models.map((name) => {
    const config = join(repository, name, 'config.pbtxt');
    const text = fileExists(config) ? readTextFile(config, CONFIG_MIB) : undefined;
    return { name, config: text, shown: shownPath(config) };
  });
}

/** Versions of a model are folders named by numbers. */
function hasVersion(folder: string): boolean {
  try {
    return readdirSync(folder, { withFileTypes: true }).some(
      (entry) => entry.isDirectory() && /^[1-9]\d*$/.test(entry.name),
    );
  } catch {
    return false;
  }
}

/** The InferenceGraph among the documents of a file. */
function graphIn(path: string): unknown {
  const documents = parseAllDocuments(readTextFile(path, CONFIG_MIB), { maxAliasCount: 100 } as object);
  if (!Array.isArray(documents) || documents.length <= 1) return readYamlFile(path).value;
  const graphs = documents.filter(({ errors }) => errors.length === 0).map((document) => document.toJS() as unknown);
  return graphs.find((value) => (value as { kind?: unknown } | null)?.kind === 'InferenceGraph');
}

function isJson(path: string): boolean {
  return extname(path) === '.json';
}

function readJson(path: string): unknown {
  const text = readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError('INTAKE', `${shownPath(path)}: not JSON: ${(error as Error).message}`);
  }
}

/** A model's name from a file's, where the file does not tell. */
function modelFrom(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]/g, '-');
  return /^[A-Za-z0-9]/.test(name) ? name : 'model';
}
