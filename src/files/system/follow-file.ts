/**
 * Reads lines appended to a text file. It follows both kinds of rotation: a rename and a new file, or a copy and a
 * truncation.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { shownPath } from './read-text.js';
import { systemCode, systemProblem } from './system-problem.js';

const CHUNK_BYTES = 1 << 18;
/** No line of an access log is longer; the excess is dropped. */
const MAX_LINE_CHARS = 100_000;

export interface FollowedLines {
  /** Whole lines, without their ends, in the order written. */
  readonly lines: readonly string[];
  /** Lines before these may be missing: the file was truncated, or was gone for a while. */
  readonly hasGap: boolean;
}

export interface FollowedFile {
  /**
   * Lines appended since the last call, if any. A missing file counts as empty. Throws InputError `FILE` for an
   * unreadable file.
   */
  readNew(): FollowedLines;
  close(): void;
}

/** Begins at the file's present end. Throws InputError `FILE` when the file cannot be opened. */
export function followFile(path: string): FollowedFile {
  const shown = shownPath(path);
  let file: number | undefined;
  let position = 0;
  let rest = '';
  const decoder = new TextDecoder();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

  function open(): boolean {
    try {
      file = openSync(path, 'r');
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw systemProblem(error, shown);
    }
  }

  function close(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
  }

  function readOn(lines: string[]): void {
    for (;;) {
      const bytes = readSync(file!, chunk, 0, CHUNK_BYTES, position);
      if (bytes === 0) return;
      position += bytes;
      const parts = (rest + decoder.decode(chunk.subarray(0, bytes), { stream: true })).split('\n');
      rest = parts.pop()!.slice(0, MAX_LINE_CHARS);
      for (const part of parts) lines.push(part.replace(/\r$/, ''));
    }
  }

  function startOver(): void {
    position = 0;
    rest = '';
    decoder.decode();
  }

  /** Whether the path now names another file than the open one. */
  function isReplaced(): boolean {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined) return false;
    const own = fstatSync(file!);
    return now.ino !== own.ino || now.dev !== own.dev;
  }

  if (open()) position = fstatSync(file!).size;
  return {
    close,
    readNew() {
      const lines: string[] = [];
      try {
        let hasGap = false;
        if (file === undefined) {
          if (!open()) return { lines, hasGap };
          startOver();
        }
        if (fstatSync(file!).size < position) {
          // Copied and truncated: lines written between the two are lost.
          startOver();
          hasGap = true;
        }
        readOn(lines);
        // Read the old file to its end first: the writer uses it until it opens the new one.
        while (isReplaced()) {
          const old = file!;
          if (!open()) break;
          closeSync(old);
          startOver();
          readOn(lines);
        }
        return { lines, hasGap };
      } catch (error) {
        throw systemProblem(error, shown);
      }
    },
  };
}
