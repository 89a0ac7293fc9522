/** A command, declared once: its argument, its options, its help, and what it does. */
import { type Command, Option } from 'commander';
import { Problems } from '../../files/problems.js';
import type { CliIo } from '../io/io.js';
import { withDefaults } from './defaults.js';
import type { Completes, Flag, Flags, FlagTable, Given } from './flag.js';
import { optionName, readFlags, writtenName } from './read-flags.js';

/** What stands on the command line for the argument; several where it may be repeated. */
type ArgumentValue = string | readonly string[] | undefined;

/** What a command works on: a file that has a default, may be left out, or must be named; or several files. */
export interface Argument<A extends ArgumentValue> {
  readonly name: string;
  readonly help: string;
  readonly default?: A & string;
  readonly isRequired?: boolean;
  readonly isRepeated?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

export interface CommandSpec<T extends FlagTable = FlagTable, A extends ArgumentValue = ArgumentValue> {
  readonly name: string;
  /** One line for the list of commands; only of commands below another. */
  readonly summary?: string;
  readonly description: string;
  readonly argument?: Argument<A>;
  readonly flags: T;
  readonly examples: readonly Example[];
  /**
   * `problems` holds what is wrong with the options. It must be thrown before anything is done: with what is wrong with
   * files.
   */
  run(argument: A, flags: Flags<T>, io: CliIo, problems: Problems): void | Promise<void>;
}

/** A command that only holds others. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly CommandSpec[];
}

interface Example {
  readonly command: string;
  readonly does: string;
}

/** Checks a declaration against its types. */
export function command<T extends FlagTable, A extends ArgumentValue>(spec: CommandSpec<T, A>): CommandSpec {
  return spec as unknown as CommandSpec;
}

/**
 * Gives a program of commander a command. What commander could check of a value is left to the option's own
 * declaration.
 */
export function addCommand(parent: Command, spec: CommandSpec | CommandGroup, io: CliIo): Command {
  const made = parent.command(spec.name).description(spec.description);
  if ('commands' in spec) {
    for (const one of spec.commands) addCommand(made, one, io).summary(one.summary ?? '');
    return made;
  }
  const { argument, flags, examples } = spec;
  if (argument !== undefined) {
    const { help, isRequired, isRepeated } = argument;
    const name = `${argument.name}${isRepeated ? '...' : ''}`;
    const words = argument.default === undefined ? help : `${help} (default: ${argument.default})`;
    made.argument(isRequired ? `<${name}>` : `[${name}]`, words);
  }
  for (const [key, flag] of Object.entries(flags)) for (const option of optionsOf(key, flag)) made.addOption(option);
  const texts = examples.map((example) => `  # ${example.does}\n  $ ${example.command}`);
  made.addHelpText('after', ['', 'Examples:', ...texts].join('\n'));
  return made.action(async () => {
    const given = made.processedArgs[0] as ArgumentValue;
    const problems = new Problems();
    const typed = givenTo(made);
    const isAlone = made.optsWithGlobals().defaults === false;
    const values = readFlags(flags, isAlone ? typed : withDefaults(spec, typed, { io, problems }), problems);
    const paths = argument?.completes === 'file' && given !== undefined ? [given].flat() : [];
    const named = paths.map((path) => ({ name: argument!.name, path }));
    const { checkFiles } = await import('./check-files.js');
    checkFiles({ flags, named }, values, io, problems);
    await spec.run(given ?? argument?.default, values, io, problems);
  });
}

/** What stands on the command line, by the option's name in camel case. */
function givenTo(made: Command): Readonly<Record<string, Given>> {
  const values = Object.entries(made.opts<Record<string, Given>>());
  return Object.fromEntries(values.filter(([name]) => made.getOptionValueSource(name) === 'cli'));
}

function optionsOf(key: string, flag: Flag<unknown>): Option[] {
  const { form, short, placeholder } = flag;
  const name = writtenName(key, form);
  const written = short === undefined ? name : `-${short}, ${name}`;
  const words = helpOf(flag);
  if (form === 'switch' || form === 'unless') return [new Option(written, words)];
  if (form === 'either way') {
    return [
      new Option(written, flag.help),
      new Option(name.replace('--', '--no-'), `${flag.helpOff} ${closing(flag)}`),
    ];
  }
  if (form === 'moved') return [new Option(`${name} [value]`).hideHelp()];
  const option = new Option(`${written} <${placeholder}${form === 'list' ? '...' : ''}>`, words);
  if (form === 'repeatable') option.argParser(collect);
  return [option];
}

/** The help of an option with what may be said about its values: choices, repetition and default. */
export function helpOf(flag: Flag<unknown>): string {
  return `${flag.help} ${closing(flag)}`.trim();
}

function closing({ form, choices, default: otherwise, otherwise: inWords }: Flag<unknown>): string {
  const parts = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(form === 'repeatable' ? ['repeatable'] : []),
    ...(otherwise === undefined && inWords === undefined ? [] : [`default: ${otherwise ?? inWords}`]),
  ];
  return parts.length === 0 ? '' : `(${parts.join('; ')})`;
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Every name that the options of a table have on the command line. */
export function writtenNames(flags: FlagTable): string[] {
  return Object.entries(flags).flatMap(([key, { form, short }]) => {
    if (form === 'moved') return [];
    const also = form === 'either way' ? [optionName(key).replace('--', '--no-')] : [];
    return [...(short === undefined ? [] : [`-${short}`]), writtenName(key, form), ...also];
  });
}
