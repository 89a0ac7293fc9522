/** Reads a file piece by piece, in flat memory. The first bytes say whether it is gzip. */
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../errors.js';
import { type InputFile, openInput, openStandardInput } from '../system/input-file.js';
import { shownPath } from '../system/read-text.js';
import { isStandardInput, STANDARD_STREAM, standardInput } from '../system/standard-input.js';
import { systemCode, systemProblem } from '../system/system-problem.js';

const BYTES_PER_MIB = 2 ** 20;
/** gzip is unpacked in memory; a larger file must be unpacked by the user, and is then streamed. */
const MAX_UNPACKED_MIB = 256;
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
  let file: InputFile | undefined;
  try {
    // Typed alone, it is read but once and may be of any length.
    file = path === STANDARD_STREAM ? openStandardInput() : openInput(path, shown);
    if (file.isFolder) throw new InputError('FILE', `${shown}: is a folder, must be a file`);
    const first = Buffer.allocUnsafe(GZIP_MAGIC.length);
    let known = 0;
    while (known < first.length) {
      const count = file.read(first, known);
      if (count === 0) break;
      known += count;
    }
    const isGzip = GZIP_MAGIC.every((byte, i) => i < known && first[i] === byte);
    if (!isGzip) return fileBytes(file, shown, first.subarray(0, known));
    const packed = readRest(file, first, shown);
    file.close();
    file = undefined;
    return memoryBytes(unpacked(packed, shown));
  } catch (error) {
    file?.close();
    throw systemProblem(error, shown);
  }
}

const FIRST_CHUNK_BYTES = 1 << 20;

/** `first` holds the bytes already read from the file. */
function fileBytes(file: InputFile, shown: string, first: Buffer): ByteSource {
  let pending = first;
  return {
    read(target, offset) {
      if (pending.length > 0) {
        const count = Math.min(pending.length, target.length - offset);
        target.set(pending.subarray(0, count), offset);
        pending = pending.subarray(count);
        return count;
      }
      try {
        return file.read(target, offset);
      } catch (error) {
        throw systemProblem(error, shown);
      }
    },
    close: () => file.close(),
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

function readRest(file: InputFile, first: Buffer, shown: string): Buffer {
  const chunks: Buffer[] = [first];
  let length = first.length;
  for (;;) {
    const chunk = Buffer.allocUnsafe(FIRST_CHUNK_BYTES);
    const count = file.read(chunk, 0);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(Buffer.from(chunk.subarray(0, count)));
    length += count;
    if (length > MAX_UNPACKED_MIB * BYTES_PER_MIB) throw tooLarge(shown);
  }
}

function unpacked(packed: Buffer, shown: string): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_MIB * BYTES_PER_MIB });
  } catch (error) {
    const isTooLarge = systemCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge
      ? tooLarge(shown)
      : new InputError('FILE', `${shown}: begins like gzip, but is broken or cut short`);
  }
}

function tooLarge(shown: string): InputError {
  return new InputError(
    'FILE',
    `${shown}: unpacks to more than ${MAX_UNPACKED_MIB} MiB, must be less`,
    `gunzip -c ${shown} | infer-plan trace import - -o TRACE`,
  );
}
