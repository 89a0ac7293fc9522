import { existsSync } from 'node:fs';

/** Whether anything stands at a path; a folder nobody may look into counts as empty. */
export function fileExists(path: string): boolean {
  return existsSync(path);
}
