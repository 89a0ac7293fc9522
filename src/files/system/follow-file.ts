/** Reads what is appended to a text file, line by line, across rotations: renamed and made anew, or copied and cut to nothing. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { shownPath } from './read-text.js';
import { systemCode, systemProblem } from './system-problem.js';

const CHUNK_BYTES = 1 << 18;
/** A line that is longer is no line of an access log; what is over is dropped. */
const MAX_LINE_CHARS = 100_000;

export interface FollowedLines {
  /** Whole lines, without their ends, in the order written. */
  readonly lines: readonly string[];
  /** Lines may be missing before these: the file was cut, or was not there for a while. */
  readonly hasGap: boolean;
}

export interface FollowedFile {
  /** What was appended since the last call; nothing when nothing was. Throws InputError `FILE` when the file cannot be read; one that is not there yet is empty. */
  readNew(): FollowedLines;
  close(): void;
}

/** Begins at the end of the file as it is now. Throws InputError `FILE` when it cannot be opened. */
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

  /** Whether the path now names another file than the one that is open. */
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
          // Copied and cut: what was written between the copy and the cut is lost to us.
          startOver();
          hasGap = true;
        }
        readOn(lines);
        // The old file first, to its end: the writer goes on in it until it is told to open the new one.
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
