/** Reads a file piece by piece, in flat memory. The first bytes say whether it is gzip. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../errors.js';
import { shownPath } from '../system/read-text.js';
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
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    if (fstatSync(file).isDirectory()) throw new InputError('FILE', `${shown}: is a folder, must be a file`);
    const first = Buffer.allocUnsafe(GZIP_MAGIC.length);
    let known = 0;
    while (known < first.length) {
      const count = readSync(file, first, known, first.length - known, null);
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

/** All bytes of a source, which is then closed. Throws InputError `FILE` beyond `maxBytes`. */
export function readAllBytes(path: string, maxBytes: number): Buffer {
  const source = openBytes(path);
  try {
    let bytes = Buffer.allocUnsafe(FIRST_CHUNK_BYTES);
    let length = 0;
    for (;;) {
      if (length > maxBytes)
        throw new InputError('FILE', `${shownPath(path)}: larger than ${maxBytes} bytes, must be smaller`);
      const count = source.read(bytes, length);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
    }
  } finally {
    source.close();
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
        return readSync(file, target, offset, target.length - offset, null);
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
    const count = readSync(file, chunk, 0, chunk.length, null);
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
          'Unpack it with gunzip first.',
        )
      : new InputError('FILE', `${shown}: begins like gzip, but is broken or cut short`);
  }
}
