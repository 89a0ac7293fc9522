/** Reads a whole text file; the errors say in plain words why something is no text file. */
import { isUtf8 } from 'node:buffer';
import { readdirSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { InputError } from '../../errors.js';
import { nearestName } from '../../model/notation/nearest-name.js';
import { type InputFile, openInput } from './input-file.js';
import { isStandardInput, standardInput } from './standard-input.js';
import { systemCode, systemProblem } from './system-problem.js';

const BYTES_PER_MIB = 2 ** 20;
const MAX_MIB = 64;
const FIRST_CHUNK_BYTES = 65_536;

/** The path as a user would type it: relative to the current folder when that is shorter. */
export function shownPath(path: string): string {
  const fromHere = relative('', path);
  return fromHere !== '' && fromHere.length < path.length ? fromHere : path;
}

/**
 * The text of a UTF-8 file, without its byte order mark. Throws InputError `FILE` for a folder and for a file that is
 * missing (the hint names the nearest name in its folder), unreadable, not text, or larger than `maxMib` mebibytes.
 */
export function readTextFile(path: string, maxMib: number = MAX_MIB): string {
  const shown = shownPath(path);
  const bytes = readBytes(path, shown, maxMib);
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw notText(shown, `a NUL byte at byte ${nul + 1}`);
  if (!isUtf8(bytes)) throw notText(shown, 'bytes that are no UTF-8');
  return new TextDecoder().decode(bytes);
}

function readBytes(path: string, shown: string, maxMib: number): Buffer {
  const maxBytes = maxMib * BYTES_PER_MIB;
  if (isStandardInput(path)) {
    const bytes = standardInput(maxMib);
    if (bytes.length > maxBytes) throw tooLarge(shown, bytes.length, maxMib);
    return bytes;
  }
  let file: InputFile | undefined;
  try {
    file = openInput(path, shown);
    const { size } = file;
    if (size > maxBytes) throw tooLarge(shown, size, maxMib);
    // A pipe has no size: read to its end or to the limit.
    let bytes = Buffer.allocUnsafe(Math.max(size + 1, FIRST_CHUNK_BYTES));
    let length = 0;
    for (;;) {
      const count = file.read(bytes, length);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      if (length > maxBytes) throw tooLarge(shown, length, maxMib);
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
    }
  } catch (error) {
    throw systemProblem(error, shown, systemCode(error) === 'ENOENT' ? nearbyHint(path) : undefined);
  } finally {
    file?.close();
  }
}

function nearbyHint(path: string): string | undefined {
  try {
    const nearest = nearestName(basename(path), readdirSync(dirname(path)).sort());
    return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
  } catch {
    return `There is no folder ${shownPath(dirname(path))}.`;
  }
}

function tooLarge(shown: string, bytes: number, maxMib: number): InputError {
  const mib = Math.ceil((10 * bytes) / BYTES_PER_MIB) / 10;
  return new InputError('FILE', `${shown}: size = ${mib} MiB, must be at most ${maxMib} MiB`);
}

function notText(shown: string, found: string): InputError {
  return new InputError('FILE', `${shown}: holds ${found}, must be UTF-8 text`);
}
