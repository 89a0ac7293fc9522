/** Names of the files that a run keeps for its pipeline. */
import { createHash } from 'node:crypto';

const SAFE = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,99}$/u;
const UNSAFE = /[^\p{L}\p{N}_ .-]|^[ .-]/gu;
const SHOWN_CHARS = 60;
const DIGITS = 8;

/**
 * The pipeline's name and an ending, as a name in one folder: `small.tune.journal`. A name that would lead out of the
 * folder, be hidden or be too long is cut to what is safe, with a fingerprint, so that no two names become one.
 */
export function pipelineFileName(pipeline: string, ending: string): string {
  if (SAFE.test(pipeline)) return `${pipeline}${ending}`;
  const fingerprint = createHash('sha256').update(pipeline).digest('hex').slice(0, DIGITS);
  return `${pipeline.replace(UNSAFE, '_').slice(0, SHOWN_CHARS)}-${fingerprint}${ending}`;
}
