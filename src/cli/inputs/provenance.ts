/** What a result rests on: the tool, and the files with their fingerprints. */
import { dirname, relative, resolve } from 'node:path';
import { Problems } from '../../files/problems.js';
import { sha256OfFile } from '../../files/system/hash.js';
import type { InputFile, Plan } from '../../model/plan/plan.js';
import type { InputDefaults, InputPaths } from './planning-inputs.js';
import { toolVersion } from './tool-version.js';

/** How results name the program that made them. */
export function toolName(): string {
  return `infer-plan ${toolVersion()}`;
}

/** The files with their fingerprints, paths relative to `folder`. Throws InputError when one cannot be read. */
export function inputFiles(paths: InputPaths, folder: string): InputFile[] {
  const fileOf = (role: InputFile['role']) => (path: string) => ({
    role,
    path: relative(folder, path),
    sha256: sha256OfFile(path),
  });
  return [
    fileOf('pipeline')(paths.pipeline),
    ...paths.profiles.map(fileOf('profiles')),
    ...paths.samples.map(fileOf('samples')),
    fileOf('hardware')(paths.hardware),
    fileOf('trace')(paths.trace),
  ];
}

/** Where a plan was made from, as defaults for whoever reads it; undefined roles were not recorded. */
export function defaultsOfPlan({ slo, serviceModel, provenance }: Plan, planPath: string): Partial<InputDefaults> {
  const pathsOf = (role: InputFile['role']) =>
    provenance.inputs.filter((input) => input.role === role).map(({ path }) => resolve(dirname(planPath), path));
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
    ...(profilePaths.length === 0 ? {} : { profilePaths }),
  };
}

/** Inputs among `paths` whose bytes are no longer those the plan was made from, as the plan names them. */
export function changedSince({ provenance }: Plan, planPath: string, paths: InputPaths): string[] {
  const inUse = new Set([paths.pipeline, ...paths.profiles, ...paths.samples, paths.hardware, paths.trace]);
  return provenance.inputs
    .filter(({ path, sha256 }) => {
      const absolute = resolve(dirname(planPath), path);
      return inUse.has(absolute) && new Problems().attempt(() => sha256OfFile(absolute)) !== sha256;
    })
    .map(({ path }) => path);
}
