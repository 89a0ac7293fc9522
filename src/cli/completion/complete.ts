/** What a shell offers for the last word of a command line, from the declarations of commands and options. */
import { type CommandGroup, type CommandSpec, writtenNames } from '../flags/command.js';
import type { Completes, Flag, FlagTable } from '../flags/flag.js';
import type { Names } from './names.js';

/** The word that asks for a file instead of candidates. */
export const FILE = ':file';

export interface CommandEntry {
  readonly name: string;
  load(): Promise<CommandSpec | CommandGroup>;
}

/** Gives the stages and hardware at hand; `given` are the files that the command line names. */
export type NamesReader = (given: { pipeline?: string; plan?: string; hardware?: string }) => Promise<Names>;

/** @param words after the program's name; the last one, possibly empty, is completed */
export async function complete(
  words: readonly string[],
  commands: readonly CommandEntry[],
  readNames: NamesReader,
): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const at = before.findIndex((word) => !word.startsWith('-'));
  if (at < 0) return startingWith(last, [...commands.map(({ name }) => name), '--help', '--version']);
  const loaded = await commands.find(({ name }) => name === before[at])?.load();
  let given = before.slice(at + 1);
  let spec: CommandSpec | undefined;
  if (loaded !== undefined && 'commands' in loaded) {
    if (given.length === 0)
      return startingWith(
        last,
        loaded.commands.map(({ name }) => name),
      );
    spec = loaded.commands.find(({ name }) => name === given[0]);
    given = given.slice(1);
  } else spec = loaded;
  if (spec === undefined) return [];
  return completeIn(spec, { given, last, readNames });
}

async function completeIn(
  { flags, argument }: CommandSpec,
  { given, last, readNames }: { given: readonly string[]; last: string; readNames: NamesReader },
): Promise<string[]> {
  const line = parse(flags, given);
  const offer = async (what: Offer, start: string) => {
    if (what.choices !== undefined) return startingWith(start, what.choices);
    if (what.completes === undefined) return [];
    if (what.completes === 'file') return [FILE];
    const file = argument?.name === 'plan' || argument?.name === 'pipeline' ? { [argument.name]: line.words[0] } : {};
    return startingWith(start, candidatesOf(what.completes, start, await readNames({ ...file, ...line.files })));
  };
  const [, name, value] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  const joined = name === undefined ? undefined : flagOf(flags, name);
  if (joined !== undefined)
    return (await offer(joined, value!)).map((text) => (text === FILE ? text : `${name}=${text}`));
  if (line.open !== undefined && !last.startsWith('-')) return offer(line.open, last);
  if (last.startsWith('-')) {
    const repeatable = (option: string) => ['repeatable', 'list'].includes(flagOf(flags, option)?.form ?? '');
    const names = [...writtenNames(flags), '--help', '--no-color', '--debug', '--no-defaults'].filter((option) =>
      option.startsWith('--'),
    );
    return startingWith(
      last,
      names.filter((option) => !given.includes(option) || repeatable(option)),
    );
  }
  return argument === undefined || (line.words.length > 0 && !argument.isRepeated) ? [] : offer(argument, last);
}

type Offer = Pick<Flag<unknown>, 'choices' | 'completes'>;

/** The words that are no options, the files that options name, and the option that the next word belongs to. */
function parse(flags: FlagTable, given: readonly string[]) {
  const words: string[] = [];
  const files: { pipeline?: string; hardware?: string } = {};
  let open: Flag<unknown> | undefined;
  let name = '';
  for (const word of given) {
    const flag = word.startsWith('-') ? flagOf(flags, word) : undefined;
    if (flag !== undefined || word.startsWith('-')) {
      open = flag?.placeholder === undefined ? undefined : flag;
      name = word;
      continue;
    }
    if (open === undefined) words.push(word);
    else if (name === '--pipeline') files.pipeline = word;
    else if (name === '--hardware') files.hardware = word;
    if (open?.form !== 'list') open = undefined;
  }
  return { words, files, open };
}

function flagOf(flags: FlagTable, option: string): Flag<unknown> | undefined {
  return Object.entries(flags).find(([key, flag]) => writtenNames({ [key]: flag }).includes(option))?.[1];
}

function candidatesOf(completes: Completes, start: string, { stages, hardware }: Names): string[] {
  if (completes === 'stage') return [...stages];
  if (completes === 'hardware') return [...hardware];
  if (completes === 'hardware=') return hardware.map((name) => `${name}=`);
  const [stage, rest] = start.split('=');
  if (rest === undefined || completes === 'stage=') return stages.map((name) => `${name}=`);
  return rest.includes(':') ? [] : hardware.map((name) => `${stage}=${name}:`);
}

function startingWith(start: string, candidates: readonly string[]): string[] {
  return candidates.filter((candidate) => candidate.startsWith(start));
}
