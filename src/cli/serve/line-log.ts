/** A file that `serve` writes line by line. A disk that refuses it ends the log and not the server. */
import { errorText, InputError } from '../../errors.js';
import type { CliIo } from '../io/io.js';
import { isStandardOutput, openLines } from '../io/output-file.js';

export interface LineLog {
  /** Never throws: the first refusal is told, and what comes after it is left out. */
  add(line: string): void;
  /** The file gets its name, with what was written before a refusal. */
  finish(): void;
  discard(): void;
}

/** Throws InputError `FILE` when the file cannot be opened. */
export function openLineLog(path: string, { option, what }: { option: string; what: string }, io: CliIo): LineLog {
  const lines = openLines(path, io);
  let isWriting = true;
  const stop = (reason: string) => {
    if (isWriting) io.stderr(`warning: ${option}: ${reason}: no more ${what} are written, serving goes on\n`);
    isWriting = false;
  };
  if (isStandardOutput(path)) io.surviveRefusedOutput?.((error) => stop(errorText(error)));
  /** Whether the system did not refuse. */
  const attempt = (act: () => void): boolean => {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      stop(error.message);
      return false;
    }
  };
  return {
    add(line) {
      if (isWriting) attempt(() => lines.add(line));
    },
    finish() {
      // What could not be written is not tried again: then the file can get its name.
      if (!attempt(() => lines.finish())) attempt(() => lines.finish());
    },
    discard: () => void attempt(() => lines.discard()),
  };
}
