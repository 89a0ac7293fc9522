/** Writes a file line by line during a run, in flat memory. */
import { closeSync, ftruncateSync, renameSync, rmSync, writeSync } from 'node:fs';
import { openFresh } from './fresh-file.js';
import { shownPath } from './read-text.js';
import { systemProblem } from './system-problem.js';
import { openDevice } from './write-device.js';
import { writtenPlace } from './write-file.js';

const FLUSH_LENGTH = 1 << 16;

export interface LineFile {
  /** Adds text, which ends in a newline. After a refusal the file holds what was written before, in whole lines. */
  add(text: string): void;
  /** Renames the finished file to its own name; an older file is replaced. */
  finish(): void;
  /** Removes the temporary file. */
  discard(): void;
}

/**
 * Opens a temporary file beside `path`; `finish` renames it. A pipe or a device is written directly. Every method
 * throws InputError `FILE` when the system refuses.
 */
export function openLineFile(path: string): LineFile {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw systemProblem(error, shownPath(path));
    }
  };
  const { write, finish, discard } = attempt(() => {
    const { target, isDevice } = writtenPlace(path);
    return isDevice ? openForLines(target) : openBeside(target);
  });
  let waiting = '';
  const flush = () => {
    const bytes = Buffer.from(waiting);
    // What is refused is not tried again.
    waiting = '';
    attempt(() => write(bytes));
  };
  return {
    add(text) {
      waiting += text;
      if (waiting.length >= FLUSH_LENGTH) flush();
    },
    finish() {
      flush();
      attempt(finish);
    },
    discard,
  };
}

interface Sink {
  write(bytes: Uint8Array): void;
  finish(): void;
  discard(): void;
}

function openBeside(target: string): Sink {
  const { path: temporary, file } = openFresh(target);
  let written = 0;
  return {
    write(bytes) {
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
        written += bytes.length;
      } catch (error) {
        ftruncateSync(file, written);
        throw error;
      }
    },
    finish() {
      closeSync(file);
      renameSync(temporary, target);
    },
    discard() {
      closeSync(file);
      rmSync(temporary, { force: true });
    },
  };
}

function openForLines(path: string): Sink {
  const device = openDevice(path);
  return { write: device.write, finish: device.close, discard: device.close };
}
