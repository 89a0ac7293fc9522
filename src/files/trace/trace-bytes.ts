/** Reads a file piece by piece, in flat memory. The first bytes say whether it is gzip. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../errors.js';
import { shownPath } from '../system/read-text.js';
import { isStandardInput, readSome, STANDARD_STREAM, standardInput } from '../system/standard-input.js';
import { systemCode, systemProblem } from '../system/system-problem.js';

const BYTES_PER_GIB = 2 ** 30;
/** gzip is unpacked in memory; a larger file must be unpacked by the user, and is then streamed. */
const MAX_UNPACKED_GIB = 1;
const GZIP_MAGIC = [0x1f, 0x8b];

export interface ByteSource {
  /** Fills `target` from `offset` on; returns how many bytes, 0 at the end. */
  read(target: Uint8Array, offset: number): number;
  close(): void;
}

/** Throws InputError `FILE` for a missing file, a folder, no permission, or gzip that is broken or too large. */
export function openBytes(path: string): ByteSource {
  const shown = shownPath(path);
  if (isStandardInput(path) && path !== STANDARD_STREAM) {
    const bytes = standardInput();
    const isGzip = GZIP_MAGIC.every((byte, i) => bytes[i] === byte);
    return memoryBytes(isGzip ? unpacked(bytes, shown) : bytes);
  }
  let file: number | undefined;
  try {
    // Typed alone, it is read but once and may be of any length.
    file = path === STANDARD_STREAM ? 0 : openSync(path, 'r');
    if (fstatSync(file).isDirectory()) throw new InputError('FILE', `${shown}: is a folder, must be a file`);
    const first = Buffer.allocUnsafe(GZIP_MAGIC.length);
    let known = 0;
    while (known < first.length) {
      const count = readSome(file, first, known);
      if (count === 0) break;
      known += count;
    }
    const isGzip = GZIP_MAGIC.every((byte, i) => i < known && first[i] === byte);
    if (!isGzip) return fileBytes(file, shown, first.subarray(0, known));
    const packed = readRest(file, first);
    closeSync(file);
    file = undefined;
    return memoryBytes(unpacked(packed, shown));
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw systemProblem(error, shown);
  }
}

const FIRST_CHUNK_BYTES = 1 << 20;

/** `first` holds the bytes already read from the file. */
function fileBytes(file: number, shown: string, first: Buffer): ByteSource {
  let pending = first;
  let isOpen = true;
  return {
    read(target, offset) {
      if (pending.length > 0) {
        const count = Math.min(pending.length, target.length - offset);
        target.set(pending.subarray(0, count), offset);
        pending = pending.subarray(count);
        return count;
      }
      try {
        return readSome(file, target, offset);
      } catch (error) {
        throw systemProblem(error, shown);
      }
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

function memoryBytes(bytes: Buffer): ByteSource {
  let next = 0;
  return {
    read(target, offset) {
      const count = Math.min(bytes.length - next, target.length - offset);
      target.set(bytes.subarray(next, next + count), offset);
      next += count;
      return count;
    },
    close() {},
  };
}

function readRest(file: number, first: Buffer): Buffer {
  const chunks: Buffer[] = [first];
  for (;;) {
    const chunk = Buffer.allocUnsafe(FIRST_CHUNK_BYTES);
    const count = readSome(file, chunk, 0);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

function unpacked(packed: Buffer, shown: string): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_GIB * BYTES_PER_GIB });
  } catch (error) {
    const isTooLarge = systemCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge
      ? new InputError(
          'FILE',
          `${shown}: unpacks to more than ${MAX_UNPACKED_GIB} GiB, must be less`,
          `gunzip -c ${shown} | infer-plan trace import - -o TRACE`,
        )
      : new InputError('FILE', `${shown}: begins like gzip, but is broken or cut short`);
  }
}
