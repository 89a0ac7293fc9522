/** Fingerprints of input files. A plan keeps them, so that a later reader sees whether a file has changed. */
import { createHash } from 'node:crypto';
import { type InputFile, openInput } from './input-file.js';
import { shownPath } from './read-text.js';
import { isStandardInput, standardInput } from './standard-input.js';
import { systemProblem } from './system-problem.js';

const CHUNK_BYTES = 1 << 20;

/** SHA-256 of a file in hexadecimal, read piece by piece. Throws InputError `FILE` when it cannot be read. */
export function sha256OfFile(path: string): string {
  const hash = createHash('sha256');
  if (isStandardInput(path)) return hash.update(standardInput()).digest('hex');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let file: InputFile | undefined;
  try {
    file = openInput(path, shownPath(path));
    for (;;) {
      const count = file.read(chunk, 0);
      if (count === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, count));
    }
  } catch (error) {
    throw systemProblem(error, shownPath(path));
  } finally {
    file?.close();
  }
}
