/**
 * An append-only journal of JSON lines. A record is on the disk when `append` returns. A process killed in the middle
 * of a record leaves an unfinished line; opening the journal cuts that line off. So every record is complete.
 */
import {
  closeSync,
  existsSync,
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
import { shownPath } from './system/read-text.js';
import { systemCode, systemProblem } from './system/system-problem.js';

/** A longer journal is renamed to `NAME.1`, and a new one begins. */
const LONGEST_BYTES = 8 * 2 ** 20;
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
 * Opens a journal, or creates it.
 * Throws InputError `JOURNAL` for a line that is no JSON object, `FILE` when the system refuses.
 */
export function openJournalFile<T extends object>(path: string): JournalFile<T> {
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
  const before = attempt(() => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0)));
  const whole = before.lastIndexOf(NEWLINE) + 1;
  const records = parseLines<T>(before.subarray(0, whole).toString('utf8'), shown);
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
    const fresh = `${path}.new`;
    rmSync(`${path}.1`, { force: true });
    linkSync(path, `${path}.1`);
    const next = openSync(fresh, 'w');
    const length = writeLine(next, first);
    renameSync(fresh, path);
    closeSync(file);
    file = next;
    bytes = length;
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
  const line = Buffer.from(`${JSON.stringify(renamed(record, snakeCase))}\n`);
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

function parseLines<T>(text: string, shown: string): T[] {
  const problems: string[] = [];
  const records = text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [renamed(value, camelCase) as T];
    } catch {
      // reported below
    }
    problems.push(`${shown}:${index + 1}: is no JSON object, must be a record of the journal`);
    return [];
  });
  if (problems.length > 0) {
    throw new InputError('JOURNAL', problems.slice(0, 5), 'Put the file aside to begin a new journal.');
  }
  return records;
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((inner) => renamed(inner, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [rename(key), renamed(inner, rename)]));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
