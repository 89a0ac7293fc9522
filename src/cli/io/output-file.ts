import { type LineFile, openLineFile } from '../../files/system/line-file.js';
import { STANDARD_STREAM } from '../../files/system/standard-input.js';
import { type CliIo, pathFrom } from './io.js';

/**
 * Whether an option that names a file to write means standard output. What else is printed then goes to standard error.
 */
export function isStandardOutput(path: string | undefined): boolean {
  return path === STANDARD_STREAM;
}

/** A file that is written line by line during a run, or standard output. */
export function openLines(path: string, io: CliIo): LineFile {
  if (!isStandardOutput(path)) return openLineFile(pathFrom(io, path));
  return { add: (text) => io.stdout(text), finish() {}, discard() {} };
}
