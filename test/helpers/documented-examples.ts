/** The example files of a page of documentation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Text of each fenced block whose first line names a file (```yaml pipeline.yaml), by that name. */
export function examplesOf(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8');
  const blocks = text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name, body]) => [name!, body!]));
}
