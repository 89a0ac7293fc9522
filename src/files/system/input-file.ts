/**
 * Opens what is read: a file, a pipe, a device or standard input. Waiting for what does not come ends: reading here
 * holds up the whole process, which would hear no timer meanwhile.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { InputError } from '../../errors.js';
import { Patience } from './patience.js';
import { systemCode } from './system-problem.js';

export interface InputFile {
  /** In bytes; 0 of a pipe or a device. */
  readonly size: number;
  readonly isFolder: boolean;
  /** Fills `target` from `offset` on; returns how many bytes, 0 at the end. Throws InputError or the system's error. */
  read(target: Uint8Array, offset: number): number;
  close(): void;
}

const STANDARD_INPUT = 0;
/** Standard input once more, so that it can be read without blocking; Linux and macOS have it. */
const STANDARD_INPUT_PATH = '/dev/fd/0';
const READING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A terminal, or a pipe that no process has opened for writing, may be silent for so long. */
const UNATTENDED_MS = 5_000;
/** A pipe may be silent for so long while a process holds it open: a query of a database takes its time. */
const ATTENDED_MS = 300_000;

/** Opens a path to read. Throws the system's error. */
export function openInput(path: string, shown: string): InputFile {
  return inputFile(openSync(path, READING), shown);
}

/** Opens standard input. */
export function openStandardInput(): InputFile {
  const stat = fstatSync(STANDARD_INPUT);
  if (stat.isFIFO() || stat.isCharacterDevice()) {
    try {
      return inputFile(openSync(STANDARD_INPUT_PATH, READING), 'standard input');
    } catch {
      // Without the path it is read as it is, and may block.
    }
  }
  return { ...inputFile(STANDARD_INPUT, 'standard input'), close() {} };
}

function inputFile(file: number, shown: string): InputFile {
  const stat = fstatSync(file);
  const isPipe = stat.isFIFO();
  let hasWriter = !isPipe;
  let hasBegun = false;
  let isOpen = true;
  const patience = new Patience();

  const wait = (limitMs: number, told: string) => {
    if (!patience.wait(limitMs)) throw new InputError('FILE', `${shown}: ${told}`);
  };

  return {
    size: stat.size,
    isFolder: stat.isDirectory(),
    read(target, offset) {
      for (;;) {
        try {
          const count = readSync(file, target, offset, target.length - offset, null);
          if (count > 0 || hasBegun || hasWriter) {
            hasBegun = true;
            patience.renew();
            return count;
          }
          // A pipe that nobody has opened to write looks like one at its end.
          wait(UNATTENDED_MS, `nobody has written to this pipe for ${UNATTENDED_MS / 1000} s`);
        } catch (error) {
          if (systemCode(error) === 'EOF') return 0;
          if (systemCode(error) !== 'EAGAIN') throw error;
          hasWriter = true;
          const limitMs = isPipe ? ATTENDED_MS : UNATTENDED_MS;
          wait(limitMs, `nothing has come for ${limitMs / 1000} s`);
        }
      }
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
