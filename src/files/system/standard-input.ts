/**
 * Standard input as a file: `-` where a path is expected. It is read to its end once, and kept for whoever reads it
 * again.
 */
import { basename } from 'node:path';
import { InputError } from '../../errors.js';
import { openStandardInput } from './input-file.js';

/** Stands for standard input where a file is read, and for standard output where one is written. */
export const STANDARD_STREAM = '-';

const CHUNK_BYTES = 1 << 20;
const BYTES_PER_MIB = 2 ** 20;
const MOST_MIB = 256;

/** Whether a path, as it was typed or made absolute, is standard input. Its folder is then the current one. */
export function isStandardInput(path: string): boolean {
  return basename(path) === STANDARD_STREAM;
}

let kept: Buffer | undefined;

/** All of standard input. Throws InputError `FILE` when it is longer than `maxMib` mebibytes, 256 at most. */
export function standardInput(maxMib = MOST_MIB): Buffer {
  kept ??= readAll(Math.min(maxMib, MOST_MIB));
  return kept;
}

function readAll(maxMib: number): Buffer {
  const input = openStandardInput();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const count = input.read(chunk, 0);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(Buffer.from(chunk.subarray(0, count)));
      length += count;
      if (length > maxMib * BYTES_PER_MIB)
        throw new InputError(
          'FILE',
          `standard input: more than ${maxMib} MiB, must be at most ${maxMib} MiB`,
          'Write it to a file and name that.',
        );
    }
  } finally {
    input.close();
  }
}
