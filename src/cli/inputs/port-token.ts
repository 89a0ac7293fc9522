/** The token of ports, and of a running engine's port: `--token-file`, or the environment. */
import type { Problems } from '../../files/problems.js';
import { readTextFile, shownPath } from '../../files/system/read-text.js';
import { parseToken, TOKEN_VARIABLE } from '../../http-port/token.js';
import { value } from '../flags/flag.js';
import { file } from '../flags/kinds.js';
import { type CliIo, pathFrom } from '../io/io.js';

const MAX_MIB = 1;

/** The option of every command that has or calls a guarded port. `what` says what the token opens. */
export function tokenFileFlag(what: string) {
  return value(file, { help: `file with the token ${what}`, otherwise: `the environment's ${TOKEN_VARIABLE}` });
}

/** The token; undefined where there is none. What is wrong with it goes to `problems`, without the text. */
export function readPortToken(
  { tokenFile }: { readonly tokenFile?: string | undefined },
  io: CliIo,
  problems: Problems,
): string | undefined {
  if (tokenFile === undefined) {
    return io.token === undefined ? undefined : problems.attempt(() => parseToken(io.token!, TOKEN_VARIABLE));
  }
  const path = pathFrom(io, tokenFile);
  return problems.attempt(() => parseToken(readTextFile(path, MAX_MIB), shownPath(path)));
}
