/** A folder of files that lives for one test file, and errors caught in it with the folder's path left out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll } from 'vitest';
import { InputError } from '../../src/errors.js';

export interface TestFolder {
  readonly path: string;
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Runs something that must throw an InputError. */
  refusalOf(run: () => unknown): { code: string; problems: string[]; hint: string | undefined };
}

export function temporaryFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'infer-plan-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    refusalOf(run) {
      try {
        run();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const problems = error.problems.map((line) => withoutFolder(line, path));
        return { code: error.code, problems, hint: error.hint && withoutFolder(error.hint, path) };
      }
      throw new Error('expected an InputError, and nothing was thrown');
    },
  };
}

/** Messages show whichever is shorter, the path from here or the whole path. */
function withoutFolder(line: string, path: string): string {
  return [path, relative('', path)].reduce(
    (text, folder) => text.replaceAll(`${folder}/`, '').replaceAll(folder, '.'),
    line,
  );
}
