/** Reads `pipeline.yaml`: stages, edges, objective, and the paths of profiles, hardware and trace. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkPipeline } from '../../model/check-pipeline.js';
import { isPercentile, percentileRule } from '../../model/check-slo.js';
import { orderStages } from '../../model/order-stages.js';
import { openEdges, type Pipeline } from '../../model/pipeline.js';
import type { Slo } from '../../model/slo.js';
import {
  addProblem,
  checkVersion,
  durationMs,
  type Entry,
  fields,
  items,
  numberWithin,
  type Path,
  pathText,
  problemLine,
  refuse,
  text,
} from '../entry.js';
import { refuseOtherKind } from '../file-kind.js';
import { LONGEST_MS, SHORTEST_MS } from '../limits.js';
import { readYamlFile } from '../yaml-file.js';
import { readStages } from './pipeline-stages.js';

const VERSION = 1;
const DEFAULT_PERCENTILE = 99;

/** A pipeline as in its file, with absolute paths. */
export interface PipelineFile {
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly slo?: Slo;
  readonly profilePaths: readonly string[];
  /** `x.samples.csv` beside a profile `x.csv`, where it exists. */
  readonly samplesPaths: readonly string[];
  readonly hardwarePath: string;
  readonly tracePath?: string;
  /** Module whose `queryInputs(seed)` gives the inputs of sample queries (docs/examples.md). */
  readonly queriesPath?: string;
  /**
   * One line per edge that does not say whether a query or each of its items takes it, though it makes a difference.
   */
  readonly warnings: readonly string[];
}

/** Reads and checks the file, but not the files it names. Throws one InputError with every problem. */
export function readPipelineFile(path: string): PipelineFile {
  const root = readYamlFile(path);
  refuseOtherKind(root, 'pipeline file');
  checkVersion(root, VERSION, `This infer-plan reads version ${VERSION} of the pipeline file.`);
  const field = fields(
    root,
    ['version', 'name', 'profiles', 'hardware', 'stages'],
    ['slo', 'percentile', 'trace', 'queries'],
  );
  const name = text(field.name);
  const slo = readSlo(field.slo, field.percentile);
  const folder = dirname(resolve(path));
  const profilePaths = readProfilePaths(field.profiles).map((profile) => resolve(folder, profile));
  const hardware = pathText(field.hardware, 'the path of a hardware file');
  const trace = field.trace === undefined ? undefined : pathText(field.trace, 'the path of a trace');
  const queries = field.queries === undefined ? undefined : pathText(field.queries, 'the path of a module');
  const stages = readStages(field.stages, folder);
  for (const problem of checkPipeline(stages)) addProblem(root.file, problem.path, problem.text);
  root.file.problems.throwIfAny('PIPELINE');
  const pipeline = { name, stages: orderStages(stages).stages };
  return {
    path: resolve(path),
    pipeline,
    warnings: openEdges(pipeline).map(({ stage, place, items }) => {
      const { from } = stage.parents[place]!;
      const at: Path = ['stages', stages.indexOf(stage), 'parents', place];
      const meaning = `say \`per: item\` if each goes on to ${stage.name}, \`per: query\` if the query does once`;
      return problemLine(root.file, at, `= ${from}: a query can have ${items} items there; ${meaning} (assumed)`);
    }),
    ...(slo === undefined ? {} : { slo }),
    profilePaths,
    samplesPaths: profilePaths.map(samplesPathOf).filter((samples) => existsSync(samples)),
    hardwarePath: resolve(folder, hardware),
    ...(trace === undefined ? {} : { tracePath: resolve(folder, trace) }),
    ...(queries === undefined ? {} : { queriesPath: resolve(folder, queries) }),
  };
}

/**
 * The files that a pipeline file names, where they can be made out: also of a file with other problems. Never throws
 * for those.
 */
export function filesNamedIn(path: string): Partial<Pick<PipelineFile, 'profilePaths' | 'hardwarePath' | 'tracePath'>> {
  const { value } = readYamlFile(path);
  if (typeof value !== 'object' || value === null) return {};
  const { profiles, hardware, trace } = value as Readonly<Record<string, unknown>>;
  const isPath = (given: unknown): given is string => typeof given === 'string' && given !== '';
  const inFolder = (given: string) => resolve(dirname(resolve(path)), given);
  const profilePaths = (Array.isArray(profiles) ? profiles : [profiles]).filter(isPath).map(inFolder);
  return {
    ...(profilePaths.length > 0 && { profilePaths }),
    ...(isPath(hardware) && { hardwarePath: inFolder(hardware) }),
    ...(isPath(trace) && { tracePath: inFolder(trace) }),
  };
}

/** Path of the measurements behind a profile: `x.samples.csv` beside `x.csv`. */
export function samplesPathOf(profilePath: string): string {
  return `${profilePath.replace(/\.csv$/i, '')}.samples.csv`;
}

function readSlo(slo: Entry | undefined, percentile: Entry | undefined): Slo | undefined {
  const latencyMs =
    slo === undefined
      ? undefined
      : durationMs(slo, (ms) => ms >= SHORTEST_MS && ms <= LONGEST_MS, 'more than 0 and at most 1d');
  const parts =
    percentile === undefined
      ? DEFAULT_PERCENTILE
      : numberWithin(percentile, isPercentile, percentileRule(percentile.value));
  if (latencyMs !== undefined) return { latencyMs, percentile: parts };
  if (percentile !== undefined) refuse(percentile, 'left out where there is no slo');
  return undefined;
}

function readProfilePaths(entry: Entry): readonly string[] {
  const paths = typeof entry.value === 'string' ? [entry] : items(entry, 'paths of profiles');
  const seen = new Set<string>();
  return paths.map((item) => {
    const path = pathText(item, 'the path of a profile');
    if (seen.has(path) && path !== '') refuse(item, 'named once');
    seen.add(path);
    return path;
  });
}
