/**
 * Standard input as a file: `-` where a path is expected. It is read to its end once, and kept for whoever reads it
 * again.
 */
import { readSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCode } from './system-problem.js';

/** Stands for standard input where a file is read, and for standard output where one is written. */
export const STANDARD_STREAM = '-';

const STANDARD_INPUT_FILE = 0;
const CHUNK_BYTES = 1 << 20;
const RETRY_MS = 5;

/** Whether a path, as it was typed or made absolute, is standard input. Its folder is then the current one. */
export function isStandardInput(path: string): boolean {
  return basename(path) === STANDARD_STREAM;
}

let kept: Buffer | undefined;

/** All of standard input. */
export function standardInput(): Buffer {
  kept ??= readAll();
  return kept;
}

function readAll(): Buffer {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = readSome(STANDARD_INPUT_FILE, chunk, 0);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

/** Reads into `target` from `offset` on. Waits while a pipe that must not block has nothing yet. */
export function readSome(file: number, target: Uint8Array, offset: number): number {
  for (;;) {
    try {
      return readSync(file, target, offset, target.length - offset, null);
    } catch (error) {
      if (systemCode(error) === 'EOF') return 0;
      if (systemCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
