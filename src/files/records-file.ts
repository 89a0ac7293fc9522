/** `simulate --records`: one CSV row per query, written while the simulation runs, so that a long trace need not fit in memory. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { msFromUs } from '../units.js';
import { shownPath } from './read-text.js';
import { systemProblem } from './system-problem.js';

const HEADER = 'query,arrival_ms,latency_ms\n';
const FLUSH_LENGTH = 1 << 16;

/** Queries [from, to), counted from 0; their columns are indexed by `query & mask`. */
export interface QueryColumns {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
  readonly arrivalUs: Float64Array;
  readonly endUs: Float64Array;
}

export interface RecordsFile {
  add(queries: QueryColumns): void;
  /** Puts the finished file in place of an older one. */
  finish(): void;
  /** Leaves no trace. */
  discard(): void;
}

/** Opens a temporary file beside `path`; `finish` renames it. Everything throws InputError `FILE` when the system refuses. */
export function openRecordsFile(path: string): RecordsFile {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw systemProblem(error, shownPath(path));
    }
  };
  const file = attempt(() => openSync(temporary, 'w'));
  let waiting = HEADER;
  const flush = () => {
    attempt(() => writeSync(file, waiting));
    waiting = '';
  };
  return {
    add({ from, to, mask, arrivalUs, endUs }) {
      for (let query = from; query < to; query++) {
        const row = query & mask;
        const arrival = arrivalUs[row]!;
        waiting += `${query},${msFromUs(arrival)},${msFromUs(endUs[row]! - arrival)}\n`;
        if (waiting.length >= FLUSH_LENGTH) flush();
      }
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
