/** What a result rests on: the tool, and the files with their fingerprints. */
import { dirname, relative, resolve } from 'node:path';
import { Problems } from '../../files/problems.js';
import { sha256OfFile } from '../../files/system/hash.js';
import { isStandardInput } from '../../files/system/standard-input.js';
import type { InputFile, Plan } from '../../model/plan/plan.js';
import type { ScenarioDefaults, ScenarioPaths } from './scenario.js';
import { toolVersion } from './tool-version.js';

/** How results name the program that made them. */
export function toolName(): string {
  return `infer-plan ${toolVersion()}`;
}

/**
 * The files that were read, with their fingerprints and their paths relative to `folder`. Throws InputError when one
 * cannot be read.
 */
export function inputFiles(paths: Partial<ScenarioPaths>, folder: string): InputFile[] {
  return inRoles(paths).map(({ role, path }) => ({ role, path: relative(folder, path), sha256: sha256OfFile(path) }));
}

/** In the order in which results list them. */
function inRoles({ pipeline, profiles = [], samples = [], hardware, trace }: Partial<ScenarioPaths>) {
  const list = (role: InputFile['role'], paths: readonly (string | undefined)[]) =>
    paths.flatMap((path) => (path === undefined ? [] : [{ role, path }]));
  return [
    ...list('pipeline', [pipeline]),
    ...list('profiles', profiles),
    ...list('samples', samples),
    ...list('hardware', [hardware]),
    ...list('trace', [trace]),
  ];
}

/**
 * Where a plan was made from, as defaults for whoever reads it; Roles that were not recorded are undefined, and so is
 * what came from standard input.
 */
export function defaultsOfPlan({ slo, serviceModel, provenance }: Plan, planPath: string): Partial<ScenarioDefaults> {
  const pathsOf = (role: InputFile['role']) =>
    provenance.inputs
      .filter((input) => input.role === role && !isStandardInput(input.path))
      .map(({ path }) => resolve(dirname(planPath), path));
  const [pipelinePath] = pathsOf('pipeline');
  const [hardwarePath] = pathsOf('hardware');
  const [tracePath] = pathsOf('trace');
  const profilePaths = pathsOf('profiles');
  return {
    slo,
    serviceModel,
    seed: provenance.seed,
    ...(pipelinePath === undefined ? {} : { pipelinePath }),
    ...(hardwarePath === undefined ? {} : { hardwarePath }),
    ...(tracePath === undefined ? {} : { tracePath }),
    ...(provenance.traceScale === undefined ? {} : { traceScale: provenance.traceScale }),
    ...(profilePaths.length === 0 ? {} : { profilePaths }),
  };
}

/**
 * Inputs of the plan that are also among `paths` and have changed since the plan was made. Each is named as the plan
 * names it.
 */
export function changedSince({ provenance }: Plan, planPath: string, paths: ScenarioPaths): string[] {
  const inUse = new Set(inRoles(paths).map(({ path }) => path));
  return provenance.inputs
    .filter(({ path, sha256 }) => {
      if (isStandardInput(path)) return false;
      const absolute = resolve(dirname(planPath), path);
      return inUse.has(absolute) && new Problems().attempt(() => sha256OfFile(absolute)) !== sha256;
    })
    .map(({ path }) => path);
}
