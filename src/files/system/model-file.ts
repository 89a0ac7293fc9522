/** Files sent to a measuring machine: a model's bytes and the measuring program. */
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../errors.js';
import { readTextFile, shownPath } from './read-text.js';
import { systemProblem } from './system-problem.js';

const AGENT = fileURLToPath(new URL('../../../bin/measuring-agent.py', import.meta.url));

/** The bytes of a model in base64. Throws InputError `FILE` when it cannot be read, or is no plain file. */
export function readModelFile(path: string): string {
  try {
    if (!statSync(path).isFile()) throw new InputError('FILE', `${shownPath(path)}: is not a plain file, must be one`);
    return readFileSync(path).toString('base64');
  } catch (error) {
    throw systemProblem(error, shownPath(path));
  }
}

/** The text of the measuring agent, a part of the package. */
export function readMeasuringAgent(): string {
  return readTextFile(AGENT);
}
