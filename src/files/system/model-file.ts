/** Files sent to a measuring machine: a model's bytes and the measuring program. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readTextFile, shownPath } from './read-text.js';
import { systemProblem } from './system-problem.js';

const AGENT = fileURLToPath(new URL('../../../bin/measuring-agent.py', import.meta.url));

/** The bytes of a model in base64. Throws InputError `FILE` when it cannot be read. */
export function readModelFile(path: string): string {
  try {
    return readFileSync(path).toString('base64');
  } catch (error) {
    throw systemProblem(error, shownPath(path));
  }
}

/** The text of the measuring agent, a part of the package. */
export function readMeasuringAgent(): string {
  return readTextFile(AGENT);
}
