/** Temporary files beside the file that they become. */
import { openSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface FreshFile {
  readonly path: string;
  readonly file: number;
}

/**
 * Opens a new temporary file in the folder of `target`. What stands under its name, such as a link that somebody put
 * there, is removed and never followed. Throws the system's error.
 */
export function openFresh(target: string, mode?: number): FreshFile {
  const path = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  rmSync(path, { force: true });
  return { path, file: openSync(path, 'wx', mode) };
}
