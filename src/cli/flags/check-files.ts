/** What can be said of the files of a command line before any of them is opened. */
import type { Problems } from '../../files/problems.js';
import { STANDARD_STREAM } from '../../files/system/standard-input.js';
import { checkWritable } from '../../files/system/write-file.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { FlagTable } from './flag.js';
import { optionName } from './read-flags.js';

interface NamedFile {
  readonly name: string;
  readonly path: string;
  readonly isWritten: boolean;
}

/** Adds a problem for each file that cannot be written, and for a standard stream that two would share. */
export function checkFiles(
  { flags, named }: { flags: FlagTable; named: readonly { readonly name: string; readonly path: string }[] },
  values: Readonly<Record<string, unknown>>,
  io: CliIo,
  problems: Problems,
): void {
  const files: NamedFile[] = Object.entries(flags).flatMap(([key, { completes, writes }]) => {
    if (completes !== 'file') return [];
    const paths = [values[key]].flat().filter((path) => typeof path === 'string');
    return paths.map((path) => ({ name: optionName(key), path, isWritten: writes === true }));
  });
  files.unshift(...named.map((one) => ({ ...one, isWritten: false })));
  const streams = files.filter(({ path }) => path === STANDARD_STREAM);
  const [first, second] = streams.filter(({ isWritten }) => !isWritten);
  if (second !== undefined) problems.add(`${first!.name} and ${second.name} cannot both be -, standard input`);
  const outputs = streams.filter(({ isWritten }) => isWritten).map(({ name }) => name);
  if (outputs.length > 1) problems.add(`${outputs[0]} and ${outputs[1]} cannot both be -, standard output`);
  else if (outputs.length === 1 && values.json === true)
    problems.add(`${outputs[0]} - cannot be combined with --json: both write to standard output`);
  for (const { path, isWritten } of files) {
    if (isWritten && path !== STANDARD_STREAM) problems.attempt(() => checkWritable(pathFrom(io, path)));
  }
}
