/**
 * An append-only journal of JSON lines. A record is on the disk when `append` returns. A process killed in the middle
 * of a record leaves an unfinished line; opening the journal cuts that line off. So every record is complete.
 */
import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.js';
import { type Entry, entryAt, isMapping } from './entry.js';
import { Problems } from './problems.js';
import { openFresh } from './system/fresh-file.js';
import { shownPath } from './system/read-text.js';
import { systemCode, systemProblem } from './system/system-problem.js';

/** A longer journal is renamed to `NAME.1`, and a new one begins. */
const LONGEST_BYTES = 8 * 2 ** 20;
/** Far more than a journal grows to before it is put aside. */
const MOST_BYTES = 8 * LONGEST_BYTES;
const ASIDE = 'Put the file aside to begin a new journal.';
const NEWLINE = 10;

export interface JournalFile<T> {
  /** Records found at opening, oldest first. */
  readonly records: readonly T[];
  /**
   * `first` gives the record that a new journal begins with, when the old one is full and is renamed.
   * Throws InputError `FILE` when the disk refuses; the journal then lacks the record.
   */
  append(record: T, first: () => T): void;
  close(): void;
}

/**
 * Opens a journal, or creates it. `read` makes a record of one line, and adds what is wrong with it to its problems.
 * Throws InputError `JOURNAL` with file, line and key of every problem, `FILE` when the system refuses or the path is
 * no file.
 */
export function openJournalFile<T extends object>(path: string, read: (line: Entry) => T): JournalFile<T> {
  const shown = shownPath(path);
  const attempt = <R>(act: () => R): R => {
    try {
      return act();
    } catch (error) {
      throw systemCode(error) === 'ENOENT'
        ? new InputError(
            'FILE',
            `${shown}: its folder does not exist`,
            `Create it: mkdir -p ${shownPath(dirname(path))}`,
          )
        : systemProblem(error, shown);
    }
  };
  const before = attempt(() => bytesOf(path, shown));
  const whole = before.lastIndexOf(NEWLINE) + 1;
  const records = readLines(before.subarray(0, whole), shown, read);
  let file = attempt(() => openSync(path, 'a'));
  let bytes = whole;
  if (whole < before.length) attempt(() => ftruncateSync(file, whole));
  if (before.length === 0) syncFolder(path);

  const write = (record: T) => {
    try {
      bytes += writeLine(file, record);
    } catch (error) {
      // Remove the half record: the next one must begin a line.
      ftruncateSync(file, bytes);
      throw error;
    }
  };

  /** Keeps the full journal as `NAME.1`. A journal exists under its own name at every instant. */
  const beginAnew = (first: T) => {
    rmSync(`${path}.1`, { force: true });
    linkSync(path, `${path}.1`);
    const fresh = openFresh(path);
    try {
      const length = writeLine(fresh.file, first);
      renameSync(fresh.path, path);
      closeSync(file);
      file = fresh.file;
      bytes = length;
    } catch (error) {
      closeSync(fresh.file);
      rmSync(fresh.path, { force: true });
      throw error;
    }
    syncFolder(path);
  };

  return {
    records,
    append: (record, first) =>
      attempt(() => {
        if (bytes > LONGEST_BYTES) beginAnew(first());
        write(record);
      }),
    close: () => closeSync(file),
  };
}

/** Appends a record and waits for the disk; returns its length in bytes. */
function writeLine(file: number, record: object): number {
  const line = Buffer.from(`${JSON.stringify(snakeCased(record))}\n`);
  for (let done = 0; done < line.length; ) done += writeSync(file, line, done);
  fsyncSync(file);
  return line.length;
}

/** A new file name is on the disk only after the folder is flushed too. */
function syncFolder(path: string): void {
  if (!statSync(dirname(path)).isDirectory()) return;
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Nothing of a file that is not there. Throws InputError `FILE` for what is no file, or no journal by its size. */
function bytesOf(path: string, shown: string): Buffer {
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined) return Buffer.alloc(0);
  if (!present.isFile()) throw new InputError('FILE', `${shown}: is a folder, a pipe or a device, must be a file`);
  if (present.size > MOST_BYTES) {
    throw new InputError('JOURNAL', `${shown}: size = ${present.size} bytes, must be at most ${MOST_BYTES}`, ASIDE);
  }
  return readFileSync(path);
}

function readLines<T>(bytes: Buffer, shown: string, read: (line: Entry) => T): T[] {
  if (!isUtf8(bytes)) throw new InputError('JOURNAL', `${shown}: holds bytes that are no UTF-8, must be text`, ASIDE);
  const problems = new Problems();
  const records = bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line === '') return [];
      const number = index + 1;
      const value = parsed(line);
      if (isMapping(value)) return [read(entryAt({ shownPath: shown, problems, lineOf: () => number }, [], value))];
      problems.add(`${shown}:${number}: is no JSON object, must be a record of the journal`);
      return [];
    });
  problems.throwIfAny('JOURNAL', ASIDE);
  return records;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), snakeCased(inner)]));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
