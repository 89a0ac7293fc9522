/** Options of the command line, completed by those of `infer-plan.yaml` in the present folder. */
import {
  COMMANDS_WITH_DEFAULTS,
  DEFAULTS_FILE,
  type DefaultValue,
  readDefaults,
  type Takes,
} from '../../files/defaults-file.js';
import type { Problems } from '../../files/problems.js';
import { fileExists } from '../../files/system/file-exists.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { Flag, FlagTable, Form, Given } from './flag.js';
import { givenName, writtenName } from './read-flags.js';

const TAKES: Readonly<Partial<Record<Form, Takes>>> = {
  switch: 'nothing',
  unless: 'nothing',
  'either way': 'yes or no',
  value: 'one',
  repeatable: 'several',
  list: 'several',
};

/**
 * What stands on the command line, and the defaults of the folder for the rest. An option on the command line makes the
 * defaults give way that it cannot be combined with. Says which defaults hold.
 */
export function withDefaults(
  { name, flags }: { readonly name: string; readonly flags: FlagTable },
  given: Readonly<Record<string, Given>>,
  { io, problems }: { readonly io: CliIo; readonly problems: Problems },
): Readonly<Record<string, Given>> {
  const command = COMMANDS_WITH_DEFAULTS.find((one) => one === name);
  const path = pathFrom(io, DEFAULTS_FILE);
  if (command === undefined || !fileExists(path)) return given;
  // A file never names what is written.
  const options = Object.entries(flags).filter(([, { form, writes }]) => TAKES[form] !== undefined && !writes);
  const takes = new Map(options.map(([key, { form }]) => [wordOf(key, form), TAKES[form]!]));
  const defaults = problems.attempt(() => readDefaults(path, command, takes));
  const kept = options.flatMap(([key, flag]) => {
    const value = defaults?.get(wordOf(key, flag.form));
    const isLeft = value !== undefined && given[givenName(key)] === undefined && !givesWay(key, flag, { flags, given });
    return isLeft ? [{ key, flag, value }] : [];
  });
  if (kept.length === 0) return given;
  io.stderr(
    `Options from ${DEFAULTS_FILE}: ${kept.map(({ key, flag, value }) => shown(key, flag, value)).join(' ')}\n`,
  );
  return {
    ...given,
    ...Object.fromEntries(kept.map(({ key, flag, value }) => [givenName(key), flag.form === 'unless' ? false : value])),
  };
}

function wordOf(key: string, form: Form): string {
  return writtenName(key, form).replace(/^--/, '');
}

/** Whether an option that is given cannot be combined with this one. */
function givesWay(
  key: string,
  flag: Flag<unknown>,
  { flags, given }: { readonly flags: FlagTable; readonly given: Readonly<Record<string, Given>> },
): boolean {
  const word = wordOf(key, flag.form);
  return Object.entries(flags).some(([otherKey, other]) => {
    const text = given[givenName(otherKey)];
    if (text === undefined) return false;
    const names = (excludes: readonly string[] = [], wanted: string) =>
      excludes.some((one) => one.split(' ')[0] === wanted);
    const otherWord = wordOf(otherKey, other.form);
    const excluded = flag.excludes?.find((one) => one.split(' ')[0] === otherWord);
    return (
      names(other.excludes, word) || (excluded !== undefined && [otherWord, `${otherWord} ${text}`].includes(excluded))
    );
  });
}

function shown(key: string, { form }: Flag<unknown>, value: DefaultValue): string {
  const name = writtenName(key, form);
  if (typeof value === 'boolean') return value ? name : name.replace('--', '--no-');
  const quoted = (text: string) => (/^[\w.=:/%@,+-]+$/.test(text) ? text : JSON.stringify(text));
  if (typeof value === 'string') return `${name} ${quoted(value)}`;
  const texts = value.map(quoted);
  return form === 'list' ? `${name} ${texts.join(' ')}` : texts.map((text) => `${name} ${text}`).join(' ');
}
