import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for files that are written again and again. Its owner removes it. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'infer-plan-fuzz-'));
}
