/** Writes files that must not exist yet. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../../errors.js';
import { shownPath } from '../system/read-text.js';
import { systemProblem } from '../system/system-problem.js';

/** Throws InputError `FILE` with one line for each path that something stands at. */
export function refuseExisting(paths: readonly string[]): void {
  const present = paths.filter((path) => existsSync(path)).map((path) => `${shownPath(path)}: exists already`);
  if (present.length === 0) return;
  throw new InputError('FILE', present, 'Nothing is overwritten: name another folder, or move them away.');
}

/** Makes a folder and those above it. Throws InputError `FILE` when that is not possible. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw systemProblem(error, shownPath(path));
  }
}

/** Writes all files, in order, each by its own function; where one fails, those before it are removed again. */
export async function writeAllOrNone(
  files: readonly { readonly path: string; write(path: string): unknown }[],
): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, write } of files) {
      makeFolder(dirname(path));
      await write(path);
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    throw error;
  }
}
