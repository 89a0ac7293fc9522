/** The file of `--batches`. A disk that refuses it ends the log and not the server. */
import { errorText, InputError } from '../../errors.js';
import type { BatchRecord } from '../../serving/items/batch.js';
import type { CliIo } from '../io/io.js';
import { isStandardOutput, openLines } from '../io/output-file.js';

export interface BatchLog {
  /** Never throws: the first refusal is told, and what comes after it is left out. */
  add(record: BatchRecord): void;
  /** The file gets its name, with what was written before a refusal. */
  finish(): void;
  discard(): void;
}

/** Throws InputError `FILE` when the file cannot be opened. */
export function openBatchLog(path: string, io: CliIo): BatchLog {
  const lines = openLines(path, io);
  let isWriting = true;
  const stop = (reason: string) => {
    if (isWriting) io.stderr(`warning: --batches: ${reason}: no more batches are written, serving goes on\n`);
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
    add(record) {
      if (isWriting) attempt(() => lines.add(`${JSON.stringify(record)}\n`));
    },
    finish() {
      // What could not be written is not tried again: then the file can get its name.
      if (!attempt(() => lines.finish())) attempt(() => lines.finish());
    },
    discard: () => void attempt(() => lines.discard()),
  };
}
