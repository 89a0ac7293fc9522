/** Replicas on paper, in a file that outlives the process: a JSON object of stages and their replicas. */
import type { PaperReplicas } from '../../control-loop/rehearsal.js';
import { fields, integerWithin } from '../../files/entry.js';
import { MOST_REPLICAS } from '../../files/limits.js';
import { fileExists } from '../../files/system/file-exists.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import { readYamlFile } from '../../files/yaml-file.js';

/**
 * @param path undefined keeps them in memory
 * `read` throws InputError for an unknown stage and for what is no number of replicas.
 */
export function paperIn(path: string | undefined, stages: readonly string[]): PaperReplicas {
  if (path === undefined) {
    let kept: Readonly<Record<string, number>> | undefined;
    return {
      read: () => kept,
      write: (replicas) => {
        kept = replicas;
      },
    };
  }
  return {
    read: () => (fileExists(path) ? readPaper(path, stages) : undefined),
    write: (replicas) => writeFileAtomically(path, `${JSON.stringify(replicas)}\n`),
  };
}

function readPaper(path: string, stages: readonly string[]): Readonly<Record<string, number>> {
  const root = readYamlFile(path);
  const found = Object.entries(fields(root, [], stages)).flatMap(([stage, entry]) =>
    entry === undefined ? [] : [[stage, integerWithin(entry, 0, MOST_REPLICAS)] as const],
  );
  root.file.problems.throwIfAny('PAPER', 'Mend the file, or remove it to begin with the planned replicas');
  return Object.fromEntries(found);
}
