/** Writes a file line by line during a run, in flat memory. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { shownPath } from './read-text.js';
import { systemProblem } from './system-problem.js';

const FLUSH_LENGTH = 1 << 16;

export interface LineFile {
  /** Adds text, which ends in a newline. */
  add(text: string): void;
  /** Renames the finished file to its own name; an older file is replaced. */
  finish(): void;
  /** Removes the temporary file. */
  discard(): void;
}

/**
 * Opens a temporary file beside `path`; `finish` renames it. Every method throws InputError `FILE` when the system
 * refuses.
 */
export function openLineFile(path: string): LineFile {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw systemProblem(error, shownPath(path));
    }
  };
  const file = attempt(() => openSync(temporary, 'w'));
  let waiting = '';
  const flush = () => {
    attempt(() => writeSync(file, waiting));
    waiting = '';
  };
  return {
    add(text) {
      waiting += text;
      if (waiting.length >= FLUSH_LENGTH) flush();
    },
    finish() {
      flush();
      attempt(() => {
        closeSync(file);
        renameSync(temporary, path);
      });
    },
    discard() {
      closeSync(file);
      rmSync(temporary, { force: true });
    },
  };
}
