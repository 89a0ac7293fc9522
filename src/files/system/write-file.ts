/** Replaces a file in one step: a reader sees the old text or the new text, never a part. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../../errors.js';
import { openFresh } from './fresh-file.js';
import { shownPath } from './read-text.js';
import { systemCode, systemProblem } from './system-problem.js';
import { openDevice } from './write-device.js';

const NEW_FILE_MODE = 0o666;
const PERMISSION_BITS = 0o777;

/**
 * Writes the text to a temporary file in the same folder, flushes it to the disk and renames it to `path`. On failure
 * the temporary file is removed and `path` is unchanged. A pipe or a device (`/dev/stdout`) is written directly, since
 * a rename would replace it.
 * Throws InputError `FILE` for a missing folder, no permission or a full disk.
 */
export function writeFileAtomically(path: string, text: string): void {
  const shown = shownPath(path);
  try {
    const { target, isDevice, mode } = writtenPlace(path);
    if (!isDevice) replaceFile(target, text, mode);
    else {
      const device = openDevice(target);
      try {
        device.write(Buffer.from(text));
      } finally {
        device.close();
      }
    }
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? missingFolder(path, shown) : systemProblem(error, shown);
  }
}

/**
 * Whether `writeFileAtomically` could write the file now, by another file in its folder; the file is not touched. Throws InputError `FILE` for a missing
 * folder, a folder in its place, and where the system gives no permission.
 */
export function checkWritable(path: string): void {
  const shown = shownPath(path);
  try {
    const { target, isDevice } = writtenPlace(path);
    // A pipe or a device is written. A file is replaced by another of its folder: permissions do not say all, so try.
    if (isDevice) accessSync(target, constants.W_OK);
    else {
      const trial = openFresh(target, NEW_FILE_MODE);
      closeSync(trial.file);
      rmSync(trial.path);
    }
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? missingFolder(path, shown) : systemProblem(error, shown);
  }
}

/** Where a file to be written stands, behind links. Throws InputError `FILE` for a folder, or the system's error. */
export function writtenPlace(path: string): { target: string; isDevice: boolean; mode: number } {
  const target = realPath(path);
  const present = statSync(target, { throwIfNoEntry: false });
  if (present?.isDirectory()) throw new InputError('FILE', `${shownPath(path)}: is a folder, must be a file`);
  if (present === undefined) return { target, isDevice: false, mode: NEW_FILE_MODE };
  return { target, isDevice: !present.isFile(), mode: present.mode & PERMISSION_BITS };
}

function missingFolder(path: string, shown: string): InputError {
  if (existsSync(dirname(path))) return new InputError('FILE', `${shown}: no file can be made in its folder`);
  return new InputError(
    'FILE',
    `${shown}: its folder does not exist`,
    `Create it: mkdir -p ${shownPath(dirname(path))}`,
  );
}

function replaceFile(target: string, text: string, mode: number): void {
  const { path: temporary, file } = openFresh(target, mode);
  let isOpen = true;
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    isOpen = false;
    closeSync(file);
    renameSync(temporary, target);
  } catch (error) {
    if (isOpen) closeSync(file);
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The target of a symbolic link: the link stays, its target is replaced. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path;
    throw error;
  }
}
