import { existsSync } from 'node:fs';

/** Whether a path exists; a folder that may not be read counts as empty. */
export function fileExists(path: string): boolean {
  return existsSync(path);
}
